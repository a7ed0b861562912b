package dev.sekiso.pagecache;

import dev.sekiso.machine.Tracer;

/**
 * Fills page-table entries with pages of an area's file: the one that was missed ({@code
 * finish_fault}), and those around it that are cached ({@code do_fault_around}). Always with the
 * folio locked, found in its file and within its size, and under the table's monitor. Belongs to
 * one attempt of one fault.
 */
final class FileEntries {

  private final MemoryMap map;
  private final CacheCore core;
  private final Area area;
  private final PageTable table;
  private final long page;
  private final int slot;

  FileEntries(MemoryMap map, Area area, PageTable table, long page) {
    this.map = map;
    this.core = map.core();
    this.area = area;
    this.table = table;
    this.page = page;
    this.slot = PageTable.slot(page);
  }

  /** Where stores are not tracked, a page that may be stored to is mapped so at once. */
  long writableIfUntracked() {
    return area.isShared() && area.is(Area.WRITE) && !area.notifiesStores() ? Pte.WRITABLE : 0;
  }

  /**
   * Fills the entry with a page of a folio that is locked, unless somebody else has; a large folio
   * is mapped as a whole where nothing of it is mapped yet ({@code finish_fault}).
   */
  void install(Folio folio, long index, long expected, long flags) {
    boolean whole =
        folio.order() > 0
            && !area.isNonLinear()
            && isWithinTable(folio)
            && pagesInFile(area) - 1 >= folio.index + folio.pages();
    synchronized (table) {
      if (table.get(slot) != expected) {
        return;
      }
      if (!whole || !isEmpty(folio)) {
        fill(table, slot, folio, frameOf(folio, index), flags);
      } else {
        for (int page = 0; page < folio.pages(); page++) {
          int place = PageTable.slot(area.pageOf(folio.index + page));
          fill(table, place, folio, folio.frame + page, flags);
        }
      }
    }
    area.pages.prefetchUsed(folio);
  }

  /** Whether no entry of a folio's pages says anything; the table's monitor is held. */
  private boolean isEmpty(Folio folio) {
    int firstPlace = PageTable.slot(area.pageOf(folio.index));
    for (int page = 0; page < folio.pages(); page++) {
      if (table.get(firstPlace + page) != 0) {
        return false;
      }
    }
    return true;
  }

  private void fill(PageTable into, int place, Folio folio, int frame, long flags) {
    folio.get();
    core.table.mapped(folio.frame);
    into.fill(place, Pte.of(folio, frame, Pte.PRESENT | Pte.ACCESSED | flags));
  }

  /**
   * Maps what is cached around the page, without waiting for anything ({@code do_fault_around},
   * {@code filemap_map_pages}): pages that are up to date, not locked, and not the ones at which
   * readahead is to go on. The window is aligned by address and does not leave the page table.
   *
   * @return whether the page itself is mapped now
   */
  boolean mapAround(long index) {
    int around = map.settings().faultAroundPages();
    long inArea = page - area.first;
    long from = Math.max(slot & -around, slot - Math.min(slot, inArea));
    long to = Math.min(from + around, Math.min(PageTable.ENTRIES, slot + area.end - page)) - 1;
    long first = index + from - slot;
    long last = index + to - slot;
    boolean found = false;
    boolean wholes = false;
    int useful = 0;
    long at = first;
    while (at <= last) {
      Folio folio = lockedIfReady(at);
      if (folio == null) {
        at++;
        continue;
      }
      if (!found) {
        found = true;
        wholes = pagesInFile(area) - 1 >= folio.index + folio.pages();
      }
      long end = folio.index + folio.pages();
      // The size is asked for with the folio locked: a truncation that comes after unmaps it.
      long endOfFile = pagesInFile(area);
      if (wholes && isWithinTable(folio) && end <= endOfFile) {
        useful += folio.pages();
        mapEmpty(folio, folio.index, end);
      } else {
        end = Math.max(at, Math.min(end, Math.min(last + 1, endOfFile)));
        useful += (int) (end - at);
        mapEmpty(folio, at, end);
      }
      area.pages.prefetchUsed(folio);
      folio.unlock();
      folio.put();
      at = end;
    }
    if (found) {
      trace(first, Math.min(last, pagesInFile(area) - 1));
      area.pages.faultsAvoided(area.file.readahead(), useful);
    }
    return Pte.isMapped(table.get(slot));
  }

  /** Whether all of a folio shows in this area and this page table. */
  private boolean isWithinTable(Folio folio) {
    long firstPage = area.pageOf(folio.index);
    long lastPage = firstPage + folio.pages() - 1;
    return folio.index >= area.offset
        && lastPage < area.end
        && firstPage >= table.firstPage
        && lastPage < table.firstPage + PageTable.ENTRIES;
  }

  /** Maps the pages of a locked folio whose entries are empty, from an index up to another. */
  private void mapEmpty(Folio folio, long from, long end) {
    long flags = writableIfUntracked();
    synchronized (table) {
      for (long index = from; index < end; index++) {
        int place = PageTable.slot(area.pageOf(index));
        if (table.get(place) == 0) {
          fill(table, place, folio, frameOf(folio, index), flags);
        }
      }
    }
  }

  /** The folio of an index, locked and referenced, if it can be mapped without further ado. */
  private Folio lockedIfReady(long index) {
    FolioAddressSpace pages = area.pages;
    long entry = pages.pages.load(index);
    if (!XArray.isFolio(entry)) {
      return null;
    }
    Folio folio = core.table.folio(XArray.frameOf(entry));
    if (!isReady(folio) || !folio.tryGet()) {
      return null;
    }
    if (pages.pages.load(index) == entry && folio.tryLock()) {
      boolean ready =
          pages.owns(folio)
              && folio.isUpToDate()
              && !pages.barrier.bars(folio)
              && index < pagesInFile(area);
      if (ready) {
        return folio;
      }
      folio.unlock();
    }
    folio.put();
    return null;
  }

  private static boolean isReady(Folio folio) {
    int mask = FolioFlags.LOCKED | FolioFlags.UP_TO_DATE | FolioFlags.READAHEAD;
    return (folio.table.flags(folio.frame) & mask) == FolioFlags.UP_TO_DATE;
  }

  static int frameOf(Folio folio, long index) {
    return folio.frame + (int) (index - folio.index);
  }

  /** Pages the file has, the last one perhaps in part. */
  static long pagesInFile(Area area) {
    return (area.pages.operations().size() + PageCache.PAGE_SIZE - 1) >>> PageCache.PAGE_SHIFT;
  }

  private void trace(long first, long last) {
    Tracer tracer = core.machine.tracer();
    if (tracer.enabled(Tracepoints.MAP_PAGES)) {
      tracer.emit(Tracepoints.MAP_PAGES, String.valueOf(area.pages.host()), first, last);
    }
  }
}
