package dev.sekiso.pagecache.replacement;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ClockTest extends ReplacementPolicyContract {

  @Override
  protected ReplacementPolicy create(PageView pages) {
    return new Clock(pages);
  }

  @Test
  void usedPage_isPassedOverOnce() {
    ReplacementPolicy policy = create(PageView.ofClean(4));
    for (int page = 0; page < 4; page++) {
      policy.added(page, page);
    }
    policy.accessed(0);
    policy.accessed(1);
    int[] victims = new int[4];
    assertThat(policy.selectVictims(victims, 4)).isEqualTo(4);
    assertThat(victims).containsExactly(2, 3, 0, 1);
  }
}
