package dev.sekiso.pagecache;

import java.util.Arrays;

/**
 * Page-table entries that have been taken out, and what is owed for them (the kernel's {@code
 * mmu_gather}): first the wait for stores under way, then what the entries knew goes to their
 * folios, then the references they held are given back. Belongs to one task; holds no lock, and
 * waits for nothing but stores under way: whoever removes a folio waits until it has been told.
 */
final class Zap {

  /** Entries after which a walk should {@link #finish} before it goes on. */
  static final int BATCH = PageTable.ENTRIES;

  /** What an ACCESSED bit is worth. */
  enum Recency {
    /** It counts as a use of the page. */
    COUNTS,
    /** The area is read once from front to back: it does not. */
    IGNORED
  }

  private final CacheCore core;
  private long[] entries = new long[16];
  private int count;
  private boolean storable;

  Zap(CacheCore core) {
    this.core = core;
  }

  /** Adds an entry that is not in a table any more. */
  void add(long pte) {
    if (!Pte.isMapped(pte)) {
      return;
    }
    if (count == entries.length) {
      entries = Arrays.copyOf(entries, 2 * count);
    }
    entries[count++] = pte;
    storable |= (pte & Pte.WRITABLE) != 0;
  }

  boolean isFull() {
    return count >= BATCH;
  }

  int size() {
    return count;
  }

  /** Pays what is owed. The caller holds no short lock. */
  void finish(Recency recency) {
    if (storable) {
      core.stores.awaitStores();
    }
    for (int i = 0; i < count; i++) {
      release(entries[i], recency);
    }
    count = 0;
    storable = false;
  }

  private void release(long pte, Recency recency) {
    if ((pte & Pte.ZERO) != 0) {
      return;
    }
    FrameTable table = core.table;
    Folio folio = table.holder(Pte.frame(pte));
    if ((pte & Pte.PRIVATE) != 0) {
      core.counters.anonymous.decrement();
      folio.put();
      return;
    }
    if ((pte & Pte.DIRTY) != 0) {
      markDirty(folio);
    }
    FolioAddressSpace mapping = folio.mapping;
    if ((pte & Pte.ACCESSED) != 0 && recency == Recency.COUNTS && mapping != null) {
      mapping.markAccessed(folio);
    }
    core.replacement.rescued(folio);
    table.unmapped(folio.frame);
    folio.put();
  }

  /** A store through a mapping has been found in a page-table entry. */
  static void markDirty(Folio folio) {
    AddressSpaceOperations operations = folio.operations();
    if (operations != null) {
      operations.dirtyFolio(folio);
    }
  }
}
