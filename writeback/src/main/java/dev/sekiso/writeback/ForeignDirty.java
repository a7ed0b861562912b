package dev.sekiso.writeback;

import dev.sekiso.machine.Tracer;

/**
 * Where a control group's pages are dirty in files that belong to other groups ({@code
 * mem_cgroup_track_foreign_dirty}): such a writeback knows nothing of the group's limit, so a task
 * of the group that has to rest asks it to write ({@code mem_cgroup_flush_foreign}).
 *
 * <p>Four are remembered; a new one takes the place of the one noted longest ago that is not being
 * written. Guarded by its monitor, an innermost lock.
 */
final class ForeignDirty {

  /** {@code MEMCG_CGWB_FRN_CNT}. */
  private static final int SLOTS = 4;

  /** A note is renewed when it is older than this, or an eighth of the expiry if that is less. */
  private static final long RENEWAL_NANOS = 1_000_000_000L;

  private static final int RENEWAL_DIVISOR = 8;

  /** Of the group's dirty pages so much more is written: 10/8 ({@code cgroup_writeback_by_id}). */
  private static final int MORE_NUMERATOR = 10;

  private static final int MORE_DENOMINATOR = 8;

  private final CgroupWriteback layer;
  private final BdiWriteback[] writebacks = new BdiWriteback[SLOTS];
  private final long[] notedAt = new long[SLOTS];
  private final boolean[] current = new boolean[SLOTS];
  private final WorkCompletion[] completions = new WorkCompletion[SLOTS];

  ForeignDirty(CgroupWriteback layer) {
    this.layer = layer;
    for (int i = 0; i < SLOTS; i++) {
      completions[i] = layer.newCompletion();
    }
  }

  /** A page of the group has become dirty in a file of another group's. Allocates nothing. */
  void note(BdiWriteback writeback) {
    long now = layer.machine().nanoTime();
    synchronized (this) {
      int oldest = -1;
      for (int i = 0; i < SLOTS; i++) {
        if (writebacks[i] == writeback) {
          long interval = Math.min(RENEWAL_NANOS, layer.settings().expiryNanos() / RENEWAL_DIVISOR);
          if (!current[i] || now - notedAt[i] > interval) {
            notedAt[i] = now;
            current[i] = true;
          }
          return;
        }
        if (completions[i].isDone()
            && (oldest < 0 || !current[i] || (current[oldest] && notedAt[i] < notedAt[oldest]))) {
          oldest = i;
        }
      }
      if (oldest >= 0) {
        writebacks[oldest] = writeback;
        notedAt[oldest] = now;
        current[oldest] = true;
      }
    }
  }

  /**
   * Has the noted writebacks write. A note older than the expiry needs nothing: what was dirty then
   * is being written as expired.
   *
   * @param groupDirty the group's dirty pages
   */
  void flush(long groupDirty) {
    long now = layer.machine().nanoTime();
    for (int i = 0; i < SLOTS; i++) {
      BdiWriteback writeback;
      synchronized (this) {
        if (!current[i]
            || now - notedAt[i] >= layer.settings().expiryNanos()
            || !completions[i].isDone()) {
          continue;
        }
        current[i] = false;
        writeback = writebacks[i];
      }
      Tracer tracer = layer.machine().tracer();
      if (tracer.enabled()) {
        tracer.emit(
            Tracepoints.FLUSH_FOREIGN, writeback.device().name(), writeback.cgroup().path());
      }
      long pages = Math.max(1, groupDirty * MORE_NUMERATOR / MORE_DENOMINATOR);
      writeback.queue(
          new WritebackWork(
              WritebackWork.Kind.ALL, WritebackReason.FOREIGN_FLUSH, null, pages, completions[i]));
    }
  }

  /** A writeback is gone; what is noted of it is forgotten. */
  synchronized void forget(BdiWriteback writeback) {
    for (int i = 0; i < SLOTS; i++) {
      if (writebacks[i] == writeback) {
        writebacks[i] = null;
        current[i] = false;
      }
    }
  }
}
