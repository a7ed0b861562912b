package dev.sekiso.cli;

import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.lab.job.JobFile;
import dev.sekiso.lab.job.JobOption;
import dev.sekiso.lab.plot.RunSampler;
import dev.sekiso.lab.plot.SeriesCsv;
import dev.sekiso.lab.plot.SeriesSvg;
import dev.sekiso.lab.plot.TimeSeries;
import dev.sekiso.lab.report.JsonReport;
import dev.sekiso.lab.report.PowerCutReport;
import dev.sekiso.lab.report.RunReport;
import dev.sekiso.lab.report.TextReport;
import dev.sekiso.lab.run.JobResult;
import dev.sekiso.lab.run.PowerCutTimer;
import dev.sekiso.lab.run.Progress;
import dev.sekiso.lab.run.RunWatcher;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
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
      "  sekiso run job.fio --memory 64m --plot dirty.svg --plot dirty.csv",
      "  sekiso run job.fio --device hdd:1g --power-cut 50ms",
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

  @Option(
      names = "--power-cut",
      paramLabel = "TIME",
      converter = TimeSpan.Converter.class,
      description =
          "Cut the power so long after the jobs begin, and tell what is on the device then: a"
              + " number with ns, us, ms, s or m, as in 50ms.")
  private TimeSpan powerCut;

  @Option(
      names = "--plot",
      paramLabel = "FILE",
      description =
          "Draw dirty memory and write rates over time into FILE.svg, or write them into FILE.csv;"
              + " may be given several times.")
  private List<Path> plots = new ArrayList<>();

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
    requireVirtualTimeForPowerCut();
    plots.forEach(this::requirePlottable);
    Progress watched = new Progress();
    RunSampler sampler = new RunSampler(jobs, watched);
    Outcome<RunReport> outcome;
    try (ProgressLine line = progress.start(main, "run")) {
      line.watch(watched, "", 0, 1);
      RunWatcher watcher = watcher(sampler);
      outcome = options.builder().run(stack -> RunReport.measure(stack, jobs, watched, watcher));
    }
    for (Path plot : plots) {
      plot(plot, sampler.series());
    }
    return outcome.powerWasCut()
        ? afterPowerCut(jobs, watched, outcome.media())
        : report(outcome.value());
  }

  private RunWatcher watcher(RunSampler sampler) {
    RunWatcher watcher = plots.isEmpty() ? RunWatcher.NONE : sampler;
    return powerCut == null ? watcher : watcher.and(new PowerCutTimer(powerCut.nanos()));
  }

  private int report(RunReport report) {
    main.out().print(format == OutputFormat.json ? JsonReport.of(report) : TextReport.of(report));
    List<JobResult> failures = report.failures();
    failures.forEach(
        failed -> main.warn("job " + failed.job().label() + ": " + failed.failure().getMessage()));
    if (powerCut != null) {
      main.warn("the jobs had ended before the power was to be cut; give --power-cut less");
    }
    return failures.isEmpty() ? 0 : Main.FAILED;
  }

  /** Builds the stack again over what the cut has left, and tells of both. */
  private int afterPowerCut(JobFile jobs, Progress seen, Map<String, Media> media) {
    Map<String, Long> files = Map.of();
    String problem = null;
    try {
      Outcome<Map<String, Long>> look =
          options
              .builder()
              .set("machine", "simulated?seed=" + options.seed())
              .media(media)
              .run(stack -> PowerCutReport.look(stack.vfs(), jobs));
      files = look.value();
    } catch (ErrnoException e) {
      problem = "it cannot be looked at: " + e.getMessage();
    }
    PowerCutReport report = new PowerCutReport(seen.snapshot(), files, problem);
    main.out().print(format == OutputFormat.json ? report.json() : report.text());
    return 0;
  }

  private void requireVirtualTimeForPowerCut() {
    if (powerCut != null && options.isRealTime()) {
      throw new ParameterException(
          spec.commandLine(),
          "--power-cut works in virtual time; leave out --image, --real-time and machine=system");
    }
  }

  private void requirePlottable(Path plot) {
    Path folder = plot.toAbsolutePath().getParent();
    String name = plot.toString();
    if (!name.endsWith(".svg") && !name.endsWith(".csv")) {
      throw new ParameterException(
          spec.commandLine(),
          "--plot " + plot + " must end in .svg or .csv, which says what it is");
    }
    if (folder == null || !Files.isDirectory(folder)) {
      throw new ParameterException(
          spec.commandLine(), "--plot: there is no directory " + folder + "; make it first");
    }
  }

  private void plot(Path plot, TimeSeries series) throws IOException {
    String title = jobFile.getFileName() + ": dirty memory and write rates";
    Files.writeString(
        plot,
        plot.toString().endsWith(".csv") ? SeriesCsv.of(series) : SeriesSvg.of(series, title));
  }

  private void listOptions() {
    int width = 0;
    for (JobOption option : JobOption.values()) {
      width = Math.max(width, written(option).length());
    }
    for (JobOption option : JobOption.values()) {
      main.out()
          .printf(
              "%-" + width + "s  %s (default: %s)%n",
              written(option),
              option.description(),
              option.defaultValue());
    }
  }

  private static String written(JobOption option) {
    return String.join(", ", option.names()) + "=" + option.valueName();
  }
}
