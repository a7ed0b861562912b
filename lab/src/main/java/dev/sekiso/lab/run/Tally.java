package dev.sekiso.lab.run;

import org.HdrHistogram.Histogram;

/** Counts one direction of one job while it runs; belongs to the job's task. */
final class Tally {

  /** Three digits: any latency is kept to within a thousandth of itself. */
  private static final int SIGNIFICANT_DIGITS = 3;

  private final Histogram latency = new Histogram(SIGNIFICANT_DIGITS);
  private long transfers;
  private long shortTransfers;
  private long bytes;

  void add(int moved, int asked, long nanos) {
    transfers++;
    bytes += moved;
    if (moved < asked) {
      shortTransfers++;
    }
    latency.recordValue(Math.max(0, nanos));
  }

  DirectionResult result() {
    return new DirectionResult(transfers, shortTransfers, bytes, latency);
  }
}
