package dev.sekiso.writeback;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Pages of all devices by state ({@code NR_FILE_DIRTY} and its kin). Any context; atomic. */
final class DirtyCounts {

  private final AtomicLong dirty = new AtomicLong();
  private final AtomicLong writeback = new AtomicLong();
  private final LongAdder dirtied = new LongAdder();
  private final LongAdder written = new LongAdder();

  long dirty() {
    return Math.max(0, dirty.get());
  }

  long writeback() {
    return Math.max(0, writeback.get());
  }

  /** Pages that went dirty since the beginning ({@code NR_DIRTIED}). */
  long dirtied() {
    return dirtied.sum();
  }

  /** Pages written since the beginning ({@code NR_WRITTEN}). */
  long written() {
    return written.sum();
  }

  void pagesDirtied(long pages) {
    dirty.addAndGet(pages);
    dirtied.add(pages);
  }

  void pagesCleaned(long pages) {
    dirty.addAndGet(-pages);
  }

  void writebackStarted(long pages) {
    writeback.addAndGet(pages);
  }

  void writebackEnded(long pages) {
    writeback.addAndGet(-pages);
    written.add(pages);
  }

  WritebackCounters counters(DirtyLimits limits) {
    return new WritebackCounters(
        dirty(), writeback(), dirtied(), written(), limits.limit(), limits.background());
  }
}
