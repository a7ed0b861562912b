package dev.sekiso.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What contestants took, a figure for each round. */
final class Scores {

  private final Map<Contestant, List<Double>> times = new HashMap<>();
  private final Map<Contestant, List<Double>> allocations = new HashMap<>();

  /**
   * Adds a round.
   *
   * @param iterations times an operation took, in the benchmark's unit
   * @param bytes allocated by an operation
   */
  void add(Contestant contestant, double[] iterations, double bytes) {
    times.computeIfAbsent(contestant, one -> new ArrayList<>()).add(median(iterations));
    allocations.computeIfAbsent(contestant, one -> new ArrayList<>()).add(bytes);
  }

  /** Whether it has run at least once. */
  boolean has(Contestant contestant) {
    return times.containsKey(contestant);
  }

  /** The median over the rounds of the median of the iterations. */
  double time(Contestant contestant) {
    return overRounds(times, contestant);
  }

  /** Bytes allocated by an operation, the median over the rounds. */
  double allocated(Contestant contestant) {
    return overRounds(allocations, contestant);
  }

  private static double overRounds(Map<Contestant, List<Double>> figures, Contestant contestant) {
    List<Double> rounds = figures.get(contestant);
    if (rounds == null) {
      throw new IllegalStateException(contestant + " has not run");
    }
    return median(rounds.stream().mapToDouble(Double::doubleValue).toArray());
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
