package dev.sekiso.lab.run;

import org.HdrHistogram.Histogram;

/**
 * What a job did in one direction.
 *
 * @param transfers calls that ended well
 * @param shortTransfers of those, calls that moved less than asked
 * @param bytes moved
 * @param latency nanoseconds from submission to completion
 */
public record DirectionResult(long transfers, long shortTransfers, long bytes, Histogram latency) {

  /** Nothing at all. */
  public static final DirectionResult NONE = new DirectionResult(0, 0, 0, new Histogram(3));

  /** Several jobs' results as one. */
  public DirectionResult plus(DirectionResult other) {
    Histogram sum = latency.copy();
    sum.add(other.latency);
    return new DirectionResult(
        transfers + other.transfers,
        shortTransfers + other.shortTransfers,
        bytes + other.bytes,
        sum);
  }
}
