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

  @Test
  void dirtyVictim_isActivatedUnlessItWasUsedOnce() {
    ActiveInactive policy = new ActiveInactive(PageView.ofClean(8));
    policy.added(0, 0);
    policy.added(1, 1);
    use(policy, 1);
    int[] victims = new int[2];
    policy.beginRound(0);
    assertThat(policy.selectVictims(victims, 2)).isEqualTo(2);
    policy.rejected(0, Rejection.DIRTY);
    policy.rejected(1, Rejection.DIRTY);
    policy.finishRound();
    assertThat(policy.active()).isEqualTo(1);
    assertThat(policy.inactive()).isEqualTo(1);
    policy.rotated(0);
    assertThat(policy.active()).isZero();
  }
}
