package dev.sekiso.pagecache;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.pagecache.replacement.ReplacementPolicy;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The memory control groups of one page cache: a tree below the root group, which is always there.
 *
 * <p>Memory is controlled in the groups that were {@linkplain #create created} here; a task of any
 * other control group charges the nearest one above that is (as with {@code cgroup.subtree_control}
 * in cgroup v2). A page is charged to the group of the task that brought it in and stays there,
 * whoever uses it, until it leaves or the group is removed.
 *
 * <p>Creating, removing and exchanging a policy happen under this object's monitor, one at a time;
 * inside it mappings' and vectors' short locks are taken, one page at a time. Nothing on the way of
 * a page takes it.
 */
public final class MemoryGroups {

  /** Vectors there can be at a time: their numbers stand in shadows. */
  private static final int MAXIMUM_VECTORS = (1 << (63 - ReplacementPolicy.SHADOW_BITS)) - 1;

  private final CacheCore core;
  private final MemoryGroup root;
  private final Map<Cgroup, MemoryGroup> byCgroup = new ConcurrentHashMap<>();
  private final BitSet vectorIds = new BitSet();

  /** Whether there is any group but the root. */
  private volatile boolean any;

  MemoryGroups(CacheCore core) {
    this.core = core;
    this.root = new MemoryGroup(this, Cgroup.ROOT, null);
    root.replaceVector(newVector(root, core.settings.replacement()));
    core.replacement.only(root.vector());
  }

  private LruVector newVector(MemoryGroup group, ReplacementPolicy.Factory policy) {
    int id = vectorIds.nextClearBit(1);
    if (id > MAXIMUM_VECTORS) {
      throw new IllegalStateException(
          "there are " + MAXIMUM_VECTORS + " memory groups already; remove some first");
    }
    vectorIds.set(id);
    return new LruVector(core.replacement.cells(), core.table, group, id, policy);
  }

  /** The group of all that is in no other. */
  public MemoryGroup root() {
    return root;
  }

  /** The group that tasks of a control group charge: its own, or the nearest above. */
  public MemoryGroup of(Cgroup cgroup) {
    if (any) {
      for (Cgroup at = cgroup; at != null; at = at.parent()) {
        MemoryGroup group = byCgroup.get(at);
        if (group != null) {
          return group;
        }
      }
    }
    return root;
  }

  /** The group the running task charges. */
  MemoryGroup current() {
    return any ? of(TaskContext.current().cgroup()) : root;
  }

  /** Whether there is any group but the root. */
  boolean any() {
    return any;
  }

  /** The group of exactly this control group, if its memory is controlled. */
  public Optional<MemoryGroup> find(Cgroup cgroup) {
    return Optional.ofNullable(cgroup == Cgroup.ROOT ? root : byCgroup.get(cgroup));
  }

  /** The group of a control group by its path, as {@code "/db/readers"}, if there is one. */
  public Optional<MemoryGroup> find(String path) {
    return all().stream().filter(group -> group.cgroup().path().equals(path)).findFirst();
  }

  /** All groups, parents before children, the root first. */
  public List<MemoryGroup> all() {
    return List.of(root.subtree());
  }

  /** Starts controlling the memory of a control group, with the page cache's own policy. */
  public MemoryGroup create(Cgroup cgroup) {
    return create(cgroup, core.settings.replacement());
  }

  /**
   * Starts controlling the memory of a control group: what its tasks bring in from now on is
   * charged to it. Without limits at first.
   *
   * @param policy makes the policy that orders the group's pages
   */
  public MemoryGroup create(Cgroup cgroup, ReplacementPolicy.Factory policy) {
    synchronized (this) {
      if (find(cgroup).isPresent()) {
        throw new IllegalArgumentException("the memory of " + cgroup + " is controlled already");
      }
      MemoryGroup parent = of(cgroup);
      for (MemoryGroup child : parent.children()) {
        if (isAbove(cgroup, child.cgroup())) {
          throw new IllegalArgumentException(
              cgroup
                  + " is above "
                  + child.cgroup()
                  + ", whose memory is controlled already;"
                  + " create groups from the top down");
        }
      }
      MemoryGroup group = new MemoryGroup(this, cgroup, parent);
      group.replaceVector(newVector(group, policy));
      core.replacement.only(null);
      parent.adopt(group);
      byCgroup.put(cgroup, group);
      any = true;
      return group;
    }
  }

  private static boolean isAbove(Cgroup upper, Cgroup lower) {
    for (Cgroup at = lower.parent(); at != null; at = at.parent()) {
      if (at == upper) {
        return true;
      }
    }
    return false;
  }

  /**
   * Stops controlling a group's memory. Its pages become those of the group above, and so does what
   * its tasks bring in from now on.
   */
  public void remove(MemoryGroup group) {
    synchronized (this) {
      if (group.isRoot() || byCgroup.get(group.cgroup()) != group) {
        throw new IllegalArgumentException(
            group + " cannot be removed: it is the root, or gone already");
      }
      if (!group.children().isEmpty()) {
        throw new IllegalArgumentException(
            group + " cannot be removed: there is " + group.children().getFirst() + " below it");
      }
      byCgroup.remove(group.cgroup());
      moveAll(group.vector(), group.parent().vector());
      group.parent().disown(group);
      // The root's vector is not made the only one again: frames of the removed group may be on
      // their way still.
      vectorIds.clear(group.vector().id());
    }
  }

  void setReplacement(MemoryGroup group, ReplacementPolicy.Factory policy) {
    synchronized (this) {
      if (group.isRemoved()) {
        throw new IllegalArgumentException(group + " has been removed");
      }
      LruVector old = group.vector();
      LruVector heir = newVector(group, policy);
      if (group.isRoot()) {
        core.replacement.only(any ? null : heir);
      }
      moveAll(old, heir);
      group.replaceVector(heir);
      vectorIds.clear(old.id());
    }
  }

  /** Moves all pages of a vector to its heir, one at a time. */
  private void moveAll(LruVector from, LruVector heir) {
    from.retire(heir);
    for (int frame = 0; frame < core.table.frames(); frame++) {
      if (core.table.owner(frame) == from) {
        Folio folio = core.table.folio(frame);
        FolioAddressSpace mapping = folio.mapping;
        if (mapping != null) {
          mapping.dirtyState.moveGroup(folio, from, heir);
        }
      }
    }
  }

  Reclaimer reclaimer() {
    return core.reclaimer;
  }

  CacheCounters counters() {
    return core.counters;
  }

  long usedFrames() {
    return core.table.frames() - core.table.freeFrames();
  }

  long freeFrames() {
    return core.table.freeFrames();
  }

  long activations() {
    long sum = 0;
    for (MemoryGroup group : root.subtree()) {
      sum += group.activations();
    }
    return sum;
  }
}
