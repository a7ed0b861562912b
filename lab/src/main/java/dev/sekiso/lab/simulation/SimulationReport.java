package dev.sekiso.lab.simulation;

import dev.sekiso.lab.simulation.Simulation.Result;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A simulation as a table for people, as CSV (RFC 4180) or as JSON. */
public final class SimulationReport {

  /** Behind the hit ratio that no other policy has better with that capacity, but the optimum. */
  private static final String BEST = "*";

  /** Digits of a hit ratio behind the point, in CSV and JSON: a millionth. */
  private static final int DIGITS = 6;

  private static final double MILLION = 1e6;

  private SimulationReport() {}

  /** A row per policy, a column per capacity with the hit ratio in percent. Lines end in '\n'. */
  public static String text(Simulation simulation) {
    Map<String, List<Result>> rows = new LinkedHashMap<>();
    for (Result result : simulation.results()) {
      rows.computeIfAbsent(result.policy(), policy -> new ArrayList<>()).add(result);
    }
    List<List<String>> lines = new ArrayList<>();
    List<String> header = new ArrayList<>(List.of("hits, %"));
    for (Result result : rows.values().iterator().next()) {
      header.add(result.capacity() + " pages ");
    }
    header.add("requests/s ");
    lines.add(header);
    rows.forEach((policy, results) -> lines.add(line(simulation, policy, results)));
    StringBuilder out =
        new StringBuilder(
            "%d requests for %d pages\n".formatted(simulation.requests(), simulation.pages()));
    int[] widths = new int[header.size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    for (List<String> line : lines) {
      out.append(aligned(line, widths)).append('\n');
    }
    return out.append(BEST)
        .append(" best of its column but for ")
        .append(Simulation.OPTIMUM)
        .append(", which knows the future\n")
        .toString();
  }

  private static List<String> line(Simulation simulation, String policy, List<Result> results) {
    List<String> line = new ArrayList<>(List.of(policy));
    double rates = 0;
    for (Result result : results) {
      line.add(
          String.format(Locale.ROOT, "%.2f", 100 * result.hitRatio())
              + (isBest(simulation, result) ? BEST : " "));
      rates += result.requestsPerSecond();
    }
    line.add(String.format(Locale.ROOT, "%.1f M ", rates / results.size() / MILLION));
    return line;
  }

  private static String aligned(List<String> line, int[] widths) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String padding = " ".repeat(widths[i] - line.get(i).length());
      out.append(i == 0 ? line.get(i) + padding : "  " + padding + line.get(i));
    }
    return out.toString().stripTrailing();
  }

  private static boolean isBest(Simulation simulation, Result result) {
    return !Simulation.isOptimum(result.policy())
        && result.hits() > 0
        && simulation.results().stream()
            .filter(other -> other.capacity() == result.capacity())
            .filter(other -> !Simulation.isOptimum(other.policy()))
            .allMatch(other -> other.hits() <= result.hits());
  }

  /** A line per policy and capacity. */
  public static String csv(Simulation simulation) {
    StringBuilder out =
        new StringBuilder("policy,capacity_pages,requests,hits,hit_ratio,requests_per_second\n");
    for (Result result : simulation.results()) {
      out.append(quoted(result.policy())).append(',');
      out.append(result.capacity()).append(',');
      out.append(result.requests()).append(',');
      out.append(result.hits()).append(',');
      out.append(ratio(result).toPlainString()).append(',');
      out.append(Math.round(result.requestsPerSecond())).append('\n');
    }
    return out.toString();
  }

  private static String quoted(String cell) {
    boolean plain = cell.chars().noneMatch(c -> c == ',' || c == '"');
    return plain ? cell : '"' + cell.replace("\"", "\"\"") + '"';
  }

  private static BigDecimal ratio(Result result) {
    return BigDecimal.valueOf(result.hits())
        .divide(BigDecimal.valueOf(result.requests()), DIGITS, RoundingMode.HALF_UP);
  }

  /** {@code requests}, {@code pages} and {@code results[]}. */
  public static String json(Simulation simulation) {
    JsonMapper mapper = JsonMapper.builder().build();
    ObjectNode root = mapper.createObjectNode();
    root.put("requests", simulation.requests());
    root.put("pages", simulation.pages());
    ArrayNode results = root.putArray("results");
    for (Result result : simulation.results()) {
      ObjectNode node = results.addObject();
      node.put("policy", result.policy());
      node.put("capacity_pages", result.capacity());
      node.put("hits", result.hits());
      node.put("hit_ratio", ratio(result));
      node.put("requests_per_second", Math.round(result.requestsPerSecond()));
    }
    return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
  }
}
