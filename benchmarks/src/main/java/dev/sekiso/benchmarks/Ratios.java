package dev.sekiso.benchmarks;

import dev.sekiso.machine.ErrnoException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs the contestants in rounds, one fork each, and prints every ratio beside its target.
 *
 * <p>Arguments: {@code --quick} for one short round; {@code --rounds=N} (3); {@code --only=REGEX}
 * for the lines whose name has it; {@code --no-disk} leaves out what moves a GiB to and from the
 * disk; {@code --disk=DIRECTORY} says where.
 */
public final class Ratios {

  private static final String ALLOCATION = "gc.alloc.rate.norm";

  private int rounds = 3;
  private int warmups = 6;
  private int iterations = 7;
  private TimeValue time = TimeValue.milliseconds(300);
  private Pattern only = Pattern.compile("");
  private boolean disk = true;
  private String directory = "";

  private Ratios() {}

  public static void main(String[] arguments) throws ErrnoException {
    Ratios ratios = new Ratios();
    for (String argument : arguments) {
      ratios.accept(argument);
    }
    ratios.run();
  }

  private void accept(String argument) {
    int equals = argument.indexOf('=');
    String value = argument.substring(equals + 1);
    switch (equals < 0 ? argument : argument.substring(0, equals)) {
      case "--quick" -> {
        rounds = 1;
        warmups = 3;
        iterations = 3;
      }
      case "--rounds" -> rounds = Integer.parseInt(value);
      case "--only" -> only = Pattern.compile(value);
      case "--no-disk" -> disk = false;
      case "--disk" -> directory = value;
      default ->
          throw new IllegalArgumentException(
              argument + " is none of --quick, --rounds=N, --only=REGEX, --no-disk, --disk=DIR");
    }
  }

  private void run() throws ErrnoException {
    List<Goal> goals = new ArrayList<>(Goals.inMemory());
    if (disk) {
      goals.addAll(Goals.onDisk());
    }
    goals.removeIf(goal -> !only.matcher(goal.name()).find());
    Set<Contestant> contestants = new LinkedHashSet<>();
    goals.forEach(goal -> contestants.addAll(goal.contestants()));
    Scores scores = new Scores();
    for (int round = 1; round <= rounds; round++) {
      int number = 0;
      for (Contestant contestant : contestants) {
        System.err.printf(
            "round %d of %d, %d of %d: %s%n",
            round, rounds, ++number, contestants.size(), contestant);
        runOnce(contestant, scores);
      }
    }
    print(goals, contestants, scores);
  }

  private void runOnce(Contestant contestant, Scores scores) {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .forks(1)
            .verbosity(VerboseMode.SILENT)
            .addProfiler(GCProfiler.class)
            .shouldFailOnError(true);
    if (contestant.isOnDisk()) {
      options.param("directory", directory);
    } else {
      options
          .warmupIterations(warmups)
          .warmupTime(time)
          .measurementIterations(iterations)
          .measurementTime(time);
    }
    RunResult result;
    try {
      result = new Runner(contestant.select(options).build()).runSingle();
    } catch (RunnerException e) {
      System.err.println(contestant + " failed, and what needs it is not measured:");
      e.printStackTrace();
      return;
    }
    double[] times =
        result.getBenchmarkResults().stream()
            .flatMap(fork -> fork.getIterationResults().stream())
            .map(IterationResult::getPrimaryResult)
            .mapToDouble(Result::getScore)
            .toArray();
    scores.add(contestant, times, result.getSecondaryResults().get(ALLOCATION).getScore());
  }

  private void print(List<Goal> goals, Set<Contestant> contestants, Scores scores)
      throws ErrnoException {
    System.out.printf("%n%-58s %12s %10s%n", "contestant", "time", "bytes");
    for (Contestant one : contestants) {
      if (!scores.has(one)) {
        continue;
      }
      System.out.printf(
          Locale.ROOT,
          "%-58s %9.1f %s %10.2f%n",
          one,
          scores.time(one),
          one.isOnDisk() ? "ms" : "ns",
          scores.allocated(one));
    }
    System.out.println();
    int missed = 0;
    for (Goal goal : goals) {
      if (!goal.contestants().stream().allMatch(scores::has)) {
        missed++;
        System.out.printf("%-58s not measured%n", goal.name());
        continue;
      }
      double value = goal.figure().applyAsDouble(scores);
      missed += Double.isNaN(goal.target()) || goal.isReached(value) ? 0 : 1;
      System.out.println(goal.line(value));
    }
    Footprint.Measured memory = Footprint.measure(65_536);
    System.out.println(memory);
    missed += memory.bytesPerPage() <= Footprint.MOST_BYTES_PER_PAGE ? 0 : 1;
    System.out.println(missed == 0 ? "every target reached" : missed + " targets missed");
  }
}
