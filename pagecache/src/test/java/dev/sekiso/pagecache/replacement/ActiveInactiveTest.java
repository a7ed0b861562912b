package dev.sekiso.pagecache.replacement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.pagecache.replacement.ReplacementPolicy.Rejection;
import org.junit.jupiter.api.Test;

final class ActiveInactiveTest extends ReplacementPolicyContract {

  @Override
  protected ReplacementPolicy create(PageView pages) {
    return new ActiveInactive(pages);
  }

  private static void use(ReplacementPolicy policy, int page) {
    if (policy.accessed(page)) {
      policy.promote(page);
    }
  }

  @Test
  void secondUse_activates() {
    ActiveInactive policy = new ActiveInactive(PageView.ofClean(8));
    for (int page = 0; page < 4; page++) {
      policy.added(page, page);
    }
    use(policy, 1);
    assertThat(policy.active()).isZero();
    use(policy, 1);
    assertThat(policy.active()).isEqualTo(1);
    assertThat(policy.activations()).isEqualTo(1);
    int[] victims = new int[4];
    policy.beginRound(0);
    assertThat(policy.selectVictims(victims, 4)).isEqualTo(3);
    assertThat(victims).startsWith(0, 2, 3);
  }

  @Test
  void deactivatedPage_isInactiveAndMustBeUsedTwiceAgain() {
    ActiveInactive policy = new ActiveInactive(PageView.ofClean(8));
    for (int page = 0; page < 4; page++) {
      policy.added(page, page);
    }
    use(policy, 0);
    policy.deactivated(0);
    use(policy, 0);
    assertThat(policy.active()).isZero();
    use(policy, 0);
    assertThat(policy.active()).isEqualTo(1);
    policy.deactivated(0);
    assertThat(policy.active()).isZero();
    use(policy, 0);
    assertThat(policy.active()).isZero();
    int[] victims = new int[4];
    policy.beginRound(0);
    assertThat(policy.selectVictims(victims, 4)).isEqualTo(4);
    // It was the last to come to the inactive list, where reclaim takes from the other end.
    assertThat(victims).containsExactly(1, 2, 3, 0);
  }

  @Test
  void activeList_shrinksOnlyWhenTheInactiveOneIsTooShort() {
    ActiveInactive policy = new ActiveInactive(PageView.ofClean(64));
    for (int page = 0; page < 10; page++) {
      policy.added(page, page);
    }
    for (int page = 0; page < 5; page++) {
      use(policy, page);
      use(policy, page);
    }
    int[] victims = new int[1];
    policy.beginRound(0);
    policy.selectVictims(victims, 1);
    policy.evicted(victims[0], victims[0]);
    policy.finishRound();
    assertThat(policy.active()).isEqualTo(5);
    policy.beginRound(0);
    policy.selectVictims(victims, 1);
    policy.evicted(victims[0], victims[0]);
    policy.finishRound();
    assertThat(policy.active()).isZero();
    assertThat(policy.inactive()).isEqualTo(8);
  }

  @Test
  void refault_withinTheActiveListsSize_activatesAtOnce() {
    ActiveInactive policy = new ActiveInactive(PageView.ofClean(64));
    for (int page = 0; page < 10; page++) {
      policy.added(page, page);
    }
    for (int page = 0; page < 3; page++) {
      use(policy, page);
      use(policy, page);
    }
    int[] victims = new int[6];
    policy.beginRound(0);
    assertThat(policy.selectVictims(victims, 6)).isEqualTo(6);
    long[] shadows = new long[6];
    for (int i = 0; i < 6; i++) {
      shadows[i] = policy.evicted(victims[i], victims[i]);
    }
    policy.finishRound();
    assertThat(policy.refaulted(50, victims[0], shadows[0])).as("six evictions ago").isFalse();
    assertThat(policy.refaulted(51, victims[3], shadows[3])).as("three evictions ago").isTrue();
    assertThat(policy.active()).isEqualTo(4);
  }

  /** {@code shrink_folio_list} of 6.18: activate_locked for both, keep_locked for neither. */
  @Test
  void dirtyVictims_areActivated_usedOrNot_andComeToTheInactiveTailOnceWritten() {
    MappedPages pages = new MappedPages(8);
    ActiveInactive policy = new ActiveInactive(pages);
    for (int page = 0; page < 4; page++) {
      policy.added(page, page);
    }
    use(policy, 1);
    int[] victims = new int[4];
    policy.beginRound(0);
    assertThat(policy.selectVictims(victims, 2)).isEqualTo(2);
    policy.rejected(0, Rejection.DIRTY);
    policy.rejected(1, Rejection.DIRTY);
    policy.finishRound();
    assertThat(policy.active()).isEqualTo(2);
    pages.dirty[0] = true;
    policy.rotated(0);
    assertThat(policy.active()).as("dirty again").isEqualTo(2);
    policy.rotated(1);
    assertThat(policy.active()).isEqualTo(1);
    assertThat(policy.inactive()).isEqualTo(3);
    policy.beginRound(0);
    assertThat(policy.selectVictims(victims, 1)).isEqualTo(1);
    assertThat(victims[0]).isEqualTo(1);
  }

  @Test
  void victimThatIsWritten_keepsItsReference_aDirtyOneLosesIt() {
    for (Rejection reason : new Rejection[] {Rejection.WRITEBACK, Rejection.DIRTY}) {
      ActiveInactive policy = new ActiveInactive(PageView.ofClean(8));
      policy.added(0, 0);
      use(policy, 0);
      int[] victims = new int[1];
      policy.beginRound(0);
      assertThat(policy.selectVictims(victims, 1)).isEqualTo(1);
      policy.rejected(0, reason);
      policy.finishRound();
      policy.rotated(0);
      // One more use is the second one only if the first is still known.
      use(policy, 0);
      assertThat(policy.active()).as("%s", reason).isEqualTo(reason == Rejection.DIRTY ? 0 : 1);
    }
  }

  @Test
  void activationsOfVictims_moveTheAgeOn() {
    ActiveInactive policy = new ActiveInactive(PageView.ofClean(64));
    for (int page = 0; page < 6; page++) {
      policy.added(page, page);
    }
    for (int use = 0; use < 2; use++) {
      use(policy, 5);
    }
    int[] victims = new int[5];
    policy.beginRound(0);
    assertThat(policy.selectVictims(victims, 5)).isEqualTo(5);
    long shadow = policy.evicted(0, 0);
    for (int page = 1; page < 5; page++) {
      policy.rejected(page, Rejection.DIRTY);
      policy.rotated(page);
    }
    policy.finishRound();
    // Its own eviction and four activations, and one active page: too long ago.
    assertThat(policy.active()).isEqualTo(1);
    assertThat(policy.refaulted(0, 0, shadow)).isFalse();
  }
}
