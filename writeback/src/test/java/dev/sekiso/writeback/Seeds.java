package dev.sekiso.writeback;

import java.util.SplittableRandom;

/**
 * Runs a randomised test on some seeds; the one that fails is named in the failure.
 *
 * <p>{@code -Dsekiso.runs=1000} runs so many, and {@code -Dsekiso.first=4711} begins at that one.
 */
final class Seeds {

  private static final String FIRST = "sekiso.first";
  private static final String RUNS = "sekiso.runs";

  private Seeds() {}

  /** What is done with each. */
  @FunctionalInterface
  interface Body {
    void run(long seed, SplittableRandom random) throws Exception;
  }

  static void each(int runs, Body body) {
    long first = Long.getLong(FIRST, 0);
    for (long seed = first; seed < first + Integer.getInteger(RUNS, runs); seed++) {
      try {
        body.run(seed, new SplittableRandom(seed));
      } catch (AssertionError | Exception e) {
        throw new AssertionError(
            "seed %d (-D%s=%d -D%s=1): %s".formatted(seed, FIRST, seed, RUNS, e.getMessage()), e);
      }
    }
  }
}
