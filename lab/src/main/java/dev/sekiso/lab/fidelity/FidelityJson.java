package dev.sekiso.lab.fidelity;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A fidelity report, and the differences of a recording, as JSON, indented, ended by '\n'. */
public final class FidelityJson {

  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private FidelityJson() {}

  /**
   * The whole report: {@code folders[]}, {@code families[]}, {@code overall}, {@code skipped[]},
   * {@code hit_ratios[]}.
   */
  public static String of(FidelityReport report) {
    ObjectNode root = MAPPER.createObjectNode();
    ArrayNode folders = root.putArray("folders");
    report.folders().forEach(row -> row(folders.addObject(), row));
    ArrayNode families = root.putArray("families");
    report.families().forEach(row -> row(families.addObject(), row));
    row(root.putObject("overall"), report.overall());
    if (report.blockLayer() != null) {
      row(root.putObject("block_layer"), report.blockLayer());
    }
    ArrayNode skipped = root.putArray("skipped");
    report.skipped().forEach(skipped::add);
    ArrayNode ratios = root.putArray("hit_ratios");
    for (HitRatio ratio : report.hitRatios()) {
      ObjectNode node = ratios.addObject();
      node.put("recording", ratio.recording());
      node.put("family", ratio.family());
      node.put("ours", ratio.ours());
      node.put("kernels", ratio.kernels());
      node.put("points", ratio.points());
      node.put("agrees", ratio.agrees());
    }
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
  }

  private static void row(ObjectNode node, FidelityReport.Row row) {
    node.put("name", row.name());
    node.put("recordings", row.recordings());
    node.put("operations", row.operations());
    for (Aspect aspect : Aspect.values()) {
      long compared = row.agreement().compared(aspect);
      if (compared > 0) {
        ObjectNode share = node.putObject(aspect.key());
        long agreeing = row.agreement().agreeing(aspect);
        share.put("agreeing", agreeing);
        share.put("compared", compared);
        share.put("percent", Agreement.percent(agreeing, compared));
      }
    }
  }

  /** What a recording's replay gave, with every difference. */
  public static String of(ReplayResult result) {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("operations", result.operations());
    ArrayNode differences = root.putArray("differences");
    for (Difference difference : result.differences()) {
      ObjectNode node = differences.addObject();
      node.put("recording", difference.recording());
      node.put("index", difference.index());
      node.put("operation", difference.operation());
      node.put("recorded", difference.kernelsLine());
      ObjectNode aspects = node.putObject("aspects");
      for (Difference.Line line : difference.lines()) {
        ObjectNode aspect = aspects.putObject(line.aspect().key());
        aspect.put("ours", line.ours());
        aspect.put("kernels", line.kernels());
      }
    }
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
  }
}
