package dev.sekiso.writeback;

/**
 * How fast a device writes, in pages per second ({@code wb_update_write_bandwidth}).
 *
 * <p>Every 200 ms of writing, the rate since the last look enters a moving mean over about three
 * seconds (a power of two of milliseconds: 4096). The second, slower mean moves by an eighth of its
 * distance, and only when the first one confirms the direction; it is the one decisions are made
 * with. Time in which nothing was being written does not count. Guarded by its monitor.
 */
final class BandwidthEstimate {

  /** What a device is taken for before it has been seen, 100 MiB/s ({@code INIT_BW}). */
  static final long INITIAL = 100L << (20 - 12);

  private static final long PERIOD_NANOS = 4_096_000_000L;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final int AVERAGE_SHIFT = 3;

  private long stamp;
  private long writtenAtStamp;
  private long underWriteback;
  private volatile long current = INITIAL;
  private volatile long average = INITIAL;

  BandwidthEstimate(long now) {
    this.stamp = now;
  }

  long current() {
    return current;
  }

  long average() {
    return average;
  }

  /** Pages go under writeback; time of idleness before is forgotten. */
  synchronized void started(long pages, long written, long now) {
    if (underWriteback == 0 && now - stamp > DirtyDomain.UPDATE_INTERVAL_NANOS) {
      stamp = now;
      writtenAtStamp = written;
    }
    underWriteback += pages;
  }

  /** Pages have been written; renews the estimate when it is time. */
  synchronized void ended(long pages, long written, long now) {
    underWriteback -= pages;
    long elapsed = now - stamp;
    if (elapsed < DirtyDomain.UPDATE_INTERVAL_NANOS) {
      return;
    }
    update(written - writtenAtStamp, elapsed);
    stamp = now;
    writtenAtStamp = written;
  }

  /** Pages under writeback have been handed to another writeback. */
  synchronized void left(long pages) {
    underWriteback -= pages;
  }

  private void update(long pages, long elapsed) {
    double rate = pages * NANOS_PER_SECOND / elapsed;
    if (elapsed > PERIOD_NANOS) {
      current = Math.max(1, (long) rate);
      average = current;
      return;
    }
    long old = current;
    long mean = (long) ((rate * elapsed + (double) old * (PERIOD_NANOS - elapsed)) / PERIOD_NANOS);
    long smoothed = average;
    if (smoothed > old && old >= mean) {
      smoothed -= (smoothed - old) >> AVERAGE_SHIFT;
    } else if (smoothed < old && old <= mean) {
      smoothed += (old - smoothed) >> AVERAGE_SHIFT;
    }
    current = mean;
    average = Math.max(1, smoothed);
  }
}
