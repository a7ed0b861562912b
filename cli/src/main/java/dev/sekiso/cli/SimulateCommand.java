package dev.sekiso.cli;

import dev.sekiso.lab.simulation.Simulation;
import dev.sekiso.lab.simulation.SimulationReport;
import dev.sekiso.lab.simulation.SyntheticTrace;
import dev.sekiso.lab.simulation.Trace;
import dev.sekiso.lab.simulation.TraceFile;
import dev.sekiso.lab.simulation.TraceFormat;
import dev.sekiso.stack.StackCatalog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Runs replacement policies on a trace and reports their hit ratios. */
@Command(
    name = "simulate",
    description = {
      "Runs replacement policies on a trace of pages and reports how many requests are hits.",
      "",
      "No stack is built: the policies are the stack's own, and everything else of it is left out,"
          + " so that a policy sees tens of millions of requests a second. 'belady' knows the future"
          + " and is the bound for all others.",
      "",
      "TRACE is a file, whose name tells its format and may end in .gz:",
      "  .txt, .trc        pages: a page number a line",
      "  .lis              runs: first page and number of pages, as ARC's",
      "  .spc              spc: Storage Performance Council",
      "  .csv              msr: Microsoft Cambridge",
      "  .u16, .u32, .u64  page numbers in binary",
      "  .json             a recording of 'fidelity'",
      "or made up:",
      "  uniform:PAGES:REQUESTS:SEED",
      "  zipf:PAGES:ALPHA:REQUESTS:SEED",
      "  scan+zipf:PAGES:ALPHA:REQUESTS:SEED",
      "  loop:PAGES:REQUESTS"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sekiso simulate zipf:100000:0.9:10000000:1",
      "  sekiso simulate OLTP.lis --replacement lru,arc,belady --memory 1000,4000",
      "  sekiso simulate disk.csv.gz --memory 1%%,64m --output-format csv"
    })
final class SimulateCommand implements Callable<Integer> {

  private static final int PAGE_SHIFT = 12;
  private static final int PERCENT = 100;

  /** Pages that arrays can be made for. */
  private static final long MOST_PAGES = 1L << 30;

  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Mixin private ProgressOptions progress;

  @Parameters(index = "0", paramLabel = "TRACE", description = "The trace: a file, or made up.")
  private String source;

  @Option(
      names = "--replacement",
      paramLabel = "NAMES",
      hideParamSyntax = true,
      split = ",",
      description = "Policies, with commas between them; all and belady by default.")
  private List<String> policies = List.of();

  @Option(
      names = "--memory",
      paramLabel = "SIZES",
      hideParamSyntax = true,
      split = ",",
      description =
          "Capacities, with commas between them: pages (1000), bytes (64m) or a part of the trace's"
              + " different pages (5%%); 1%%,5%%,20%% by default.")
  private List<String> memory = List.of("1%", "5%", "20%");

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "The file's format if its name does not tell: pages, runs, spc, msr, u16, u32, u64.")
  private String format;

  @Option(
      names = "--output-format",
      paramLabel = "FORMAT",
      description = "${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} by default.")
  private TableFormat output = TableFormat.text;

  @Override
  public Integer call() throws IOException {
    StackCatalog catalog = StackCatalog.load(List.of());
    List<String> names = policies.isEmpty() ? Simulation.policies(catalog) : different(policies);
    for (String name : names) {
      if (!Simulation.isOptimum(name)) {
        catalog.replacement(name);
      }
    }
    Simulation simulation;
    try (ProgressLine line = progress.start(main, "simulate")) {
      line.show(0, "reading the trace");
      Trace trace = trace();
      List<Integer> capacities = capacities(trace);
      simulation =
          Simulation.run(
              catalog,
              trace,
              names,
              capacities,
              (policy, capacity, done) -> line.show(done, policy + ", " + capacity + " pages"));
    }
    main.out()
        .print(
            switch (output) {
              case text -> SimulationReport.text(simulation);
              case csv -> SimulationReport.csv(simulation);
              case json -> SimulationReport.json(simulation);
            });
    return 0;
  }

  private Trace trace() throws IOException {
    try {
      if (SyntheticTrace.isOne(source)) {
        return SyntheticTrace.of(source);
      }
      Path file = Path.of(source);
      return format == null ? TraceFile.read(file) : TraceFile.read(file, TraceFormat.of(format));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private List<String> different(List<String> values) {
    if (Set.copyOf(values).size() < values.size()) {
      throw new ParameterException(
          spec.commandLine(), "there is a value twice: " + String.join(",", values));
    }
    return values;
  }

  private List<Integer> capacities(Trace trace) {
    List<Integer> capacities = new ArrayList<>();
    for (String text : different(memory)) {
      capacities.add((int) pages(text.strip(), trace));
    }
    return capacities;
  }

  private long pages(String text, Trace trace) {
    long pages;
    try {
      if (text.endsWith("%")) {
        double share = Double.parseDouble(text.substring(0, text.length() - 1)) / PERCENT;
        pages = Math.max(1, Math.round(share * trace.pages()));
      } else if (text.chars().allMatch(Character::isDigit)) {
        pages = Long.parseLong(text);
      } else {
        pages = new ByteSize.Converter().convert(text).bytes() >> PAGE_SHIFT;
      }
    } catch (NumberFormatException | TypeConversionException e) {
      throw new ParameterException(
          spec.commandLine(),
          "'" + text + "' is no capacity; write pages as 1000, bytes as 64m, or a part as 5%",
          e);
    }
    if (pages < 1 || pages > MOST_PAGES) {
      throw new ParameterException(
          spec.commandLine(), "a capacity of " + pages + " pages; allowed is 1 to " + MOST_PAGES);
    }
    return pages;
  }
}
