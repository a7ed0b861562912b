package dev.sekiso.lab.run;

/**
 * What a job did in one direction. Times are nanoseconds.
 *
 * @param transfers calls that ended well
 * @param shortTransfers of those, calls that moved less than asked
 * @param bytes moved
 * @param submission times to submit (fio's slat); empty for synchronous engines, whose call is all
 * @param completion times from there to the end (clat)
 * @param latency times from submission to completion (lat)
 * @param bandwidth KiB a second, sampled
 * @param rate transfers a second, sampled
 */
public record DirectionResult(
    long transfers,
    long shortTransfers,
    long bytes,
    Latencies submission,
    Latencies completion,
    Latencies latency,
    RateSamples bandwidth,
    RateSamples rate) {

  /** Nothing at all. */
  public static final DirectionResult NONE =
      new DirectionResult(
          0,
          0,
          0,
          new Latencies(),
          new Latencies(),
          new Latencies(),
          RateSamples.NONE,
          RateSamples.NONE);

  /** Several jobs' results as one. */
  public DirectionResult plus(DirectionResult other) {
    return new DirectionResult(
        transfers + other.transfers,
        shortTransfers + other.shortTransfers,
        bytes + other.bytes,
        submission.plus(other.submission),
        completion.plus(other.completion),
        latency.plus(other.latency),
        bandwidth.plus(other.bandwidth),
        rate.plus(other.rate));
  }
}
