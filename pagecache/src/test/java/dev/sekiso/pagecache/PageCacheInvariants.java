package dev.sekiso.pagecache;

import dev.sekiso.machine.InvariantCheck;
import dev.sekiso.pagecache.XArray.Mark;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;

/**
 * Looks at a page cache at rest: every frame is either in a free block or holds one page of one
 * index; flags, marks and counts agree; nobody holds a lock or a reference.
 */
public final class PageCacheInvariants implements InvariantCheck {

  private final CacheCore core;
  private final ToIntFunction<Folio> held;
  private final List<String> violations = new ArrayList<>();

  /** Spaces that may have no resident page, but index nodes full of shadows, which are charged. */
  private final List<FolioAddressSpace> spacesToo;

  private PageCacheInvariants(
      CacheCore core, ToIntFunction<Folio> held, List<FolioAddressSpace> spacesToo) {
    this.core = core;
    this.held = held;
    this.spacesToo = List.copyOf(spacesToo);
  }

  /** Of a cache whose pages nobody holds. */
  public static InvariantCheck of(PageCache cache) {
    return of(cache, folio -> 0);
  }

  /**
   * Of a cache under file systems.
   *
   * @param held how many references the owner of a page has on it by right, at rest
   */
  public static InvariantCheck of(PageCache cache, ToIntFunction<Folio> held) {
    return new PageCacheInvariants(coreOf(cache), held, List.of());
  }

  /**
   * The check of a cache whose groups are charged for the nodes of a space that may be empty.
   *
   * @param space open, of this cache
   */
  static InvariantCheck of(PageCache cache, AddressSpace space) {
    return new PageCacheInvariants(coreOf(cache), folio -> 0, List.of((FolioAddressSpace) space));
  }

  /** The address spaces that have pages in the cache. */
  public static Set<AddressSpace> addressSpaces(PageCache cache) {
    CacheCore core = coreOf(cache);
    Set<AddressSpace> found = Collections.newSetFromMap(new IdentityHashMap<>());
    for (int frame = 0; frame < core.table.frames(); ) {
      Folio folio = core.table.folio(frame);
      FolioAddressSpace mapping = folio.mapping;
      if (mapping != null) {
        found.add(mapping);
      }
      frame += folio.pages();
    }
    return found;
  }

  static CacheCore coreOf(PageCache cache) {
    return switch (cache) {
      case FolioPageCache real -> real.core();
      case PassThroughPageCache other -> other.core();
      default -> throw new IllegalArgumentException("no page cache of this module: " + cache);
    };
  }

  @Override
  public synchronized List<String> violations() {
    violations.clear();
    Map<FolioAddressSpace, long[]> spaces = new IdentityHashMap<>();
    spacesToo.forEach(space -> spaces.put(space, new long[2]));
    int free = 0;
    int used = 0;
    for (int frame = 0; frame < core.table.frames(); ) {
      Folio folio = core.table.folio(frame);
      if (folio.has(FolioFlags.FREE)) {
        free += folio.pages();
        expect(folio.references() == 0, "free frame with references", folio);
        expect(folio.mapping == null, "free frame with a mapping", folio);
      } else {
        used += folio.pages();
        checkResident(folio, spaces);
      }
      frame += folio.pages();
    }
    expect(
        free == core.table.freeFrames(), free + " free frames, counted", core.table.freeFrames());
    spaces.forEach(this::checkSpace);
    expect(used + free == core.table.frames(), "frames are lost:", used + free);
    checkGroups(spaces);
    return List.copyOf(violations);
  }

  /** Each group's counts are what its pages and nodes come to, and all groups' are all there is. */
  private void checkGroups(Map<FolioAddressSpace, long[]> spaces) {
    Map<MemoryGroup, long[]> own = new IdentityHashMap<>();
    long used = 0;
    for (int frame = 0; frame < core.table.frames(); ) {
      Folio folio = core.table.folio(frame);
      LruVector owner = core.table.owner(frame);
      if (folio.has(FolioFlags.FREE)) {
        expect(owner == null, "a free frame belongs to somebody", folio);
      } else if (frame == core.zeroFrame()) {
        expect(owner == null, "the page of zeroes is charged to somebody", folio);
      } else if (owner == null || owner.group().vector() != owner) {
        violations.add("belongs to nobody, or to one that is no more: " + folio);
      } else {
        long[] counts = own.computeIfAbsent(owner.group(), g -> new long[3]);
        counts[0] += folio.pages();
        counts[1] += folio.isDirty() ? folio.pages() : 0;
        used += folio.pages();
      }
      frame += folio.pages();
    }
    for (FolioAddressSpace space : spaces.keySet()) {
      synchronized (space.pages) {
        countNodes(space.pages.root(), own);
      }
    }
    long sum = 0;
    for (MemoryGroup group : core.groups.all()) {
      long[] counts = own.getOrDefault(group, new long[3]);
      int known = group.vector().listed() + group.vector().unevictable();
      sum += known;
      expect(known == counts[0], counts[0] + " pages in the list of", group);
      long bytes = 0;
      long dirty = 0;
      for (MemoryGroup below : group.subtree()) {
        long[] part = own.getOrDefault(below, new long[3]);
        bytes += part[0] * PageCache.PAGE_SIZE + part[2] * MemoryGroup.NODE_BYTES;
        dirty += part[1];
      }
      expect(group.dirtyPages() == dirty, dirty + " dirty pages in the", group);
      expect(group.writebackPages() == 0, "pages under writeback at rest in the", group);
      long pages = (bytes + PageCache.PAGE_SIZE - 1) / PageCache.PAGE_SIZE;
      expect(
          group.isRoot() || group.usage() == pages,
          pages + " pages should be charged, not " + group.usage() + ", to the",
          group);
    }
    expect(sum == used, "of " + used + " resident pages the groups know", sum);
  }

  private static void countNodes(XArray.Node node, Map<MemoryGroup, long[]> own) {
    if (node == null) {
      return;
    }
    // A node's payer may be gone; then the groups above it pay.
    MemoryGroup payer = node.payer;
    while (payer.isRemoved()) {
      payer = payer.parent();
    }
    own.computeIfAbsent(payer, g -> new long[3])[2]++;
    if (node instanceof XArray.Branch branch) {
      for (XArray.Node child : branch.children) {
        countNodes(child, own);
      }
    }
  }

  private void checkResident(Folio folio, Map<FolioAddressSpace, long[]> spaces) {
    FolioAddressSpace space = folio.mapping;
    if (space == null && folio.frame == core.zeroFrame()) {
      return;
    }
    if (space == null) {
      violations.add("a frame is neither free nor used; a reference is leaked: " + folio);
      return;
    }
    int expected = 1 + held.applyAsInt(folio);
    expect(
        folio.references() == expected,
        folio.references() + " references at rest, not " + expected + ",",
        folio);
    expect(core.table.mappings(folio.frame) == 0, "mapped at rest", folio);
    expect(!folio.isLocked(), "locked at rest", folio);
    expect(!folio.isWriteback(), "under writeback at rest", folio);
    expect(folio.has(FolioFlags.LISTED), "unknown to replacement", folio);
    long[] counts = spaces.computeIfAbsent(space, s -> new long[2]);
    counts[0] += folio.pages();
    counts[1] += folio.isDirty() ? folio.pages() : 0;
    expect((folio.index() & (folio.pages() - 1)) == 0, "index not aligned", folio);
    expect((folio.frame & (folio.pages() - 1)) == 0, "frame not aligned", folio);
    for (int page = 0; page < folio.pages(); page++) {
      checkSlot(space, folio, folio.index() + page);
    }
    for (int page = 1; page < folio.pages(); page++) {
      Folio inside = core.table.folio(folio.frame + page);
      expect(inside.references() == 0, "references on a frame inside a folio", inside);
      expect(inside.mapping == null, "a mapping of a frame inside a folio", inside);
      expect(core.table.flags(inside.frame) == 0, "flags of a frame inside a folio", inside);
    }
  }

  private void checkSlot(FolioAddressSpace space, Folio folio, long index) {
    synchronized (space.pages) {
      expect(XArray.isOf(space.pages.load(index), folio), "not what its index holds", folio);
      expect(
          space.pages.isSet(index, Mark.DIRTY) == folio.isDirty(),
          "dirty flag and mark differ",
          folio);
      expect(
          space.pages.isSet(index, Mark.WRITEBACK) == folio.isWriteback(),
          "writeback flag and mark differ",
          folio);
      expect(
          folio.isDirty() || !space.pages.isSet(index, Mark.TOWRITE),
          "clean but marked to be written",
          folio);
    }
  }

  private void checkSpace(FolioAddressSpace space, long[] counts) {
    expect(space.residentPages() == counts[0], counts[0] + " resident pages", space);
    expect(space.dirtyPages() == counts[1], counts[1] + " dirty pages", space);
    expect(space.writebackPages() == 0, "pages under writeback", space);
    synchronized (space.pages) {
      if (space.pages.root() != null) {
        checkNode(space.pages.root());
      }
    }
  }

  private void checkNode(XArray.Node node) {
    int used = 0;
    if (node instanceof XArray.Branch branch) {
      for (int slot = 0; slot < XArray.SLOTS; slot++) {
        XArray.Node child = branch.children[slot];
        used += child == null ? 0 : 1;
        for (Mark mark : Mark.values()) {
          boolean below = child != null && child.mark(mark.ordinal()) != 0;
          boolean here = (branch.mark(mark.ordinal()) & (1L << slot)) != 0;
          expect(here == below, "mark " + mark + " of a branch, slot", slot);
        }
        if (child != null) {
          expect(child.parent == branch && child.offset == slot, "child misplaced, slot", slot);
          checkNode(child);
        }
      }
    } else if (node instanceof XArray.Leaf leaf) {
      for (int slot = 0; slot < XArray.SLOTS; slot++) {
        used += leaf.slots[slot] == 0 ? 0 : 1;
        if (!XArray.isFolio(leaf.slots[slot])) {
          for (Mark mark : Mark.values()) {
            expect((leaf.mark(mark.ordinal()) & (1L << slot)) == 0, "mark on an empty slot", slot);
          }
        }
      }
      expect(leaf.listed == (leaf.used == leaf.shadows), "list of shadow leaves", leaf.base());
    }
    expect(node.used == used && used > 0, "used slots " + used + ", counted", node.used);
  }

  private void expect(boolean holds, String what, Object where) {
    if (!holds) {
      violations.add(what + " " + where);
    }
  }
}
