package dev.sekiso.pagecache;

import dev.sekiso.machine.Machine;

/**
 * Which {@link LruVector} each page is in, and the way there.
 *
 * <p>Uses that need a vector's lock are gathered in batches, as the kernel's {@code folio_batch}es
 * per processor: stripes chosen by task, so that two tasks seldom meet. A full batch takes the lock
 * once; nothing is lost. A page may have left and its frame have got other work before its batch is
 * drained; the generation in the entry tells.
 *
 * <p>As long as there is only the root group, a use does not look at the table.
 */
final class Replacement {

  /** Uses per batch ({@code PAGEVEC_SIZE}). */
  private static final int BATCH = 31;

  /** Batches; a power of two. */
  private static final int STRIPES = 8;

  private final Machine machine;
  private final FrameTable table;
  private final Batch[] batches = new Batch[STRIPES];
  private final PageCells cells;

  /** The root's vector while there is no other. A reader may see it late, which costs one note. */
  private LruVector only;

  Replacement(Machine machine, FrameTable table) {
    this.machine = machine;
    this.table = table;
    this.cells = new PageCells(table.frames());
    for (int i = 0; i < STRIPES; i++) {
      batches[i] = new Batch();
    }
  }

  PageCells cells() {
    return cells;
  }

  /** Says that all pages are in one vector, or (null) that there are several. */
  void only(LruVector vector) {
    only = vector;
  }

  /** A use without any lock; the entry is the one the page was found by. */
  void accessed(long entry) {
    int frame = XArray.frameOf(entry);
    LruVector vector = only;
    if (vector == null) {
      vector = table.owner(frame);
      if (vector == null) {
        return;
      }
    }
    if (vector.policy().accessed(frame)) {
      batch(entry);
    }
  }

  private void batch(long entry) {
    Batch batch = batches[(int) machine.currentTask().id() & (STRIPES - 1)];
    synchronized (batch) {
      batch.entries[batch.count++] = entry;
      if (batch.count == BATCH) {
        drain(batch);
      }
    }
  }

  private void drain(Batch batch) {
    int at = 0;
    while (at < batch.count) {
      LruVector vector = table.owner(XArray.frameOf(batch.entries[at]));
      at = vector == null ? at + 1 : vector.promote(batch.entries, at, batch.count);
    }
    batch.count = 0;
  }

  /** Empties all batches ({@code lru_add_drain_all}). */
  void drainAll() {
    for (Batch batch : batches) {
      synchronized (batch) {
        drain(batch);
      }
    }
  }

  /**
   * A folio (locked) has been inserted.
   *
   * @param old the entry that was in the slot, a shadow or 0
   */
  void added(Folio folio, long key, long old) {
    long shadow = XArray.isShadow(old) ? XArray.shadowValue(old) : 0;
    LruVector vector = table.owner(folio.frame);
    LruVector next = vector.added(folio, key, shadow);
    while (next != null) {
      vector.group().moveCharge(next.group(), folio.pages());
      table.setOwner(folio.frame, next);
      vector = next;
      next = vector.added(folio, key, 0);
    }
  }

  void removed(Folio folio) {
    LruVector vector;
    do {
      vector = table.owner(folio.frame);
    } while (!vector.removed(folio));
  }

  /**
   * A folio, on which the caller holds a reference, is not locked into memory by one mapping any
   * more; if it is by another, reclaim will find out ({@code munlock_folio}).
   */
  void rescued(Folio folio) {
    FolioAddressSpace mapping = folio.mapping;
    if (mapping == null || !folio.has(FolioFlags.UNEVICTABLE)) {
      return;
    }
    LruVector vector;
    do {
      vector = table.owner(folio.frame);
    } while (!vector.rescued(folio, mapping.key(folio.index)));
  }

  /** A folio, on which the caller holds a reference, will not be needed soon. */
  void deactivated(Folio folio) {
    LruVector vector;
    do {
      vector = table.owner(folio.frame);
    } while (!vector.deactivated(folio));
  }

  /**
   * Victims of one address space leave, whose short lock the caller holds.
   *
   * @param entries receives what to leave in their slots, from 0 on
   */
  void evicted(Folio[] victims, int from, int to, LruVector selector, long[] entries) {
    synchronized (selector) {
      for (int i = from; i < to; i++) {
        Folio folio = victims[i];
        entries[i - from] = evicted(folio, folio.mapping.key(folio.index), selector);
      }
    }
  }

  private long evicted(Folio folio, long key, LruVector selector) {
    long shadow;
    do {
      shadow = table.owner(folio.frame).evicted(folio, key, selector);
    } while (shadow < 0);
    return shadow == 0 ? 0 : XArray.shadow(shadow);
  }

  void rotated(Folio folio) {
    LruVector vector;
    do {
      vector = table.owner(folio.frame);
    } while (vector != null && !vector.rotated(folio));
  }

  private static final class Batch {
    final long[] entries = new long[BATCH];
    int count;
  }
}
