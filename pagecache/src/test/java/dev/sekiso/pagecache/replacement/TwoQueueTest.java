package dev.sekiso.pagecache.replacement;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TwoQueueTest extends ReplacementPolicyContract {

  @Override
  protected ReplacementPolicy create(PageView pages) {
    return new TwoQueue(pages);
  }

  /** A page comes back out of A1out: only then is it worth a place in Am. */
  @Test
  void pageUsedAgainOnlyWhileInA1in_leavesInOrderOfArrival_andComesBackIntoAm() {
    PolicySimulation cache = new PolicySimulation(this::create, 4);
    // Kin = 1, Kout = 2. 1 is used twice in A1in, which counts as once.
    assertThat(cache.hits(1, 1, 2, 3, 4)).isEqualTo(1);
    // 5 drives out 1, remembered in A1out; 1 comes back into Am, driving out 2.
    assertThat(cache.hits(5, 1)).isZero();
    // 6 to 9 go through A1in; 1 stays.
    assertThat(cache.hits(6, 7, 8, 9, 1)).isEqualTo(1);
    // 2 has been forgotten: A1out holds two pages.
    assertThat(cache.hits(2, 10, 11, 12, 13, 2)).isZero();
  }
}
