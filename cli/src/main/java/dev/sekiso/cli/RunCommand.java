package dev.sekiso.cli;

import dev.sekiso.aio.AioSettings;
import dev.sekiso.aio.PosixAio;
import dev.sekiso.aio.WorkerEngine;
import dev.sekiso.lab.job.JobFile;
import dev.sekiso.lab.job.JobOption;
import dev.sekiso.lab.report.JsonReport;
import dev.sekiso.lab.report.RunReport;
import dev.sekiso.lab.report.TextReport;
import dev.sekiso.lab.run.JobResult;
import dev.sekiso.lab.run.JobRunner;
import dev.sekiso.lab.run.Progress;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.stack.StackCounters;
import dev.sekiso.stack.StorageStack;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

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

  private static final String DEFAULT_DEVICE = "nvme:1g";

  /** How a report is written. */
  enum OutputFormat {
    text,
    json
  }

  @ParentCommand private Main main;

  @Parameters(index = "0", arity = "0..1", paramLabel = "JOB.fio", description = "The job file.")
  private Path jobFile;

  @Option(names = "--options", description = "List the options of a job file and end.")
  private boolean listOptions;

  @Option(
      names = "--device",
      paramLabel = "ADDRESS",
      description = "The device; " + DEFAULT_DEVICE + " by default.")
  private String device;

  @Option(
      names = "--image",
      paramLabel = "FILE",
      description = "An ext2 image to run on, in real time: short for --device file:FILE.")
  private Path image;

  @Option(names = "--real-time", description = "Run in real time, not in virtual time.")
  private boolean realTime;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      description = "The set of choices to start from.")
  private String profile;

  @Option(names = "--scheduler", paramLabel = "NAME", description = "The I/O scheduler.")
  private String scheduler;

  @Option(names = "--replacement", paramLabel = "NAME", description = "The replacement policy.")
  private String replacement;

  @Option(names = "--readahead", paramLabel = "NAME", description = "The readahead policy.")
  private String readahead;

  @Option(names = "--memory", paramLabel = "SIZE", description = "Memory of the page cache.")
  private String memory;

  @Option(
      names = "--layer",
      paramLabel = "LAYER=NAME",
      description = "Exchange a whole layer, as pagecache=pass-through.")
  private Map<String, String> layers = new LinkedHashMap<>();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Set any key of the configuration.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Where random numbers start, of the machine and of jobs without randseed.")
  private long seed = JobFile.DEFAULT_SEED;

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
      throw new CommandException("a job file is needed; examples/quickstart.fio is one");
    }
    JobFile jobs = JobFile.read(jobFile, seed);
    RunReport report = builder().run(stack -> run(stack, jobs)).value();
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

  private StorageStack.Builder builder() {
    if (image != null && device != null) {
      throw new CommandException("--image and --device both name the device; give one of them");
    }
    StorageStack.Builder builder = StorageStack.builder();
    if (profile != null) {
      builder.profile(profile);
    }
    String address = image != null ? "file:" + image : device != null ? device : DEFAULT_DEVICE;
    builder.device(address).fileSystem("ext2");
    if (image == null && !realTime) {
      builder.simulated(seed);
    }
    if (scheduler != null) {
      builder.scheduler(scheduler);
    }
    if (replacement != null) {
      builder.replacement(replacement);
    }
    if (readahead != null) {
      builder.readahead(readahead);
    }
    if (memory != null) {
      builder.memory(memory);
    }
    layers.forEach(builder::layer);
    settings.forEach(builder::set);
    return builder;
  }

  private static RunReport run(StorageStack stack, JobFile jobs) throws ErrnoException {
    StackCounters before = stack.counters();
    List<JobResult> results;
    try (PosixAio aio =
        new PosixAio(
            stack.machine(), new WorkerEngine(stack.machine(), stack.vfs(), AioSettings.DEFAULT))) {
      results = new JobRunner(stack.machine(), stack.vfs(), aio, new Progress()).run(jobs.jobs());
    }
    stack.sync();
    return new RunReport(results, before, stack.counters());
  }
}
