package dev.sekiso.pagecache.replacement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.pagecache.replacement.ReplacementPolicy.Rejection;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Sequences worked by hand from {@code mm/vmscan.c} and {@code mm/workingset.c} of 6.18. */
final class MultiGenerationalTest extends ReplacementPolicyContract {

  @Override
  protected ReplacementPolicy create(PageView pages) {
    return new MultiGenerational(pages);
  }

  private final int[] victims = new int[64];
  private final long[] shadows = new long[400];

  private static MultiGenerational of(PageView pages, int count) {
    MultiGenerational policy = new MultiGenerational(pages);
    for (int page = 0; page < count; page++) {
      policy.added(page, page);
    }
    return policy;
  }

  private static void use(ReplacementPolicy policy, int from, int to, int times) {
    for (int page = from; page < to; page++) {
      for (int i = 0; i < times; i++) {
        assertThat(policy.accessed(page)).as("uses through descriptors move nothing").isFalse();
      }
    }
  }

  /** Evicts so many pages, in as many rounds as that takes; gives the last one. */
  private int evict(ReplacementPolicy policy, int wanted) {
    int last = -1;
    for (int left = wanted; left > 0; ) {
      policy.beginRound(0);
      int count = policy.selectVictims(victims, Math.min(left, 64));
      assertThat(count).isPositive();
      for (int i = 0; i < count; i++) {
        last = victims[i];
        shadows[last] = policy.evicted(last, last);
      }
      left -= count;
      policy.finishRound();
    }
    return last;
  }

  @Test
  void newPages_comeIntoTheOldestOfFourGenerations() {
    MultiGenerational policy = of(PageView.ofClean(8), 4);
    assertThat(policy.oldest()).isZero();
    assertThat(policy.youngest()).isEqualTo(3);
    assertThat(policy.generationOf(3)).isZero();
    assertThat(policy.active()).isZero();
  }

  @Test
  void generationThatIsEmpty_makesRoomForAYoungerOne() {
    MultiGenerational policy = of(PageView.ofClean(8), 4);
    evict(policy, 4);
    // 0 and 1 were empty; two generations must be left.
    assertThat(policy.oldest()).isEqualTo(2);
    policy.added(0, 0);
    assertThat(policy.generationOf(0)).isEqualTo(2);
    policy.beginRound(ReplacementPolicy.DEFAULT_PRIORITY);
    assertThat(policy.selectVictims(victims, 1)).isZero();
    assertThat(policy.youngest()).as("no aging at the default priority").isEqualTo(3);
    // Aging ends the round; two generations are made three, three are made four.
    policy.beginRound(1);
    assertThat(policy.selectVictims(victims, 1)).isZero();
    assertThat(policy.youngest()).isEqualTo(4);
    policy.beginRound(0);
    assertThat(policy.selectVictims(victims, 1)).isZero();
    assertThat(policy.youngest()).isEqualTo(5);
    policy.beginRound(0);
    assertThat(policy.selectVictims(victims, 1)).isEqualTo(1);
    assertThat(policy.youngest()).isEqualTo(5);
  }

  @Test
  void tierOfPagesThatComeBack_isCarriedToTheNextGeneration() {
    MultiGenerational policy = of(PageView.ofClean(300), 200);
    // 0 to 99 were used twice: tier 1. The others once: tier 0.
    use(policy, 0, 100, 2);
    use(policy, 100, 200, 1);
    assertThat(policy.lastUnprotectedTier()).as("nothing is known yet").isEqualTo(3);
    assertThat(evict(policy, 100)).isEqualTo(99);
    for (int page = 0; page < 63; page++) {
      assertThat(policy.refaulted(page, page, shadows[page])).isTrue();
    }
    // Fewer than 64 refaults say nothing.
    assertThat(policy.lastUnprotectedTier()).isEqualTo(3);
    assertThat(policy.refaulted(63, 63, shadows[63])).isTrue();
    // 64 × (0 + 64) × 2 > (0 + 1) × 100 × 3.
    assertThat(policy.lastUnprotectedTier()).isZero();
    use(policy, 0, 64, 2);
    // The tail: 100 to 199 leave; 0 to 63 are carried on, and the round ends with aging.
    assertThat(evict(policy, 100)).isEqualTo(199);
    policy.beginRound(0);
    assertThat(policy.selectVictims(victims, 64)).isZero();
    assertThat(policy.generationOf(0)).isEqualTo(1);
    assertThat(policy.oldest()).isEqualTo(1);
    // In the next generation their count has begun anew: tier 0.
    policy.beginRound(0);
    assertThat(policy.selectVictims(victims, 64)).isEqualTo(64);
    assertThat(victims[0]).isZero();
  }

  @Test
  void tierThatComesBackNoMoreOftenThanTierZero_isNotProtected() {
    MultiGenerational policy = of(PageView.ofClean(400), 400);
    use(policy, 0, 200, 2);
    use(policy, 200, 400, 1);
    evict(policy, 399);
    // One page keeps the generation, and the counts, as they are. Half of each tier comes back:
    // 100 × (199 + 64) × 2 = 52,600 is not more than (100 + 1) × 200 × 3 = 60,600.
    for (int page = 0; page < 100; page++) {
      policy.refaulted(page, page, shadows[page]);
      policy.refaulted(200 + page, 200 + page, shadows[200 + page]);
    }
    assertThat(policy.lastUnprotectedTier()).isEqualTo(3);
    // 20 more of tier 1 make it 63,120.
    for (int page = 100; page < 120; page++) {
      policy.refaulted(page, page, shadows[page]);
    }
    assertThat(policy.lastUnprotectedTier()).isZero();
  }

  @Test
  void pageUsedMoreOftenThanIsCounted_isCarriedOnInAnyCase() {
    MultiGenerational policy = of(PageView.ofClean(8), 2);
    use(policy, 0, 1, 5);
    use(policy, 1, 2, 4);
    policy.beginRound(0);
    assertThat(policy.selectVictims(victims, 2)).isEqualTo(1);
    assertThat(victims[0]).isEqualTo(1);
    assertThat(policy.generationOf(0)).isEqualTo(1);
    // Its uses are forgotten, not that it belongs to the working set: tier 3, a shadow that says
    // so.
    long shadow = policy.evicted(1, 1);
    assertThat(policy.refaulted(1, 1, shadow)).isTrue();
    assertThat(policy.generationOf(1)).as("not of the working set: oldest").isEqualTo(1);
  }

  @Test
  void workingSet_thatComesBack_skipsAGeneration() {
    MultiGenerational policy = of(PageView.ofClean(8), 3);
    use(policy, 0, 1, 5);
    policy.beginRound(ReplacementPolicy.DESPERATE_PRIORITY);
    assertThat(policy.selectVictims(victims, 1)).isEqualTo(1);
    long shadow = policy.evicted(0, 0);
    assertThat(policy.refaulted(0, 0, shadow)).isTrue();
    assertThat(policy.generationOf(0)).isEqualTo(1);
    assertThat(policy.activations()).isEqualTo(1);
  }

  @Test
  void refault_countsWithinFourGenerations() {
    MultiGenerational policy = of(PageView.ofClean(8), 2);
    evict(policy, 1);
    assertThat(policy.youngest()).isEqualTo(3);
    assertThat(policy.refaulted(0, 0, shadows[0])).as("0 to 3").isTrue();
    policy.removed(0);
    evict(policy, 1);
    policy.beginRound(0);
    assertThat(policy.selectVictims(victims, 1)).isZero();
    assertThat(policy.youngest()).isEqualTo(4);
    assertThat(policy.refaulted(0, 0, shadows[0])).as("0 to 4").isFalse();
  }

  @Test
  void dirtyVictim_goesToTheNextGeneration_andIsNextOnceWritten() {
    MappedPages pages = new MappedPages(8);
    MultiGenerational policy = of(pages, 4);
    pages.dirty[0] = true;
    policy.beginRound(0);
    assertThat(policy.selectVictims(victims, 2)).isEqualTo(2);
    policy.rejected(0, Rejection.DIRTY);
    policy.rejected(1, Rejection.BUSY);
    assertThat(policy.generationOf(0)).isEqualTo(1);
    assertThat(policy.generationOf(1)).as("second youngest").isEqualTo(2);
    policy.rotated(0);
    assertThat(policy.generationOf(0)).as("dirty again").isEqualTo(1);
    pages.dirty[0] = false;
    policy.rotated(0);
    assertThat(policy.generationOf(0)).isZero();
    assertThat(policy.selectVictims(victims, 1)).isEqualTo(1);
    assertThat(victims[0]).isZero();
  }

  @Test
  void deactivatedPage_goesBackToTheOldestGeneration() {
    MappedPages pages = new MappedPages(20);
    Arrays.fill(pages.mapped, 0, 10, true);
    MultiGenerational policy = of(pages, 20);
    policy.beginRound(0);
    assertThat(policy.selectVictims(victims, 1)).isEqualTo(1);
    int page = victims[0];
    policy.rejected(page, Rejection.USED);
    policy.usedThroughMappings(page, 1);
    assertThat(policy.generationOf(page)).isEqualTo(2);
    policy.finishRound();
    policy.deactivated(page);
    assertThat(policy.generationOf(page)).isEqualTo(policy.oldest());
  }

  @Test
  void mappedPages_usedAtTwoWalks_goToTheYoungestGeneration() {
    MappedPages pages = new MappedPages(20);
    Arrays.fill(pages.mapped, 0, 10, true);
    MultiGenerational policy = of(pages, 20);
    policy.beginRound(0);
    assertThat(policy.selectVictims(victims, 20)).isEqualTo(20);
    for (int page = 0; page < 10; page++) {
      policy.rejected(page, Rejection.USED);
      policy.usedThroughMappings(page, 1);
      assertThat(policy.generationOf(page)).isEqualTo(2);
    }
    for (int page = 10; page < 20; page++) {
      policy.evicted(page, page);
    }
    assertThat(policy.oldest()).isEqualTo(2);
    for (int walk = 0; walk < 2; walk++) {
      Arrays.fill(pages.referenced, 0, 5, true);
      policy.beginRound(0);
      assertThat(policy.selectVictims(victims, 1)).isZero();
    }
    assertThat(policy.youngest()).isEqualTo(5);
    assertThat(policy.generationOf(0)).as("used at both walks").isEqualTo(4);
    assertThat(policy.generationOf(5)).as("not used").isEqualTo(2);
  }
}
