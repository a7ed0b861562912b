package dev.sekiso.pagecache;

import dev.sekiso.machine.Machine;
import dev.sekiso.pagecache.replacement.PageView;
import dev.sekiso.pagecache.replacement.ReplacementPolicy;
import dev.sekiso.pagecache.replacement.ReplacementPolicy.Rejection;

/**
 * The replacement policy and its lock (the kernel's {@code lruvec} and {@code lru_lock}), which is
 * this object's monitor: a short lock, innermost but for the allocator's.
 *
 * <p>Uses that need the lock are gathered in batches, as the kernel's {@code folio_batch}es per
 * processor: stripes chosen by task, so that two tasks seldom meet. A full batch takes the lock
 * once; nothing is lost. A page may have left and its frame have got other work before its batch is
 * drained; the generation in the entry tells.
 */
final class Replacement {

  /** Uses per batch ({@code PAGEVEC_SIZE}). */
  private static final int BATCH = 31;

  /** Batches; a power of two. */
  private static final int STRIPES = 8;

  private final Machine machine;
  private final FrameTable table;
  private final ReplacementPolicy policy;
  private final Batch[] batches = new Batch[STRIPES];

  Replacement(Machine machine, FrameTable table, ReplacementPolicy.Factory factory) {
    this.machine = machine;
    this.table = table;
    this.policy = factory.create(new FrameView(table));
    for (int i = 0; i < STRIPES; i++) {
      batches[i] = new Batch();
    }
  }

  /** A use without any lock; the entry is the one the page was found by. */
  void accessed(long entry) {
    if (policy.accessed(XArray.frameOf(entry))) {
      batch(entry);
    }
  }

  private void batch(long entry) {
    Batch batch = batches[(int) machine.currentTask().id() & (STRIPES - 1)];
    synchronized (batch) {
      batch.entries[batch.count++] = entry;
      if (batch.count == BATCH) {
        synchronized (this) {
          drain(batch);
        }
      }
    }
  }

  private void drain(Batch batch) {
    for (int i = 0; i < batch.count; i++) {
      long entry = batch.entries[i];
      Folio folio = table.folio(XArray.frameOf(entry));
      if (folio.has(FolioFlags.LISTED) && XArray.isOf(entry, folio)) {
        policy.promote(folio.frame);
      }
    }
    batch.count = 0;
  }

  /** Empties all batches ({@code lru_add_drain_all}). */
  void drainAll() {
    for (Batch batch : batches) {
      synchronized (batch) {
        synchronized (this) {
          drain(batch);
        }
      }
    }
  }

  /**
   * A folio (locked) has been inserted.
   *
   * @param old the entry that was in the slot, a shadow or 0
   * @return whether the page had left only recently
   */
  synchronized boolean added(Folio folio, long key, long old) {
    table.setFlags(folio.frame, FolioFlags.LISTED);
    if (XArray.isShadow(old)) {
      return policy.refaulted(folio.frame, key, XArray.shadowValue(old));
    }
    policy.added(folio.frame, key);
    return false;
  }

  synchronized void removed(Folio folio) {
    if ((table.clearFlags(folio.frame, FolioFlags.LISTED) & FolioFlags.LISTED) != 0) {
      policy.removed(folio.frame);
    }
  }

  /** A victim leaves; returns the entry to leave in its slot. */
  synchronized long evicted(Folio folio, long key) {
    table.clearFlags(folio.frame, FolioFlags.LISTED);
    long shadow = policy.evicted(folio.frame, key);
    return shadow == 0 ? 0 : XArray.shadow(shadow);
  }

  synchronized void rejected(Folio folio, Rejection reason) {
    if (folio.has(FolioFlags.LISTED)) {
      policy.rejected(folio.frame, reason);
    }
  }

  synchronized void rotated(Folio folio) {
    if (folio.has(FolioFlags.LISTED)) {
      policy.rotated(folio.frame);
    }
  }

  synchronized void beginRound(int priority) {
    policy.beginRound(priority);
  }

  /**
   * Chooses victims and takes a reference on each, so that the frame keeps its folio meanwhile. One
   * whose count is zero is just leaving by itself and is left out.
   *
   * @return how many; −1 when the round is over
   */
  synchronized int selectVictims(int[] victims, int wanted) {
    int selected = policy.selectVictims(victims, wanted);
    if (selected == 0) {
      return -1;
    }
    int count = 0;
    for (int i = 0; i < selected; i++) {
      if (table.folio(victims[i]).tryGet()) {
        victims[count++] = victims[i];
      }
    }
    return count;
  }

  synchronized void finishRound() {
    policy.finishRound();
  }

  synchronized void finishReclaim() {
    policy.finishReclaim();
  }

  synchronized long activations() {
    return policy.activations();
  }

  private static final class Batch {
    final long[] entries = new long[BATCH];
    int count;
  }

  private record FrameView(FrameTable table) implements PageView {
    @Override
    public int capacity() {
      return table.frames();
    }

    @Override
    public boolean isDirty(int page) {
      return (table.flags(page) & FolioFlags.DIRTY) != 0;
    }

    @Override
    public boolean isWriteback(int page) {
      return (table.flags(page) & FolioFlags.WRITEBACK) != 0;
    }

    @Override
    public boolean isMapped(int page) {
      return false;
    }
  }
}
