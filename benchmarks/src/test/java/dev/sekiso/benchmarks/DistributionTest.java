package dev.sekiso.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class DistributionTest {

  private static final int PAGES = 1000;
  private static final int DRAWN = 1 << 20;

  /** The share of the k-th most popular is 1 / k^0.99 over the sum of all. */
  @Test
  void zipf_ofAMillion_isAsOftenAsThePowerLawSays() {
    int[] counts = counts(Distribution.ZIPF);
    double sum = 0;
    for (int rank = 1; rank <= PAGES; rank++) {
      sum += Math.pow(rank, -0.99);
    }
    Arrays.sort(counts);
    for (int rank : new int[] {1, 2, 3, 10, 30}) {
      double expected = DRAWN * Math.pow(rank, -0.99) / sum;
      assertThat((double) counts[PAGES - rank])
          .as("rank %d", rank)
          .isCloseTo(expected, within(6 * Math.sqrt(expected)));
    }
  }

  @Test
  void zipf_popularPages_lieApart() {
    int[] counts = counts(Distribution.ZIPF);
    int first = 0;
    int second = 0;
    for (int page = 0; page < PAGES; page++) {
      if (counts[page] > counts[first]) {
        second = first;
        first = page;
      } else if (page != first && counts[page] > counts[second]) {
        second = page;
      }
    }
    assertThat(Math.abs(first - second)).isGreaterThan(1);
  }

  @Test
  void uniform_ofAMillion_isAsOftenEverywhere() {
    double expected = (double) DRAWN / PAGES;
    for (int count : counts(Distribution.UNIFORM)) {
      assertThat((double) count).isCloseTo(expected, within(6 * Math.sqrt(expected)));
    }
  }

  private static int[] counts(Distribution distribution) {
    int[] order = new int[DRAWN];
    distribution.fill(order, PAGES, 1);
    int[] counts = new int[PAGES];
    for (int page : order) {
      counts[page]++;
    }
    return counts;
  }
}
