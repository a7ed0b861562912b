package dev.sekiso.lab.fidelity;

import java.util.List;
import java.util.Locale;

/** A fidelity report, and a difference, as text. Lines end in '\n'. */
public final class FidelityText {

  private static final List<Aspect> FAMILY_COLUMNS =
      List.of(Aspect.RETURN, Aspect.ADDED, Aspect.REMOVED, Aspect.READAHEAD, Aspect.REQUESTS);
  private static final String FAMILY_FORMAT = "%-26s %5s %15s %15s %15s %15s %15s%n";

  private FidelityText() {}

  /** The whole report. */
  public static String of(FidelityReport report) {
    StringBuilder text = new StringBuilder();
    for (FidelityReport.Row row : report.folders()) {
      block(text, row);
    }
    List<FidelityReport.Row> families =
        report.families().stream().filter(FidelityText::hasFamilyColumns).toList();
    if (!families.isEmpty()) {
      families(text, families);
    }
    if (!report.hitRatios().isEmpty()) {
      text.append(HitRatioText.of(report.hitRatios()));
    }
    block(text, report.overall());
    if (report.blockLayer() != null) {
      block(text, report.blockLayer());
    }
    if (!report.skipped().isEmpty()) {
      text.append(report.skipped().size()).append(" recordings are of kinds not replayed\n");
    }
    return text.toString();
  }

  private static void block(StringBuilder text, FidelityReport.Row row) {
    text.append(
        "%s: %d recordings, %d operations"
            .formatted(row.name(), row.recordings(), row.operations()));
    text.append('\n');
    for (Aspect aspect : Aspect.values()) {
      long compared = row.agreement().compared(aspect);
      if (compared > 0) {
        long agreeing = row.agreement().agreeing(aspect);
        text.append(
            String.format(
                Locale.ROOT,
                "  %-30s %6s %%  %d of %d%n",
                aspect.title(),
                Agreement.percent(agreeing, compared),
                agreeing,
                compared));
      }
    }
    text.append('\n');
  }

  private static boolean hasFamilyColumns(FidelityReport.Row row) {
    return FAMILY_COLUMNS.stream().anyMatch(aspect -> row.agreement().compared(aspect) > 0);
  }

  private static void families(StringBuilder text, List<FidelityReport.Row> rows) {
    text.append(
        FAMILY_FORMAT.formatted(
            "family", "files", "returned", "added", "removed", "readahead", "requests"));
    for (FidelityReport.Row row : rows) {
      Object[] cells = new Object[FAMILY_COLUMNS.size() + 2];
      cells[0] = row.name();
      cells[1] = row.recordings();
      for (int i = 0; i < FAMILY_COLUMNS.size(); i++) {
        cells[i + 2] = cell(row.agreement(), FAMILY_COLUMNS.get(i));
      }
      text.append(FAMILY_FORMAT.formatted(cells));
    }
    text.append('\n');
  }

  private static String cell(Agreement agreement, Aspect aspect) {
    long compared = agreement.compared(aspect);
    return compared == 0 ? "-" : agreement.agreeing(aspect) + "/" + compared;
  }

  /** A difference, ours beside the kernel's. */
  public static String of(Difference difference) {
    StringBuilder text = new StringBuilder();
    text.append(difference.recording())
        .append(", operation ")
        .append(difference.index())
        .append('\n');
    text.append("  operation  ").append(difference.operation()).append('\n');
    for (Difference.Line line : difference.lines()) {
      text.append("  ").append(line.aspect().title()).append('\n');
      text.append("    ours     ").append(orNothing(line.ours())).append('\n');
      text.append("    kernel's ").append(orNothing(line.kernels())).append('\n');
    }
    text.append("  recorded   ").append(difference.kernelsLine()).append('\n');
    return text.toString();
  }

  private static String orNothing(String text) {
    return text.isEmpty() ? "nothing" : text;
  }
}
