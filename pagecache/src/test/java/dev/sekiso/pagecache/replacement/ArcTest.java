package dev.sekiso.pagecache.replacement;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ArcTest extends ReplacementPolicyContract {

  @Override
  protected ReplacementPolicy create(PageView pages) {
    return new Arc(pages);
  }

  /** Figure 4 of the paper, a cache of c = 4. */
  @Test
  void target_followsWhereThePagesComeBackFrom() {
    Arc[] arc = new Arc[1];
    PolicySimulation cache = new PolicySimulation(pages -> arc[0] = new Arc(pages), 4);
    // T1 = 2, T2 = 1: 1 was used twice.
    assertThat(cache.hits(1, 1, 2, 3)).isEqualTo(1);
    assertThat(arc[0].once()).isEqualTo(2);
    assertThat(arc[0].active()).isEqualTo(1);
    // 4 fills it; 5 drives 2, the oldest of T1, to B1.
    assertThat(cache.hits(4, 5)).isZero();
    assertThat(arc[0].onceRemembered()).isEqualTo(1);
    assertThat(arc[0].target()).isZero();
    // 2 comes back out of B1: p rises by max(1, |B2| / |B1|) = 1, and 2 goes to T2; 3 has left.
    assertThat(cache.hits(2)).isZero();
    assertThat(arc[0].target()).isEqualTo(1);
    assertThat(arc[0].active()).isEqualTo(2);
    assertThat(arc[0].onceRemembered()).isEqualTo(1);
    // 4 is used: T1 = {5}, T2 = {4, 2, 1}. T1 is not longer than p: 1 leaves T2 for B2.
    assertThat(cache.hits(4, 6)).isEqualTo(1);
    assertThat(arc[0].oftenRemembered()).isEqualTo(1);
    // 1 comes back out of B2: p falls by max(1, |B1| / |B2|) = 1.
    assertThat(cache.hits(1)).isZero();
    assertThat(arc[0].target()).isZero();
  }
}
