package dev.sekiso.pagecache.replacement;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class FifoTest extends ReplacementPolicyContract {

  @Override
  protected ReplacementPolicy create(PageView pages) {
    return new Fifo(pages);
  }

  @Test
  void victims_comeInOrderOfArrival() {
    ReplacementPolicy policy = create(PageView.ofClean(4));
    for (int page = 0; page < 4; page++) {
      policy.added(page, page);
    }
    assertThat(policy.accessed(0)).isFalse();
    int[] victims = new int[4];
    assertThat(policy.selectVictims(victims, 4)).isEqualTo(4);
    assertThat(victims).containsExactly(0, 1, 2, 3);
  }
}
