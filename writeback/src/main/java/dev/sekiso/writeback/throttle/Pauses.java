package dev.sekiso.writeback.throttle;

import dev.sekiso.writeback.BdiWriteback;

/**
 * How long a rest may and should be ({@code wb_max_pause}, {@code wb_min_pause}).
 *
 * <p>The longest is about an eighth of the time the device needs for what is dirty on it, so that
 * it never idles because everybody sleeps; at most 200 ms. The wanted one is 10 ms, and 10 ms more
 * for every factor of two between the device's speed and a writer's, which tells how many writers
 * there are: many need not wake so often.
 *
 * @param longest nanoseconds
 * @param shortest nanoseconds below which a rest is saved up
 * @param pages to dirty until the next rest
 */
record Pauses(long longest, long shortest, long pages) {

  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final long NANOS_PER_MILLI = 1_000_000L;

  /** {@code MAX_PAUSE}. */
  private static final long LONGEST = 200 * NANOS_PER_MILLI;

  /** The kernel's clock tick at HZ=250: the least it can sleep. */
  private static final long TICK = 4 * NANOS_PER_MILLI;

  private static final long WANTED = 10 * NANOS_PER_MILLI;

  /** A rest is for at least this many pages, 128 KiB, while that does not make it too long. */
  private static final long LEAST_PAGES = 32;

  static Pauses of(BdiWriteback writeback, long dirty, double rateLimit, double taskRate) {
    long bandwidth = writeback.averageWriteBandwidth();
    long longest =
        Math.clamp((long) (dirty * (double) NANOS_PER_SECOND / bandwidth / 8), TICK, LONGEST);
    long factor = Math.max(0, log2(bandwidth) - log2((long) rateLimit));
    long wanted = Math.min(WANTED + factor * WANTED, TICK + longest / 2);
    long pages = pages(rateLimit, wanted);
    if (pages < LEAST_PAGES) {
      wanted = longest;
      pages = pages(rateLimit, wanted);
      if (pages > LEAST_PAGES) {
        pages = LEAST_PAGES;
        wanted = (long) (LEAST_PAGES * (double) NANOS_PER_SECOND / rateLimit);
      }
    }
    if (pages * (double) NANOS_PER_SECOND / (taskRate + 1) > longest) {
      wanted = longest;
      pages = pages(taskRate, wanted);
    }
    pages = Math.max(1, pages);
    // With enough pages to rest for, a rest half as long is still worth it.
    return new Pauses(longest, pages >= LEAST_PAGES ? wanted / 2 : wanted, pages);
  }

  private static long pages(double rate, long nanos) {
    return (long) (rate * nanos / NANOS_PER_SECOND);
  }

  private static int log2(long value) {
    return Long.SIZE - 1 - Long.numberOfLeadingZeros(Math.max(1, value));
  }
}
