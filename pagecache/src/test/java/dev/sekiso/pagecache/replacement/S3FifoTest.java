package dev.sekiso.pagecache.replacement;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class S3FifoTest extends ReplacementPolicyContract {

  @Override
  protected ReplacementPolicy create(PageView pages) {
    return new S3Fifo(pages);
  }

  /** Algorithm 1 of the paper, ten pages: S may hold one, G remembers nine. */
  @Test
  void pageUsedTwiceInS_goesToM_othersAreRememberedAndComeBackToM() {
    PolicySimulation cache = new PolicySimulation(this::create, 10);
    // 1 is used twice after it came, 2 once: more than once is needed.
    assertThat(cache.hits(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 1, 2)).isEqualTo(3);
    // 1 goes to M; 2 leaves.
    assertThat(cache.hits(11)).isZero();
    assertThat(cache.contains(1)).isTrue();
    assertThat(cache.contains(2)).isFalse();
    // 2 is in G: it comes to M, and outlives a scan of ten.
    assertThat(cache.hits(2, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29)).isZero();
    assertThat(cache.contains(2)).isTrue();
    assertThat(cache.contains(1)).isTrue();
    assertThat(cache.contains(11)).isFalse();
  }
}
