package dev.sekiso.lab.compare;

import dev.sekiso.lab.compare.Comparison.Row;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A comparison as a table for people, as CSV (RFC 4180) or as JSON. */
public final class ComparisonReport {

  /** Behind a figure that no other row has better. */
  private static final String BEST = "*";

  /** Digits behind the point in CSV and JSON: a thousandth of a transfer a second, of a percent. */
  private static final int DIGITS = 3;

  private ComparisonReport() {}

  // ------------------------------------------------------------------------------------------ text

  /** The table: what varies, then a column per metric; failures below. Lines ended by '\n'. */
  public static String text(Comparison comparison) {
    List<List<String>> lines = new ArrayList<>();
    List<Dimension> varied = varied(comparison);
    List<Metric> metrics = comparison.metrics();
    List<String> header = new ArrayList<>(varied.stream().map(Dimension::title).toList());
    metrics.forEach(metric -> header.add(metric.title() + " "));
    lines.add(header);
    for (Row row : comparison.rows()) {
      List<String> line = new ArrayList<>();
      varied.forEach(dimension -> line.add(shown(row.choices().get(dimension.key()))));
      for (Metric metric : metrics) {
        boolean best = comparison.isBest(row, metric);
        line.add(metric.show(row.figure(metric)) + (best ? BEST : " "));
      }
      lines.add(line);
    }
    StringBuilder out = new StringBuilder();
    int[] widths = widths(lines);
    for (List<String> line : lines) {
      out.append(aligned(line, widths, varied.size())).append('\n');
    }
    if (comparison.rows().stream().anyMatch(row -> !bestAt(comparison, row).isEmpty())) {
      out.append(BEST + " best of its column\n");
    }
    for (Row row : comparison.failures()) {
      out.append("failed: ").append(label(row, varied)).append(row.failure()).append('\n');
    }
    return out.toString();
  }

  private static List<Dimension> varied(Comparison comparison) {
    return comparison.dimensions().stream().filter(Dimension::varies).toList();
  }

  private static String shown(String value) {
    return value.isEmpty() ? "(default)" : value;
  }

  private static String label(Row row, List<Dimension> varied) {
    return varied.isEmpty()
        ? ""
        : varied.stream()
            .map(dimension -> dimension.title() + "=" + shown(row.choices().get(dimension.key())))
            .collect(Collectors.joining(" ", "", ": "));
  }

  private static int[] widths(List<List<String>> lines) {
    int[] widths = new int[lines.getFirst().size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    return widths;
  }

  /** Names to the left, figures to the right. */
  private static String aligned(List<String> line, int[] widths, int names) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String padding = " ".repeat(widths[i] - line.get(i).length());
      out.append(i == 0 ? "" : "  ");
      out.append(i < names ? line.get(i) + padding : padding + line.get(i));
    }
    return out.toString().stripTrailing();
  }

  // ------------------------------------------------------------------------------------------- csv

  /**
   * A line per row, all dimensions first, every metric in its unit (empty where there is no
   * figure), then {@code best} with the metrics it is best at, and {@code error}.
   */
  public static String csv(Comparison comparison) {
    List<String> header = new ArrayList<>();
    comparison.dimensions().forEach(dimension -> header.add(dimension.key()));
    for (Metric metric : Metric.values()) {
      header.add(metric.id());
    }
    header.add("best");
    header.add("error");
    StringBuilder out = new StringBuilder(line(header));
    for (Row row : comparison.rows()) {
      List<String> cells = new ArrayList<>(row.choices().values());
      for (Metric metric : Metric.values()) {
        double figure = row.figure(metric);
        cells.add(Double.isNaN(figure) ? "" : number(figure).toPlainString());
      }
      cells.add(String.join(" ", bestAt(comparison, row)));
      cells.add(row.counts() ? "" : row.failure());
      out.append(line(cells));
    }
    return out.toString();
  }

  private static List<String> bestAt(Comparison comparison, Row row) {
    return comparison.metrics().stream()
        .filter(metric -> comparison.isBest(row, metric))
        .map(Metric::id)
        .toList();
  }

  private static BigDecimal number(double figure) {
    BigDecimal rounded = BigDecimal.valueOf(figure).setScale(DIGITS, RoundingMode.HALF_UP);
    return rounded.signum() == 0 ? BigDecimal.ZERO : rounded.stripTrailingZeros();
  }

  private static String line(List<String> cells) {
    return cells.stream().map(ComparisonReport::quoted).collect(Collectors.joining(",", "", "\n"));
  }

  private static String quoted(String cell) {
    boolean plain = cell.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    return plain ? cell : '"' + cell.replace("\"", "\"\"") + '"';
  }

  // ------------------------------------------------------------------------------------------ json

  /**
   * {@code rows[]} with {@code choices}, {@code metrics}, {@code best} and, failed, {@code error}.
   */
  public static String json(Comparison comparison) {
    JsonMapper mapper = JsonMapper.builder().build();
    ObjectNode root = mapper.createObjectNode();
    ArrayNode rows = root.putArray("rows");
    for (Row row : comparison.rows()) {
      ObjectNode node = rows.addObject();
      ObjectNode choices = node.putObject("choices");
      row.choices().forEach(choices::put);
      ObjectNode metrics = node.putObject("metrics");
      for (Metric metric : Metric.values()) {
        double figure = row.figure(metric);
        if (!Double.isNaN(figure)) {
          metrics.put(metric.id(), new BigDecimal(number(figure).toPlainString()));
        }
      }
      ArrayNode best = node.putArray("best");
      bestAt(comparison, row).forEach(best::add);
      if (!row.counts()) {
        node.put("error", row.failure());
      }
    }
    return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
  }
}
