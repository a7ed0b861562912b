package dev.sekiso.lab.run;

import java.util.Arrays;

/**
 * How often which number of transfers was seen, in classes that double, as fio counts depths.
 * Belongs to the job's task until the job has ended.
 */
public final class DepthCounts {

  /** Upper bounds, inclusive, of the classes but the last, which has none. */
  private final int[] bounds;

  private final long[] counts;

  private DepthCounts(int... bounds) {
    this.bounds = bounds;
    this.counts = new long[bounds.length + 1];
  }

  /** Transfers in flight: 1, 2–3, 4–7, 8–15, 16–31, 32–63, and 64 and more. */
  static DepthCounts inFlight() {
    return new DepthCounts(1, 3, 7, 15, 31, 63);
  }

  /** Transfers in one call: 0, 1–4, 5–8, 9–16, 17–32, 33–64, and more. */
  static DepthCounts perCall() {
    return new DepthCounts(0, 4, 8, 16, 32, 64);
  }

  void add(int depth) {
    int index = 0;
    while (index < bounds.length && depth > bounds[index]) {
      index++;
    }
    counts[index]++;
  }

  DepthCounts plus(DepthCounts other) {
    DepthCounts sum = new DepthCounts(bounds);
    for (int i = 0; i < counts.length; i++) {
      sum.counts[i] = counts[i] + other.counts[i];
    }
    return sum;
  }

  /** The percentage in each class; all 0 when nothing was counted. */
  public double[] percentages() {
    long total = Arrays.stream(counts).sum();
    return Arrays.stream(counts).mapToDouble(n -> total == 0 ? 0 : 100.0 * n / total).toArray();
  }
}
