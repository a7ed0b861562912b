package dev.sekiso.pagecache.replacement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class BeladyTest extends ReplacementPolicyContract {

  @Override
  protected ReplacementPolicy create(PageView pages) {
    return new Belady(pages, new int[0]);
  }

  private static PolicySimulation simulate(int capacity, int... trace) {
    int pages = Arrays.stream(trace).max().orElseThrow() + 1;
    int[] next = Belady.nextUses(trace, trace.length, pages);
    PolicySimulation simulation = new PolicySimulation(view -> new Belady(view, next), capacity);
    for (int page : trace) {
      simulation.access(page);
    }
    return simulation;
  }

  /** The example that textbooks of operating systems give: nine misses with three frames. */
  @Test
  void textbookString_missesNineTimesWithThreeFrames() {
    int[] string = {7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1};
    assertThat(simulate(3, string).hits()).isEqualTo(string.length - 9);
  }

  @Test
  void nextUses_areThoseOfTheSamePage() {
    assertThat(Belady.nextUses(new int[] {1, 0, 1, 1, 9}, 4, 2))
        .containsExactly(2, Belady.NEVER, 3, Belady.NEVER);
  }

  @Test
  void hits_areThoseOfAnotherWayToTheOptimum() {
    for (long seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      int[] trace = new int[5000];
      Arrays.setAll(trace, i -> (int) (300 * Math.pow(random.nextDouble(), 2)));
      long[] keys = Arrays.stream(trace).asLongStream().toArray();
      for (int capacity : new int[] {1, 7, 60, 250}) {
        assertThat(simulate(capacity, trace).hits())
            .as("seed %d, %d pages", seed, capacity)
            .isEqualTo(PolicySimulation.optimalHits(keys, capacity));
      }
    }
  }
}
