package dev.sekiso.pagecache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The page tables of one process: a tree with 512 places per node, from page number to {@link
 * PageTable}.
 *
 * <p>Looked at without a lock; changed under the monitor. A table goes only when no area has pages
 * in its span and the map's lock is held for writing, so whoever found it through an area under the
 * map's lock may fill it; others find it empty.
 */
final class PageTables {

  static final int LEVEL_BITS = 9;

  /** log2 of the bytes of addresses there are ({@code TASK_SIZE} of x86-64 with four levels). */
  static final int ADDRESS_BITS = 47;

  private static final int PAGE_BITS = ADDRESS_BITS - PageCache.PAGE_SHIFT;
  private static final int PLACES = 1 << LEVEL_BITS;
  private static final VarHandle PLACE = MethodHandles.arrayElementVarHandle(Object[].class);

  /** From the top: shifts of the directories' levels. */
  private static final int TOP_SHIFT = 3 * LEVEL_BITS;

  private final Object[] top = new Object[1 << (PAGE_BITS - TOP_SHIFT)];

  /** The table that covers a page, or null. */
  PageTable find(long page) {
    Object[] directory = top;
    for (int shift = TOP_SHIFT; shift > LEVEL_BITS; shift -= LEVEL_BITS) {
      directory = (Object[]) PLACE.getAcquire(directory, place(directory, page, shift));
      if (directory == null) {
        return null;
      }
    }
    return (PageTable) PLACE.getAcquire(directory, place(directory, page, LEVEL_BITS));
  }

  /** The table that covers a page, made if absent. */
  PageTable make(long page) {
    PageTable table = find(page);
    if (table != null) {
      return table;
    }
    synchronized (this) {
      Object[] directory = top;
      for (int shift = TOP_SHIFT; shift > LEVEL_BITS; shift -= LEVEL_BITS) {
        int place = place(directory, page, shift);
        Object[] below = (Object[]) directory[place];
        if (below == null) {
          below = new Object[PLACES];
          PLACE.setRelease(directory, place, below);
        }
        directory = below;
      }
      int place = place(directory, page, LEVEL_BITS);
      table = (PageTable) directory[place];
      if (table == null) {
        table = new PageTable(page & -PageTable.ENTRIES);
        PLACE.setRelease(directory, place, table);
      }
      return table;
    }
  }

  /** The first table with pages in [page, end), or null; skips what is absent. */
  PageTable next(long page, long end) {
    long at = page;
    while (at < end) {
      Object[] directory = top;
      int shift = TOP_SHIFT;
      Object below = PLACE.getAcquire(directory, place(directory, at, shift));
      while (below != null && shift > LEVEL_BITS) {
        shift -= LEVEL_BITS;
        directory = (Object[]) below;
        below = PLACE.getAcquire(directory, place(directory, at, shift));
      }
      if (below != null) {
        return (PageTable) below;
      }
      at = ((at >>> shift) + 1) << shift;
    }
    return null;
  }

  /** Looks at an entry; the table's monitor is held. */
  @FunctionalInterface
  interface EntryAction {
    void run(PageTable table, int slot, long pte);
  }

  /** Looks at each entry of the tables there are in a range of pages. */
  void forEachEntry(long first, long end, EntryAction action) {
    PageTable table = next(first, end);
    while (table != null) {
      long to = Math.min(end, table.firstPage + PageTable.ENTRIES);
      synchronized (table) {
        for (long page = Math.max(first, table.firstPage); page < to; page++) {
          int slot = PageTable.slot(page);
          action.run(table, slot, table.get(slot));
        }
      }
      table = next(to, end);
    }
  }

  /** Lets a table go that is empty and stays so. */
  synchronized void remove(PageTable table) {
    Object[] directory = top;
    for (int shift = TOP_SHIFT; shift > LEVEL_BITS; shift -= LEVEL_BITS) {
      directory = (Object[]) directory[place(directory, table.firstPage, shift)];
    }
    PLACE.setRelease(directory, place(directory, table.firstPage, LEVEL_BITS), null);
  }

  private static int place(Object[] directory, long page, int shift) {
    return (int) (page >>> shift) & (directory.length - 1);
  }
}
