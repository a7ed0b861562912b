package dev.sekiso.lab.run;

/** Counts one direction of one job while it runs; belongs to the job's task. */
final class Tally {

  private static final double NANOS_PER_SECOND = 1e9;
  private static final double BYTES_PER_KIBIBYTE = 1024;

  private final Latencies submission = new Latencies();
  private final Latencies completion = new Latencies();
  private final Latencies latency = new Latencies();
  private long transfers;
  private long shortTransfers;
  private long bytes;
  private RateSamples bandwidth = RateSamples.NONE;
  private RateSamples rate = RateSamples.NONE;
  private long sampledAt;
  private long sampledTransfers;
  private long sampledBytes;

  void start(long nanos) {
    sampledAt = nanos;
  }

  /**
   * A transfer has ended.
   *
   * @param submitted time to submit it, 0 when submitting and waiting are one call
   * @param total time from the start of submission
   * @param now the machine's time
   */
  void add(int moved, int asked, long submitted, long total, long now) {
    transfers++;
    bytes += moved;
    if (moved < asked) {
      shortTransfers++;
    }
    latency.add(total);
    completion.add(total - submitted);
    if (submitted > 0) {
      submission.add(submitted);
    }
    if (now - sampledAt >= RateSamples.INTERVAL_NANOS) {
      sample(now);
    }
  }

  private void sample(long now) {
    double seconds = (now - sampledAt) / NANOS_PER_SECOND;
    bandwidth = bandwidth.with((bytes - sampledBytes) / BYTES_PER_KIBIBYTE / seconds);
    rate = rate.with((transfers - sampledTransfers) / seconds);
    sampledAt = now;
    sampledBytes = bytes;
    sampledTransfers = transfers;
  }

  DirectionResult result() {
    return new DirectionResult(
        transfers, shortTransfers, bytes, submission, completion, latency, bandwidth, rate);
  }
}
