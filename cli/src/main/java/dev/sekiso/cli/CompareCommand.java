package dev.sekiso.cli;

import dev.sekiso.lab.compare.Comparison;
import dev.sekiso.lab.compare.ComparisonReport;
import dev.sekiso.lab.compare.Dimension;
import dev.sekiso.lab.job.JobFile;
import dev.sekiso.lab.report.RunReport;
import dev.sekiso.lab.run.Progress;
import dev.sekiso.stack.ConfigurationException;
import java.io.IOException;
import java.nio.file.Path;
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

/** Runs a job file on the cross product of choices and reports all runs in one table. */
@Command(
    name = "compare",
    description = {
      "Runs the jobs of a file on every combination of choices and compares what came of it.",
      "",
      "Every option that says what a stack is to be takes several values with commas between them."
          + " Each combination runs on a fresh stack with the same seed; '*' marks the best of a"
          + " column. A combination that fails is told of below the table and costs the others"
          + " nothing. With --image all run on the one image, one after another."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sekiso compare examples/quickstart.fio --replacement lru,clock --memory 8m",
      "  sekiso compare job.fio --device hdd:1g --scheduler none,mq-deadline",
      "  sekiso compare job.fio --layer pagecache=folio,pass-through",
      "  sekiso compare job.fio --memory 8m,16m,32m --output-format csv"
    })
final class CompareCommand implements Callable<Integer> {

  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Mixin private StackOptions options;

  @Mixin private ProgressOptions progress;

  @Parameters(index = "0", paramLabel = "JOB.fio", description = "The job file.")
  private Path jobFile;

  @Option(
      names = "--output-format",
      paramLabel = "FORMAT",
      description = "${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} by default.")
  private TableFormat format = TableFormat.text;

  @Override
  public Integer call() throws IOException {
    JobFile jobs = JobFile.read(jobFile, options.seed());
    List<Dimension> dimensions = dimensions();
    Comparison comparison;
    try (ProgressLine line = progress.start(main, "compare")) {
      Runs runs = new Runs(jobs, line);
      comparison = Comparison.run(dimensions, runs, runs);
    }
    main.out()
        .print(
            switch (format) {
              case text -> ComparisonReport.text(comparison);
              case csv -> ComparisonReport.csv(comparison);
              case json -> ComparisonReport.json(comparison);
            });
    int failures = comparison.failures().size();
    if (failures > 0) {
      main.warn(
          failures
              + " of "
              + comparison.rows().size()
              + " runs failed, the first: "
              + comparison.failures().getFirst().failure());
    }
    return failures > 0 ? Main.FAILED : 0;
  }

  private List<Dimension> dimensions() {
    try {
      return options.dimensions();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  /** Carries the runs out, and tells the progress line which one it is. */
  private final class Runs implements Comparison.Trial, Comparison.Listener {

    private final JobFile jobs;
    private final ProgressLine line;
    private Progress current = new Progress();

    Runs(JobFile jobs, ProgressLine line) {
      this.jobs = jobs;
      this.line = line;
    }

    @Override
    public void started(int number, int of, Map<String, String> choices) {
      current = new Progress();
      String which = (number + 1) + " of " + of;
      line.watch(current, which, (double) number / of, (number + 1.0) / of);
    }

    @Override
    public RunReport run(Map<String, String> choices) throws IOException {
      Progress own = current;
      try {
        return StackOptions.value(
            options.builder(choices).run(stack -> RunReport.measure(stack, jobs, own)));
      } catch (ConfigurationException e) {
        throw new ConfigurationException(Main.describe(e), e);
      }
    }
  }
}
