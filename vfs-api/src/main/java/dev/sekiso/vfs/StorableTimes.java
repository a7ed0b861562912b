package dev.sekiso.vfs;

import dev.sekiso.machine.Machine;

/**
 * Which times a file system can store, and the time now as one of them ({@code s_time_gran}, {@code
 * s_time_min}, {@code s_time_max}).
 *
 * <p>Set before the file system is handed out; read by any task.
 */
final class StorableTimes {

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final Machine machine;
  private final long tickNanos;

  /** Nanoseconds between two times that a new time of a file can be: no less than a tick. */
  private volatile long granularityNanos;

  /** Nanoseconds between two times that can be stored. */
  private volatile long storedGranularityNanos = 1;

  private volatile long minimumSeconds = Long.MIN_VALUE;
  private volatile long maximumSeconds = Long.MAX_VALUE;

  /**
   * @param tickNanos between two looks of the kernel at the clock
   */
  StorableTimes(Machine machine, long tickNanos) {
    this.machine = machine;
    this.tickNanos = tickNanos;
    this.granularityNanos = tickNanos;
  }

  /** As {@link SuperBlock#setTimeRange}. */
  void setRange(long storedNanos, long minimum, long maximum) {
    if (storedNanos < 1 || storedNanos > NANOS_PER_SECOND) {
      throw new IllegalArgumentException(
          "time granularity of " + storedNanos + " ns is not within 1 ns to 1 s");
    }
    granularityNanos = Math.max(storedNanos, tickNanos);
    storedGranularityNanos = storedNanos;
    minimumSeconds = minimum;
    maximumSeconds = maximum;
  }

  Timestamp now() {
    return clamp(Timestamp.ofNanos(nowNanos()));
  }

  /** Since 1970, not clamped; allocates nothing. */
  long nowNanos() {
    long now = machine.realTimeNanos();
    return now - Math.floorMod(now, granularityNanos);
  }

  /** The nearest time that can be stored ({@code timestamp_truncate}). */
  Timestamp clamp(Timestamp time) {
    if (time.seconds() <= minimumSeconds) {
      return new Timestamp(minimumSeconds, 0);
    }
    if (time.seconds() >= maximumSeconds) {
      return new Timestamp(maximumSeconds, 0);
    }
    long granularity = storedGranularityNanos;
    return granularity == 1
        ? time
        : new Timestamp(time.seconds(), (int) (time.nanos() - time.nanos() % granularity));
  }
}
