package dev.sekiso.cli;

import dev.sekiso.lab.fidelity.Difference;
import dev.sekiso.lab.fidelity.Fidelity;
import dev.sekiso.lab.fidelity.FidelityJson;
import dev.sekiso.lab.fidelity.FidelityReport;
import dev.sekiso.lab.fidelity.FidelityText;
import dev.sekiso.lab.fidelity.RecordingException;
import dev.sekiso.lab.fidelity.ReplayResult;
import dev.sekiso.machine.ErrnoException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Replays recordings of a real kernel and reports how far the stack does the same. */
@Command(
    name = "fidelity",
    description = {
      "Replays what a real Linux kernel was recorded doing and reports how far the stack does the"
          + " same, operation by operation.",
      "",
      "Return values count for every operation; pages, readahead decisions, block requests and so"
          + " on for the operations in which something of the kind happened, here or there. Shares"
          + " are cut, never rounded up."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sekiso fidelity recordings",
      "  sekiso fidelity recordings --family ra --require 99",
      "  sekiso fidelity recordings --show ra-seq-4k-order0"
    })
final class FidelityCommand implements Callable<Integer> {

  /** How a report is written. */
  enum OutputFormat {
    text,
    json
  }

  @ParentCommand private Main main;

  @Parameters(index = "0", paramLabel = "DIR", description = "The folder with the recordings.")
  private Path folder;

  @Option(
      names = "--family",
      paramLabel = "NAME",
      description = "Only recordings of this family or folder; may be given several times.")
  private List<String> families = List.of();

  @Option(
      names = "--show",
      paramLabel = "NAME",
      description = "Replay one recording and print where it first differs.")
  private String shown;

  @Option(names = "--all", description = "With --show: print every difference, not the first.")
  private boolean all;

  @Option(
      names = {"--output-format", "--format"},
      paramLabel = "FORMAT",
      description = "${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} by default.")
  private OutputFormat format = OutputFormat.text;

  @Option(
      names = "--require",
      paramLabel = "PERCENT",
      description = "Fail when any share of the whole is smaller.")
  private Double required;

  @Option(names = "--quiet", description = "No progress.")
  private boolean quiet;

  @Override
  public Integer call() throws RecordingException, ErrnoException {
    Fidelity fidelity = new Fidelity(folder);
    return shown == null ? report(fidelity) : show(fidelity);
  }

  private int report(Fidelity fidelity) throws RecordingException, ErrnoException {
    FidelityReport report;
    if (quiet || System.console() == null) {
      report = fidelity.run(this::isWanted, (recording, done, of) -> {});
    } else {
      try (ProgressBar bar = bar()) {
        report =
            fidelity.run(
                this::isWanted,
                (recording, done, of) -> {
                  bar.maxHint(of);
                  bar.stepTo(done);
                  bar.setExtraMessage(recording);
                });
      }
    }
    main.out()
        .print(format == OutputFormat.json ? FidelityJson.of(report) : FidelityText.of(report));
    return required == null || report.reaches(required) ? 0 : Main.FAILED;
  }

  private static ProgressBar bar() {
    return new ProgressBarBuilder()
        .setTaskName("replaying")
        .setInitialMax(1)
        .setStyle(ProgressBarStyle.ASCII)
        .build();
  }

  private boolean isWanted(String family) {
    return families.isEmpty() || families.contains(family);
  }

  private int show(Fidelity fidelity) throws RecordingException, ErrnoException {
    ReplayResult result = fidelity.replay(shown);
    if (format == OutputFormat.json) {
      main.out().print(FidelityJson.of(result));
    } else if (result.differences().isEmpty()) {
      main.out().println(shown + ": all " + result.operations() + " operations agree");
    } else {
      List<Difference> printed = all ? result.differences() : result.differences().subList(0, 1);
      printed.forEach(difference -> main.out().print(FidelityText.of(difference)));
    }
    return 0;
  }
}
