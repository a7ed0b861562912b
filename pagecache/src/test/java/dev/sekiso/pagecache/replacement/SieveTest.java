package dev.sekiso.pagecache.replacement;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SieveTest extends ReplacementPolicyContract {

  @Override
  protected ReplacementPolicy create(PageView pages) {
    return new Sieve(pages);
  }

  /** Four pages, worked by hand from algorithm 1 of the paper: the hand passes what was visited. */
  @Test
  void hand_clearsMarksAndEvictsTheFirstWithout_leavingThePassedInPlace() {
    PolicySimulation cache = new PolicySimulation(this::create, 4);
    assertThat(cache.hits(1, 2, 3, 4, 1, 2)).isEqualTo(2);
    // From the oldest: 1 and 2 lose their marks, 3 leaves; the hand waits at 4.
    assertThat(cache.hits(5, 1, 2)).isEqualTo(2);
    assertThat(cache.contains(3)).isFalse();
    // 4 leaves, though 1 and 2 are older: the hand does not begin again.
    assertThat(cache.hits(6)).isZero();
    assertThat(cache.contains(4)).isFalse();
    assertThat(cache.hits(7)).isZero();
    assertThat(cache.contains(5)).isFalse();
    assertThat(cache.hits(1, 2, 6, 7)).isEqualTo(4);
  }
}
