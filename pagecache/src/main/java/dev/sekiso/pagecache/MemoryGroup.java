package dev.sekiso.pagecache;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.pagecache.replacement.ReplacementPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * The memory of one control group and those below it (the kernel's {@code mem_cgroup}; Linux's
 * cgroup v2 memory controller, its file part).
 *
 * <p>Charged are the pages that the group's tasks brought in, and the index nodes they made, 584
 * bytes each. Limits are pages of 4096 bytes and may be changed at any time:
 *
 * <ul>
 *   <li>{@code max}: above it a task that needs a page has pages of the group reclaimed first, and
 *       fails with ENOMEM when nothing can be.
 *   <li>{@code high}: above it a task reclaims what it has charged before its call returns, and
 *       rests the longer the more the group is above.
 *   <li>{@code low}: below it the group is spared as long as others can be reclaimed from.
 *   <li>{@code min}: below it the group is spared whatever happens.
 * </ul>
 *
 * <p>The root has no limits but the page cache's size. All methods may be called by any task at any
 * time, without a lock except where said.
 */
public final class MemoryGroup {

  /** No limit. */
  public static final long UNLIMITED = Long.MAX_VALUE;

  /** Bytes an index node is charged with: {@code struct xa_node} and its slab's overhead. */
  static final int NODE_BYTES = 584;

  private static final int SHIFT = PageCache.PAGE_SHIFT;

  private final MemoryGroups groups;
  private final Cgroup cgroup;
  private final MemoryGroup parent;

  /** Bytes charged to this group and those below; not kept for the root. */
  private final AtomicLong charged = new AtomicLong();

  private volatile List<MemoryGroup> children = List.of();

  /** This group and all below, parents first; what reclaim walks over. */
  private volatile MemoryGroup[] subtree = {this};

  private volatile LruVector vector;
  private volatile boolean removed;

  private volatile long max = UNLIMITED;
  private volatile long high = UNLIMITED;
  private volatile long low;
  private volatile long min;

  /** Where the next partial walk over the subtree begins; a hint. */
  int reclaimCursor;

  // Of this group alone.
  private final LongAdder dirty = new LongAdder();
  private final LongAdder writeback = new LongAdder();
  private final LongAdder refaulted = new LongAdder();
  private final LongAdder refaultActivated = new LongAdder();
  private final LongAdder activatedBefore = new LongAdder();
  final LongAdder scanned = new LongAdder();
  final LongAdder stolen = new LongAdder();
  final LongAdder highEvents = new LongAdder();
  final LongAdder maxEvents = new LongAdder();
  final LongAdder lowEvents = new LongAdder();
  final LongAdder outOfMemoryEvents = new LongAdder();

  MemoryGroup(MemoryGroups groups, Cgroup cgroup, MemoryGroup parent) {
    this.groups = groups;
    this.cgroup = cgroup;
    this.parent = parent;
  }

  public Cgroup cgroup() {
    return cgroup;
  }

  /** The group above that has memory control, which may be several steps up; null for the root. */
  public MemoryGroup parent() {
    return parent;
  }

  boolean isRoot() {
    return parent == null;
  }

  // ---- limits ----------------------------------------------------------------------------------

  public long max() {
    return max;
  }

  public long high() {
    return high;
  }

  public long low() {
    return low;
  }

  public long min() {
    return min;
  }

  /**
   * Sets the hard limit. When more is charged, the caller reclaims ({@code memory_max_write}), and
   * leaves it at that when nothing more can be reclaimed.
   */
  public void setMax(long pages) {
    max = checked(pages);
    groups.reclaimer().reclaimDownTo(this, pages);
  }

  /** Sets the limit above which tasks are slowed down; the caller reclaims the excess. */
  public void setHigh(long pages) {
    high = checked(pages);
    groups.reclaimer().reclaimDownTo(this, pages);
  }

  /** Sets what is spared if others can be reclaimed from. */
  public void setLow(long pages) {
    low = checked(pages);
  }

  /** Sets what is spared in any case. */
  public void setMin(long pages) {
    min = checked(pages);
  }

  private long checked(long pages) {
    if (pages < 0) {
      throw new IllegalArgumentException("a limit of " + pages + " pages for " + cgroup);
    }
    if (isRoot()) {
      throw new IllegalArgumentException(
          "the root group has no limits; make the page cache smaller, or a group below");
    }
    return pages;
  }

  /** The least {@code max} of this group and those above: what its pages may come to. */
  long limit() {
    long least = UNLIMITED;
    for (MemoryGroup group = this; group != null; group = group.parent) {
      least = Math.min(least, group.max);
    }
    return least;
  }

  /**
   * Has the group's pages ordered by another policy from now on. What the old one has learnt is
   * lost; pages come to the new one in no particular order.
   */
  public void setReplacement(ReplacementPolicy.Factory policy) {
    Objects.requireNonNull(policy, "policy");
    groups.setReplacement(this, policy);
  }

  /**
   * Reclaims pages of the group and those below ({@code memory.reclaim}).
   *
   * @return pages that left, more or fewer than asked for
   */
  public long reclaim(long pages) {
    return groups.reclaimer().reclaimFrom(this, pages);
  }

  // ---- charging --------------------------------------------------------------------------------

  /**
   * Charges this group and those above, unless that would put one above its {@code max}.
   *
   * @return that one, and nothing is charged; null when done
   */
  MemoryGroup tryCharge(int pages) {
    long bytes = (long) pages << SHIFT;
    for (MemoryGroup group = this; !group.isRoot(); group = group.parent) {
      long now = group.charged.addAndGet(bytes);
      if (group.max != UNLIMITED && now > group.max << SHIFT) {
        for (MemoryGroup undone = this; undone != group.parent; undone = undone.parent) {
          undone.charged.addAndGet(-bytes);
        }
        return group;
      }
    }
    return null;
  }

  /** Charges without regard to limits (if negative: takes back). */
  void charge(long bytes) {
    for (MemoryGroup group = this; !group.isRoot(); group = group.parent) {
      group.charged.addAndGet(bytes);
    }
  }

  void uncharge(int pages) {
    charge(-((long) pages << SHIFT));
  }

  /** Pages of this group become those of a group above it. */
  void moveCharge(MemoryGroup ancestor, int pages) {
    for (MemoryGroup group = this; group != ancestor; group = group.parent) {
      group.charged.addAndGet(-((long) pages << SHIFT));
    }
  }

  /** Pages that can be charged before a limit is met. */
  long margin() {
    return max == UNLIMITED ? UNLIMITED : Math.max(0, max - usage());
  }

  /** The nearest group from here up that is above its {@code high}, or null. */
  MemoryGroup aboveHigh() {
    for (MemoryGroup group = this; !group.isRoot(); group = group.parent) {
      if (group.high != UNLIMITED && group.usage() > group.high) {
        return group;
      }
    }
    return null;
  }

  /** Pages charged to the group and those below it, index nodes included, rounded up. */
  public long usage() {
    return isRoot() ? groups.usedFrames() : (charged.get() + PageCache.PAGE_SIZE - 1) >> SHIFT;
  }

  // ---- counting --------------------------------------------------------------------------------

  void dirtied(int pages) {
    dirty.add(pages);
  }

  void writebackChanged(int pages) {
    writeback.add(pages);
  }

  void refaulted(int pages, boolean recently) {
    refaulted.add(pages);
    if (recently) {
      refaultActivated.add(pages);
      groups.counters().refaulted.add(pages);
    }
  }

  /** Dirty pages of the group and those below it. */
  public long dirtyPages() {
    long sum = 0;
    for (MemoryGroup group : subtree) {
      sum += group.dirty.sum();
    }
    return Math.max(0, sum);
  }

  /** Pages under writeback of the group and those below it. */
  public long writebackPages() {
    long sum = 0;
    for (MemoryGroup group : subtree) {
      sum += group.writeback.sum();
    }
    return Math.max(0, sum);
  }

  /**
   * Resident pages of files of the group and those below it, but for those that reclaim has found
   * locked into memory. Takes the groups' short locks.
   */
  public long filePages() {
    long sum = 0;
    for (MemoryGroup group : subtree) {
      sum += group.vector.listed();
    }
    return sum;
  }

  /**
   * Pages that could be charged before this group or one above meets {@code max} or {@code high}
   * ({@code mem_cgroup_wb_stats}): with {@link #filePages} the memory that may be dirty.
   */
  public long headroom() {
    long least = groups.freeFrames();
    for (MemoryGroup group = this; !group.isRoot(); group = group.parent) {
      long ceiling = Math.min(group.max, group.high);
      if (ceiling != UNLIMITED) {
        least = Math.min(least, Math.max(0, ceiling - group.usage()));
      }
    }
    return least;
  }

  /** What the group and those below it have and have done ({@code memory.stat}). */
  public MemoryGroupStatistics statistics() {
    long listed = 0;
    long unevictable = 0;
    long active = 0;
    long activations = 0;
    MemoryGroup[] all = subtree;
    long[] sums = new long[4];
    for (MemoryGroup group : all) {
      LruVector lru = group.vector;
      listed += lru.listed();
      unevictable += lru.unevictable();
      active += lru.active();
      activations += group.activations();
      sums[0] += group.refaulted.sum();
      sums[1] += group.refaultActivated.sum();
      sums[2] += group.scanned.sum();
      sums[3] += group.stolen.sum();
    }
    return new MemoryGroupStatistics(
        usage(),
        listed + unevictable,
        dirtyPages(),
        writebackPages(),
        Math.max(0, listed - active),
        active,
        unevictable,
        sums[0],
        sums[1],
        activations,
        sums[2],
        sums[3],
        lowEvents.sum(),
        highEvents.sum(),
        maxEvents.sum(),
        outOfMemoryEvents.sum());
  }

  long activations() {
    return activatedBefore.sum() + vector.activations();
  }

  // ---- protection ------------------------------------------------------------------------------

  /**
   * How much of a setting protects this group in a reclaim for the target: at most what it uses,
   * and its part of what the groups above it have protected, if the siblings together claim more
   * ({@code mem_cgroup_calculate_protection}, without {@code memory_recursiveprot}).
   *
   * @param target whose reclaim it is; its own settings do not protect it from itself
   */
  long protection(MemoryGroup target, boolean hard) {
    if (this == target || isRoot()) {
      return 0;
    }
    long own = Math.min(usage(), hard ? min : low);
    if (parent == target || parent.isRoot() || own == 0) {
      return own;
    }
    long granted = parent.protection(target, hard);
    long claimed = 0;
    for (MemoryGroup sibling : parent.children) {
      claimed += Math.min(sibling.usage(), hard ? sibling.min : sibling.low);
    }
    return share(own, granted, claimed);
  }

  /** A group's part when siblings together claim more than is granted to them. */
  static long share(long own, long granted, long claimed) {
    return claimed > granted ? (long) ((double) own * granted / claimed) : own;
  }

  // ---- the tree, changed under MemoryGroups' monitor
  // ----------------------------------------------

  LruVector vector() {
    return vector;
  }

  /** Puts another vector in place; the old one must have been retired. */
  void replaceVector(LruVector next) {
    if (vector != null) {
      activatedBefore.add(vector.activations());
    }
    vector = next;
  }

  MemoryGroup[] subtree() {
    return subtree;
  }

  List<MemoryGroup> children() {
    return children;
  }

  boolean isRemoved() {
    return removed;
  }

  void adopt(MemoryGroup child) {
    List<MemoryGroup> more = new ArrayList<>(children);
    more.add(child);
    children = List.copyOf(more);
    refreshSubtrees();
  }

  void disown(MemoryGroup child) {
    List<MemoryGroup> fewer = new ArrayList<>(children);
    fewer.remove(child);
    children = List.copyOf(fewer);
    child.removed = true;
    refreshSubtrees();
    // What the child has done stays in the sums of the groups above it.
    refaulted.add(child.refaulted.sum());
    refaultActivated.add(child.refaultActivated.sum());
    activatedBefore.add(child.activations());
    scanned.add(child.scanned.sum());
    stolen.add(child.stolen.sum());
  }

  private void refreshSubtrees() {
    for (MemoryGroup group = this; group != null; group = group.parent) {
      List<MemoryGroup> all = new ArrayList<>();
      group.collect(all);
      group.subtree = all.toArray(MemoryGroup[]::new);
    }
  }

  private void collect(List<MemoryGroup> all) {
    all.add(this);
    for (MemoryGroup child : children) {
      child.collect(all);
    }
  }

  @Override
  public String toString() {
    return "memory group " + cgroup;
  }
}
