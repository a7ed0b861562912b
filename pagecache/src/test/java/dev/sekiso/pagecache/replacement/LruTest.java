package dev.sekiso.pagecache.replacement;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class LruTest extends ReplacementPolicyContract {

  @Override
  protected ReplacementPolicy create(PageView pages) {
    return new Lru(pages);
  }

  @Test
  void victims_comeInOrderOfLastUse() {
    ReplacementPolicy policy = create(PageView.ofClean(4));
    for (int page = 0; page < 4; page++) {
      policy.added(page, page);
    }
    for (int page : new int[] {2, 0}) {
      assertThat(policy.accessed(page)).isTrue();
      policy.promote(page);
    }
    int[] victims = new int[4];
    assertThat(policy.selectVictims(victims, 4)).isEqualTo(4);
    assertThat(victims).containsExactly(1, 3, 2, 0);
  }
}
