package dev.sekiso.pagecache;

/**
 * From the pages of one address space to the page-table entries that show them (the kernel's {@code
 * i_mmap} and {@code mm/rmap.c}).
 *
 * <p>Its monitor is a short lock, outside only of page tables' monitors: an area's place in the
 * file, and the moving of entries from one area to another, change under it, so a walk that holds
 * it finds every entry there is. New entries come only with the folio locked; a caller that holds
 * the folio's lock therefore knows that what it has taken away stays away.
 *
 * <p>What entries knew is passed on (dirty, used, references) after the monitor has been let go.
 */
final class ReverseMap {

  private final CacheCore core;
  private final AreaIndex areas = new AreaIndex();

  /**
   * Areas that show pages in an order of their own; searched entry by entry, as they have to be.
   */
  private final AreaIndex nonLinear = new AreaIndex();

  private int writable;

  ReverseMap(CacheCore core) {
    this.core = core;
  }

  // ---- areas -----------------------------------------------------------------------------------

  synchronized void add(Area area) {
    index(area).add(area);
    writable += area.isShared() && area.is(Area.MAY_WRITE) ? 1 : 0;
  }

  synchronized void remove(Area area) {
    index(area).remove(area);
    writable -= area.isShared() && area.is(Area.MAY_WRITE) ? 1 : 0;
  }

  private AreaIndex index(Area area) {
    return area.isNonLinear() ? nonLinear : areas;
  }

  synchronized boolean isEmpty() {
    return areas.isEmpty() && nonLinear.isEmpty();
  }

  /** Whether stores could come through a shared mapping ({@code mapping_writably_mapped}). */
  synchronized boolean mayBeStoredTo() {
    return writable > 0;
  }

  // ---- one folio -------------------------------------------------------------------------------

  /** Looks at an entry that shows a page of the folio; the table's monitor is held. */
  @FunctionalInterface
  private interface EntryVisitor {
    void visit(Area area, PageTable table, int slot, long pte);
  }

  private void forEachEntry(Folio folio, EntryVisitor visitor) {
    long firstIndex = folio.index;
    long lastIndex = firstIndex + folio.pages() - 1;
    areas.forEach(
        firstIndex,
        lastIndex,
        area -> {
          long from = Math.max(firstIndex, area.offset);
          long to = Math.min(lastIndex, area.lastIndex());
          for (long index = from; index <= to; index++) {
            long page = area.pageOf(index);
            visit(area, area.map.tables().find(page), PageTable.slot(page), folio, visitor);
          }
        });
    nonLinear.forEach(
        0,
        FolioAddressSpace.LAST_INDEX,
        area -> {
          PageTables tables = area.map.tables();
          PageTable table = tables.next(area.first, area.end);
          while (table != null) {
            long to = Math.min(area.end, table.firstPage + PageTable.ENTRIES);
            for (long page = Math.max(area.first, table.firstPage); page < to; page++) {
              visit(area, table, PageTable.slot(page), folio, visitor);
            }
            table = tables.next(to, area.end);
          }
        });
  }

  private static void visit(
      Area area, PageTable table, int slot, Folio folio, EntryVisitor visitor) {
    if (table == null) {
      return;
    }
    synchronized (table) {
      long pte = table.get(slot);
      if (Pte.isFilePage(pte)) {
        int within = Pte.frame(pte) - folio.frame;
        if (within >= 0 && within < folio.pages()) {
          visitor.visit(area, table, slot, pte);
        }
      }
    }
  }

  /** What {@link #unmap} does with areas that are locked into memory. */
  enum Locked {
    RESPECTED,
    OVERRIDDEN
  }

  /**
   * Takes every entry of a locked folio away ({@code try_to_unmap}, {@code unmap_mapping_folio}).
   * What entries knew of stores is passed on. Copies that private areas have made stay.
   *
   * @return false when an area that is locked into memory keeps it, and was to be respected
   */
  boolean unmap(Folio folio, Locked locked) {
    Zap zap = new Zap(core);
    boolean[] kept = new boolean[1];
    synchronized (this) {
      forEachEntry(
          folio,
          (area, table, slot, pte) -> {
            if (locked == Locked.RESPECTED && area.is(Area.ANY_LOCK)) {
              kept[0] = true;
              return;
            }
            zap.add(table.take(slot));
            leaveOffset(area, table, slot, folio, pte);
          });
    }
    zap.finish(Zap.Recency.IGNORED);
    return !kept[0];
  }

  /** A non-linear area must find the page again. */
  private static void leaveOffset(Area area, PageTable table, int slot, Folio folio, long pte) {
    if (area.isNonLinear()) {
      table.fill(slot, Pte.ofOffset(folio.index + Pte.frame(pte) - folio.frame));
    }
  }

  /**
   * Makes every entry of a locked folio read-only and clean, so that the next store is heard of
   * ({@code folio_mkclean}). On return no store that was not heard of is under way.
   *
   * @return whether there had been stores
   */
  boolean clean(Folio folio) {
    long[] seen = new long[1];
    synchronized (this) {
      forEachEntry(
          folio,
          (area, table, slot, pte) -> {
            if (area.isShared() && (pte & (Pte.WRITABLE | Pte.DIRTY)) != 0 && area.tracksStores()) {
              seen[0] |= table.clear(slot, Pte.WRITABLE | Pte.DIRTY);
            }
          });
    }
    if ((seen[0] & Pte.WRITABLE) != 0) {
      core.stores.awaitStores();
    }
    return (seen[0] & Pte.DIRTY) != 0;
  }

  /** Whether an area that is locked into memory shows a page of the folio. */
  boolean isLocked(Folio folio) {
    boolean[] locked = new boolean[1];
    synchronized (this) {
      forEachEntry(folio, (area, table, slot, pte) -> locked[0] |= area.is(Area.ANY_LOCK));
    }
    return locked[0];
  }

  /** How a folio has been used through mappings since it was last asked. */
  record Use(int references, boolean locked) {}

  /** Tests and clears the ACCESSED bits of a folio ({@code folio_referenced}). */
  Use referenced(Folio folio) {
    int[] count = new int[1];
    boolean[] locked = new boolean[1];
    synchronized (this) {
      forEachEntry(
          folio,
          (area, table, slot, pte) -> {
            locked[0] |= area.is(Area.ANY_LOCK);
            boolean young = (table.clear(slot, Pte.ACCESSED) & Pte.ACCESSED) != 0;
            if (young && !area.is(Area.SEQUENTIAL)) {
              count[0]++;
            }
          });
    }
    return new Use(count[0], locked[0]);
  }

  // ---- a range ---------------------------------------------------------------------------------

  /** What happens to copies that private areas have made of pages that leave the file. */
  enum Copies {
    /** The file ends before them: they go, too ({@code even_cows}). */
    GO,
    STAY
  }

  /**
   * Takes away all entries for a range of the file ({@code unmap_mapping_range}). Entries may come
   * back unless the caller sees to it that faults fail.
   */
  void unmapRange(long firstIndex, long lastIndex, Copies copies) {
    long from = firstIndex;
    while (from <= lastIndex) {
      Zap zap = new Zap(core);
      long next = takeRange(zap, from, lastIndex, copies);
      zap.finish(Zap.Recency.COUNTS);
      from = next;
    }
  }

  /** Takes entries until the batch is full; returns the index at which to go on. */
  private synchronized long takeRange(Zap zap, long firstIndex, long lastIndex, Copies copies) {
    long[] next = {lastIndex == Long.MAX_VALUE ? Long.MAX_VALUE : lastIndex + 1};
    if (areas.isEmpty() && nonLinear.isEmpty()) {
      return Long.MAX_VALUE;
    }
    areas.forEach(
        firstIndex,
        lastIndex,
        area -> {
          long page = area.pageOf(Math.max(firstIndex, area.offset));
          long end = area.pageOf(Math.min(Math.min(lastIndex, area.lastIndex()), next[0] - 1)) + 1;
          long stopped = take(zap, area, page, end, copies);
          if (stopped < end) {
            next[0] = area.indexOf(stopped);
          }
        });
    nonLinear.forEach(
        0,
        FolioAddressSpace.LAST_INDEX,
        area -> takeNonLinear(zap, area, firstIndex, next[0] - 1, copies));
    return next[0];
  }

  private static long take(Zap zap, Area area, long from, long end, Copies copies) {
    PageTables tables = area.map.tables();
    PageTable table = tables.next(from, end);
    while (table != null) {
      long to = Math.min(end, table.firstPage + PageTable.ENTRIES);
      long page = Math.max(from, table.firstPage);
      if (zap.isFull()) {
        return page;
      }
      synchronized (table) {
        for (; page < to; page++) {
          int slot = PageTable.slot(page);
          long pte = table.get(slot);
          if (pte != 0 && (copies == Copies.GO || (pte & Pte.PRIVATE) == 0 || pte < 0)) {
            zap.add(table.take(slot));
          }
        }
      }
      table = tables.next(to, end);
    }
    return end;
  }

  private void takeNonLinear(Zap zap, Area area, long firstIndex, long lastIndex, Copies copies) {
    PageTables tables = area.map.tables();
    PageTable table = tables.next(area.first, area.end);
    while (table != null) {
      long to = Math.min(area.end, table.firstPage + PageTable.ENTRIES);
      synchronized (table) {
        for (long page = Math.max(area.first, table.firstPage); page < to; page++) {
          int slot = PageTable.slot(page);
          long pte = table.get(slot);
          if (!Pte.isFilePage(pte)) {
            continue;
          }
          Folio folio = core.table.holder(Pte.frame(pte));
          long index = folio.index + Pte.frame(pte) - folio.frame;
          if (firstIndex <= index && index <= lastIndex && copies != null) {
            zap.add(table.take(slot));
            table.fill(slot, Pte.ofOffset(index));
          }
        }
      }
      table = tables.next(to, area.end);
    }
  }
}
