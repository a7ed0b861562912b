package dev.sekiso.pagecache;

import java.util.concurrent.atomic.LongAdder;

/** The counters of one page cache, added to from any context without a lock. */
final class CacheCounters {

  final HitCounter hits = new HitCounter();
  final LongAdder misses = new LongAdder();
  final LongAdder added = new LongAdder();
  final LongAdder evicted = new LongAdder();
  final LongAdder invalidated = new LongAdder();
  final LongAdder refaulted = new LongAdder();
  final LongAdder readaheadPages = new LongAdder();
  final LongAdder readaheadUsed = new LongAdder();
  final LongAdder readaheadWasted = new LongAdder();
  final LongAdder dirtied = new LongAdder();
  final LongAdder cleaned = new LongAdder();
  final LongAdder writebackStarted = new LongAdder();
  final LongAdder written = new LongAdder();
  final LongAdder readErrors = new LongAdder();
  final LongAdder writeErrors = new LongAdder();

  /** Pages of private memory that hold no file's page ({@code AnonPages}). */
  final LongAdder anonymous = new LongAdder();

  final LongAdder directReclaims = new LongAdder();
  final LongAdder backgroundReclaims = new LongAdder();
  final LongAdder reclaimWritten = new LongAdder();

  long dirty() {
    return Math.max(0, dirtied.sum() - cleaned.sum());
  }

  long writeback() {
    return Math.max(0, writebackStarted.sum() - written.sum());
  }

  PageCacheCounters snapshot(long activations) {
    return new PageCacheCounters(
        hits.sum(),
        misses.sum(),
        added.sum(),
        evicted.sum(),
        invalidated.sum(),
        refaulted.sum(),
        activations,
        readaheadPages.sum(),
        readaheadUsed.sum(),
        readaheadWasted.sum(),
        dirtied.sum(),
        written.sum(),
        readErrors.sum(),
        writeErrors.sum(),
        directReclaims.sum(),
        backgroundReclaims.sum(),
        reclaimWritten.sum());
  }
}
