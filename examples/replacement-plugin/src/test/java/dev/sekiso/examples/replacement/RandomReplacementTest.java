package dev.sekiso.examples.replacement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.pagecache.replacement.PageView;
import dev.sekiso.pagecache.replacement.ReplacementPolicy;
import dev.sekiso.pagecache.replacement.ReplacementPolicyContract;
import org.junit.jupiter.api.Test;

class RandomReplacementTest extends ReplacementPolicyContract {

  private static final int PAGES = 64;

  @Override
  protected ReplacementPolicy create(PageView pages) {
    return new RandomReplacement(pages, 1);
  }

  @Test
  void victims_areTheSameForTheSameSeed_andOthersForAnother() {
    assertThat(victims(42)).isEqualTo(victims(42)).isNotEqualTo(victims(43));
  }

  @Test
  void victims_comeFromEverywhereAlike() {
    int fromTheFirstHalf = 0;
    for (int seed = 0; seed < 1000; seed++) {
      fromTheFirstHalf += victims(seed)[0] < PAGES / 2 ? 1 : 0;
    }
    // 500 are expected; 8 standard deviations of a fair coin are 126.
    assertThat(fromTheFirstHalf).isBetween(374, 626);
  }

  private static int[] victims(long seed) {
    RandomReplacement policy = new RandomReplacement(PageView.ofClean(PAGES), seed);
    for (int page = 0; page < PAGES; page++) {
      policy.added(page, page);
    }
    int[] victims = new int[8];
    policy.selectVictims(victims, victims.length);
    return victims;
  }
}
