package dev.sekiso.lab.compare;

import dev.sekiso.lab.report.RunReport;
import dev.sekiso.lab.run.JobResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rows of a comparison, in the order of their runs: the last dimension changes fastest.
 *
 * @param dimensions what was varied and what was fixed
 */
public record Comparison(List<Dimension> dimensions, List<Row> rows) {

  public Comparison {
    dimensions = List.copyOf(dimensions);
    rows = List.copyOf(rows);
  }

  /** Runs the jobs on one stack. */
  @FunctionalInterface
  public interface Trial {

    /**
     * @param choices a value for each dimension's key, in the order of the dimensions
     */
    RunReport run(Map<String, String> choices) throws IOException;
  }

  /** Hears of each run. */
  public interface Listener {

    /**
     * A run starts.
     *
     * @param number from 0
     */
    void started(int number, int of, Map<String, String> choices);
  }

  /**
   * One combination and what became of it.
   *
   * @param figures what was measured; empty when a job failed, or the stack or its files could not
   *     be made
   * @param failure why there are no figures, null when there are
   */
  public record Row(Map<String, String> choices, Map<Metric, Double> figures, String failure) {

    public Row {
      choices = Collections.unmodifiableMap(new LinkedHashMap<>(choices));
      figures = Map.copyOf(figures);
    }

    /** Whether every job ran to its end. */
    public boolean counts() {
      return failure == null;
    }

    /** The figure in the metric's unit; NaN when there is none. */
    public double figure(Metric metric) {
      return figures.getOrDefault(metric, Double.NaN);
    }
  }

  /** Runs every combination; one that fails is a row that says why. */
  public static Comparison run(List<Dimension> dimensions, Trial trial, Listener listener) {
    List<Map<String, String>> combinations = product(dimensions);
    List<Row> rows = new ArrayList<>();
    for (Map<String, String> choices : combinations) {
      listener.started(rows.size(), combinations.size(), choices);
      rows.add(row(choices, trial));
    }
    return new Comparison(dimensions, rows);
  }

  private static Row row(Map<String, String> choices, Trial trial) {
    try {
      RunReport report = trial.run(choices);
      if (report.failures().isEmpty()) {
        return new Row(choices, figures(report), null);
      }
      JobResult failed = report.failures().getFirst();
      String reason = "job " + failed.job().label() + ": " + failed.failure().getMessage();
      return new Row(choices, Map.of(), reason);
    } catch (IOException | RuntimeException e) {
      String message = e.getMessage();
      return new Row(choices, Map.of(), message == null ? e.toString() : message);
    }
  }

  private static Map<Metric, Double> figures(RunReport report) {
    Map<Metric, Double> figures = new EnumMap<>(Metric.class);
    for (Metric metric : Metric.values()) {
      double figure = metric.of(report);
      if (!Double.isNaN(figure)) {
        figures.put(metric, figure);
      }
    }
    return figures;
  }

  /** All combinations, the last dimension changing fastest; one, empty, of no dimension. */
  static List<Map<String, String>> product(List<Dimension> dimensions) {
    List<Map<String, String>> combinations = List.of(Map.of());
    for (Dimension dimension : dimensions) {
      List<Map<String, String>> longer = new ArrayList<>();
      for (Map<String, String> combination : combinations) {
        for (String value : dimension.values()) {
          Map<String, String> with = new LinkedHashMap<>(combination);
          with.put(dimension.key(), value);
          longer.add(with);
        }
      }
      combinations = longer;
    }
    return combinations;
  }

  /** The metrics of which at least one row has a figure, in their order. */
  public List<Metric> metrics() {
    return Arrays.stream(Metric.values())
        .filter(metric -> rows.stream().anyMatch(row -> row.figures().containsKey(metric)))
        .toList();
  }

  /**
   * Whether no row has a better figure than this one. False when there is nothing to choose
   * between, that is, fewer than two figures, or all the same.
   */
  public boolean isBest(Row row, Metric metric) {
    double[] figures =
        rows.stream()
            .mapToDouble(other -> other.figure(metric))
            .filter(figure -> !Double.isNaN(figure))
            .toArray();
    double own = row.figure(metric);
    return Arrays.stream(figures).distinct().count() > 1
        && !Double.isNaN(own)
        && Arrays.stream(figures).noneMatch(figure -> metric.isBetter(figure, own));
  }

  /** The rows that do not count. */
  public List<Row> failures() {
    return rows.stream().filter(row -> !row.counts()).toList();
  }
}
