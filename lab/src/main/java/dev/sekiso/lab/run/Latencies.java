package dev.sekiso.lab.run;

import org.HdrHistogram.Histogram;

/**
 * Times of calls, in nanoseconds: least, most, mean and deviation as they were, percentiles from a
 * histogram of three significant digits, so that any is right to within a thousandth of itself. Not
 * for use by several tasks at one time.
 */
public final class Latencies {

  private static final int SIGNIFICANT_DIGITS = 3;

  private final Histogram histogram = new Histogram(SIGNIFICANT_DIGITS);
  private long least = Long.MAX_VALUE;
  private long most;
  private double mean;

  /** Sum of the squares of the distances from the mean (Welford 1962). */
  private double squares;

  void add(long nanos) {
    histogram.recordValue(nanos);
    least = Math.min(least, nanos);
    most = Math.max(most, nanos);
    double distance = nanos - mean;
    mean += distance / histogram.getTotalCount();
    squares += distance * (nanos - mean);
  }

  /** Both, as one. */
  Latencies plus(Latencies other) {
    Latencies sum = new Latencies();
    sum.histogram.add(histogram);
    sum.histogram.add(other.histogram);
    sum.least = Math.min(least, other.least);
    sum.most = Math.max(most, other.most);
    double all = sum.count();
    if (all > 0) {
      double distance = other.mean - mean;
      sum.mean = mean + distance * other.count() / all;
      sum.squares = squares + other.squares + distance * distance * count() * other.count() / all;
    }
    return sum;
  }

  public long count() {
    return histogram.getTotalCount();
  }

  /** How many are from {@code least} to {@code most}, both included. */
  public long countBetween(long least, long most) {
    return histogram.getCountBetweenValues(least, most);
  }

  /** The shortest; 0 when there is none. */
  public long least() {
    return count() == 0 ? 0 : least;
  }

  /** The longest; 0 when there is none. */
  public long most() {
    return most;
  }

  /** 0 when there is none. */
  public double mean() {
    return mean;
  }

  /** The standard deviation; 0 when there is none. */
  public double deviation() {
    return count() == 0 ? 0 : Math.sqrt(squares / count());
  }

  /** The time that so many of a hundred do not exceed; 0 when there is none. */
  public long atPercentile(double percentile) {
    return Math.clamp(histogram.getValueAtPercentile(percentile), least(), most);
  }
}
