package dev.sekiso.pagecache;

import dev.sekiso.machine.InvariantCheck;
import dev.sekiso.pagecache.XArray.Mark;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Looks at a page cache at rest: every frame is either in a free block or holds one page of one
 * index; flags, marks and counts agree; nobody holds a lock or a reference.
 */
public final class PageCacheInvariants implements InvariantCheck {

  private final CacheCore core;
  private final List<String> violations = new ArrayList<>();

  private PageCacheInvariants(CacheCore core) {
    this.core = core;
  }

  public static InvariantCheck of(PageCache cache) {
    return new PageCacheInvariants(coreOf(cache));
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
    return List.copyOf(violations);
  }

  private void checkResident(Folio folio, Map<FolioAddressSpace, long[]> spaces) {
    FolioAddressSpace space = folio.mapping;
    if (space == null) {
      violations.add("a frame is neither free nor used; a reference is leaked: " + folio);
      return;
    }
    expect(folio.references() == 1, "references at rest", folio);
    expect(!folio.isLocked(), "locked at rest", folio);
    expect(!folio.isWriteback(), "under writeback at rest", folio);
    expect(folio.has(FolioFlags.LISTED), "unknown to replacement", folio);
    long[] counts = spaces.computeIfAbsent(space, s -> new long[2]);
    counts[0] += folio.pages();
    counts[1] += folio.isDirty() ? folio.pages() : 0;
    synchronized (space.pages) {
      expect(
          XArray.isOf(space.pages.load(folio.index()), folio), "not what its index holds", folio);
      expect(
          space.pages.isSet(folio.index(), Mark.DIRTY) == folio.isDirty(),
          "dirty flag and mark differ",
          folio);
      expect(
          space.pages.isSet(folio.index(), Mark.WRITEBACK) == folio.isWriteback(),
          "writeback flag and mark differ",
          folio);
      expect(
          folio.isDirty() || !space.pages.isSet(folio.index(), Mark.TOWRITE),
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
