package dev.sekiso.benchmarks;

import java.util.SplittableRandom;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.distribution.RejectionInversionZipfSampler;

/** How often which page is read. */
public enum Distribution {
  /** Every page as often as any other. */
  UNIFORM {
    @Override
    void fill(int[] order, int pages, long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      for (int i = 0; i < order.length; i++) {
        order[i] = random.nextInt(pages);
      }
    }
  },

  /**
   * The k-th most popular page is read in proportion to 1 / k<sup>0.99</sup>, as in the Yahoo Cloud
   * Serving Benchmark (Cooper et al., SoCC 2010); which page is how popular is a permutation, so
   * that popular pages do not lie side by side.
   */
  ZIPF {
    @Override
    void fill(int[] order, int pages, long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      UniformRandomProvider source = random::nextLong;
      var ranks = RejectionInversionZipfSampler.of(source, pages, EXPONENT);
      int[] pageOfRank = permutation(pages);
      for (int i = 0; i < order.length; i++) {
        order[i] = pageOfRank[ranks.sample() - 1];
      }
    }
  };

  /** YCSB's. */
  static final double EXPONENT = 0.99;

  /** One seed for all: every thread and every contestant finds the same pages popular. */
  private static final long PERMUTATION_SEED = 0x5e_15_09;

  /**
   * Fills an array with the numbers of pages in the order in which they are to be read.
   *
   * @param pages how many there are
   * @param seed gives another order of the same distribution
   */
  abstract void fill(int[] order, int pages, long seed);

  private static int[] permutation(int size) {
    SplittableRandom random = new SplittableRandom(PERMUTATION_SEED);
    int[] values = new int[size];
    for (int i = 0; i < size; i++) {
      int other = random.nextInt(i + 1);
      values[i] = values[other];
      values[other] = i;
    }
    return values;
  }
}
