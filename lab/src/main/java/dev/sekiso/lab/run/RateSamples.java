package dev.sekiso.lab.run;

/**
 * What was seen of a rate that is sampled twice a second, as fio samples it ({@code bwavgtime} and
 * {@code iopsavgtime}). A run shorter than half a second has none.
 *
 * @param count how many samples
 * @param least the smallest, 0 if there is none
 * @param most the largest
 * @param mean their mean; of several jobs the sum of their means
 * @param squares sum of the squared distances from the mean (Welford 1962)
 */
public record RateSamples(long count, double least, double most, double mean, double squares) {

  /** Time between samples. */
  static final long INTERVAL_NANOS = 500_000_000;

  /** No sample at all. */
  public static final RateSamples NONE = new RateSamples(0, 0, 0, 0, 0);

  RateSamples with(double sample) {
    double newMean = mean + (sample - mean) / (count + 1);
    return new RateSamples(
        count + 1,
        count == 0 ? sample : Math.min(least, sample),
        count == 0 ? sample : Math.max(most, sample),
        newMean,
        squares + (sample - mean) * (sample - newMean));
  }

  /** The rates of jobs that run together, added up as fio does for {@code group_reporting}. */
  public RateSamples plus(RateSamples other) {
    return new RateSamples(
        count + other.count,
        least + other.least,
        most + other.most,
        mean + other.mean,
        squares + other.squares);
  }

  /** The standard deviation. */
  public double deviation() {
    return count < 2 ? 0 : Math.sqrt(squares / (count - 1));
  }
}
