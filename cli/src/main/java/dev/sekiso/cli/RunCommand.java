package dev.sekiso.cli;

import dev.sekiso.lab.job.JobFile;
import dev.sekiso.lab.job.JobOption;
import dev.sekiso.lab.report.JsonReport;
import dev.sekiso.lab.report.RunReport;
import dev.sekiso.lab.report.TextReport;
import dev.sekiso.lab.run.JobResult;
import dev.sekiso.lab.run.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Runs a job file on a stack and reports what it did. */
@Command(
    name = "run",
    description = {
      "Runs the jobs of a file in fio's format and reports bandwidth, rates, latencies, and what"
          + " each layer did.",
      "",
      "By default on a modelled NVMe SSD with a fresh ext2, in virtual time: the same seed prints"
          + " the same report. --image and --real-time do real I/O."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sekiso run examples/quickstart.fio",
      "  sekiso run job.fio --scheduler mq-deadline --memory 64m --output-format json",
      "  sekiso run job.fio --image disk.img",
      "  sekiso run --options"
    })
final class RunCommand implements Callable<Integer> {

  /** How a report is written. */
  enum OutputFormat {
    text,
    json
  }

  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", arity = "0..1", paramLabel = "JOB.fio", description = "The job file.")
  private Path jobFile;

  @Option(names = "--options", description = "List the options of a job file and end.")
  private boolean listOptions;

  @Mixin private StackOptions options;

  @Mixin private ProgressOptions progress;

  @Option(
      names = "--output-format",
      paramLabel = "FORMAT",
      description = "${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} by default.")
  private OutputFormat format = OutputFormat.text;

  @Override
  public Integer call() throws IOException {
    if (listOptions) {
      listOptions();
      return 0;
    }
    if (jobFile == null) {
      throw new ParameterException(
          spec.commandLine(), "a job file is needed; examples/quickstart.fio is one");
    }
    JobFile jobs = JobFile.read(jobFile, options.seed());
    RunReport report;
    try (ProgressLine line = progress.start(main, "run")) {
      Progress watched = new Progress();
      line.watch(watched, "", 0, 1);
      report = options.builder().run(stack -> RunReport.measure(stack, jobs, watched)).value();
    }
    main.out().print(format == OutputFormat.json ? JsonReport.of(report) : TextReport.of(report));
    List<JobResult> failures = report.failures();
    failures.forEach(
        failed -> main.warn("job " + failed.job().label() + ": " + failed.failure().getMessage()));
    return failures.isEmpty() ? 0 : Main.FAILED;
  }

  private void listOptions() {
    for (JobOption option : JobOption.values()) {
      main.out()
          .printf(
              "%-32s %s (default: %s)%n",
              option.names().stream().collect(Collectors.joining(", ")) + "=" + option.valueName(),
              option.description(),
              option.defaultValue());
    }
  }
}
