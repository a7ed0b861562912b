package dev.sekiso.lab.report;

import dev.sekiso.lab.run.Latencies;
import java.util.ArrayList;
import java.util.List;

/**
 * The classes into which fio sorts latencies: each bound holds what is below it and not below the
 * one before, and the first bound of a unit follows the last of the unit below.
 */
final class LatencyClasses {

  /** Upper bounds within each unit. */
  private static final int[] BOUNDS = {2, 4, 10, 20, 50, 100, 250, 500, 750, 1000};

  private static final long SECOND = 1_000_000_000;

  /**
   * Transfers of one class.
   *
   * @param bound as fio writes it, {@code "250"} or {@code ">=2000"}
   * @param percent of all transfers
   */
  record Share(String bound, double percent) {}

  /** The units; all but the last have the same bounds. */
  enum Unit {
    NSEC(1),
    USEC(1_000),
    MSEC(1_000_000);

    private final long nanos;

    Unit(long nanos) {
      this.nanos = nanos;
    }
  }

  private LatencyClasses() {}

  static List<Share> of(Latencies latencies, Unit unit) {
    List<Share> shares = new ArrayList<>();
    long from = unit == Unit.NSEC ? 0 : unit.nanos;
    for (int bound : BOUNDS) {
      long to = bound * unit.nanos;
      shares.add(new Share(Integer.toString(bound), percent(latencies, from, to)));
      from = to;
    }
    if (unit == Unit.MSEC) {
      shares.add(new Share("2000", percent(latencies, SECOND, 2 * SECOND)));
      shares.add(new Share(">=2000", percent(latencies, 2 * SECOND, Long.MAX_VALUE)));
    }
    return shares;
  }

  private static double percent(Latencies latencies, long from, long to) {
    long total = latencies.count();
    return total == 0 ? 0 : 100.0 * latencies.countBetween(from, to - 1) / total;
  }
}
