package dev.sekiso.pagecache.replacement;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class LirsTest extends ReplacementPolicyContract {

  @Override
  protected ReplacementPolicy create(PageView pages) {
    return new Lirs(pages);
  }

  /** A HIR page that comes back while it is in S changes rôles with the LIR page at the bottom. */
  @Test
  void pageWithTheShorterRecency_takesTheRoleOfTheBottomOne() {
    Lirs[] lirs = new Lirs[1];
    PolicySimulation cache = new PolicySimulation(pages -> lirs[0] = new Lirs(pages), 3);
    // Two LIR pages: 1 and 2. 3 and 4 are HIR; 4 drives out 3, which stays in S.
    assertThat(cache.hits(1, 2, 3, 4)).isZero();
    assertThat(lirs[0].active()).isEqualTo(2);
    assertThat(cache.contains(3)).isFalse();
    // A loop over HIR pages never disturbs the LIR ones.
    assertThat(cache.hits(1, 2)).isEqualTo(2);
    // S from the top: 2 1 (3 and 4 pruned below). 5 is HIR, 4 leaves; then 5 is used again: LIR.
    assertThat(cache.hits(5)).isZero();
    assertThat(cache.contains(4)).isFalse();
    assertThat(cache.hits(5)).isEqualTo(1);
    assertThat(lirs[0].active()).isEqualTo(2);
    // 1, the bottom, is HIR now, and goes first.
    assertThat(cache.hits(6)).isZero();
    assertThat(cache.contains(1)).isFalse();
    assertThat(cache.hits(5, 2)).isEqualTo(2);
  }

  @Test
  void loopLargerThanTheCache_keepsHitting() {
    PolicySimulation cache = new PolicySimulation(this::create, 100);
    for (int i = 0; i < 150 * 20; i++) {
      cache.access(i % 150);
    }
    // 99 LIR pages of 150 stay: 19 rounds of hits on them; LRU has none.
    assertThat(cache.hits()).isEqualTo(19 * 99);
  }

  @Test
  void pagesRemembered_areNoMoreThanThereAreResident() {
    Lirs[] lirs = new Lirs[1];
    PolicySimulation cache = new PolicySimulation(pages -> lirs[0] = new Lirs(pages), 100);
    for (int i = 0; i < 20_000; i++) {
      cache.access(i % 7 == 0 ? i % 90 : i);
      assertThat(lirs[0].remembered()).isLessThanOrEqualTo(100);
    }
    assertThat(lirs[0].remembered()).isEqualTo(100);
  }
}
