package dev.sekiso.pagecache.replacement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.pagecache.replacement.ReplacementPolicy.Rejection;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Sequences worked by hand from {@code mm/vmscan.c} of 2.6.11. */
final class ActiveInactive26Test extends ReplacementPolicyContract {

  @Override
  protected ReplacementPolicy create(PageView pages) {
    return new ActiveInactive26(pages, ActiveInactive26.DEFAULT_SWAPPINESS);
  }

  private final int[] victims = new int[32];

  private static ActiveInactive26 of(PageView pages, int swappiness, int count) {
    ActiveInactive26 policy = new ActiveInactive26(pages, swappiness);
    for (int page = 0; page < count; page++) {
      policy.added(page, page);
    }
    return policy;
  }

  private static void activate(ReplacementPolicy policy, int from, int to) {
    for (int page = from; page < to; page++) {
      for (int use = 0; use < 2; use++) {
        if (policy.accessed(page)) {
          policy.promote(page);
        }
      }
    }
  }

  private int round(ReplacementPolicy policy, int priority) {
    policy.beginRound(priority);
    int count = policy.selectVictims(victims, 32);
    policy.finishRound();
    return count;
  }

  private void evictVictims(ReplacementPolicy policy, int count) {
    for (int i = 0; i < count; i++) {
      policy.evicted(victims[i], victims[i]);
    }
  }

  @Test
  void secondUse_activates() {
    ActiveInactive26 policy = of(PageView.ofClean(8), 60, 4);
    assertThat(policy.accessed(1)).isFalse();
    assertThat(policy.active()).isZero();
    assertThat(policy.accessed(1)).isTrue();
    policy.promote(1);
    assertThat(policy.active()).isEqualTo(1);
    assertThat(policy.inactive()).isEqualTo(3);
    assertThat(policy.activations()).isEqualTo(1);
  }

  @Test
  void shortLists_areScannedWhenTheirSumsComeTo32() {
    ActiveInactive26 policy = of(PageView.ofClean(64), 60, 40);
    // 40 >> 12 is 0: each round adds 1 alone.
    for (int i = 0; i < 31; i++) {
      assertThat(round(policy, 12)).as("round %d", i).isZero();
    }
    assertThat(round(policy, 12)).isEqualTo(32);
    assertThat(Arrays.copyOf(victims, 3)).containsExactly(0, 1, 2);
    evictVictims(policy, 32);
    // 8 are left. At priority 0 it adds 8 + 1: the fourth round comes to 32.
    assertThat(round(policy, 0)).isZero();
    assertThat(round(policy, 0)).isZero();
    assertThat(round(policy, 0)).isZero();
    assertThat(round(policy, 0)).isEqualTo(8);
  }

  @Test
  void activePages_thatAreNotMapped_areDeactivatedThoughUsed() {
    ActiveInactive26 policy = of(PageView.ofClean(128), 60, 100);
    activate(policy, 0, 40);
    policy.accessed(0);
    // Active: 40 + 1 come to 32 at once; 32 of them from the tail, then 32 of the inactive tail.
    assertThat(round(policy, 0)).isEqualTo(32);
    assertThat(policy.active()).isEqualTo(8);
    assertThat(Arrays.copyOf(victims, 2)).containsExactly(40, 41);
  }

  @Test
  void mappedPages_stayActiveUntilMemoryIsShort() {
    MappedPages pages = new MappedPages(160);
    Arrays.fill(pages.mapped, 0, 60, true);
    ActiveInactive26 policy = of(pages, 60, 160);
    activate(policy, 0, 60);
    // 37 / 2 + (100 >> 12) + 60 = 78: below 100, nothing mapped is given up.
    assertThat(round(policy, 0)).isEqualTo(32);
    assertThat(policy.active()).isEqualTo(60);
    evictVictims(policy, 32);
    policy.finishReclaim();
    // The last reclaim came down to priority 0: distress is 100.
    for (int page = 0; page < 60; page++) {
      pages.referenced[page] = page % 2 == 0;
    }
    assertThat(round(policy, 0)).isEqualTo(32);
    // Of the 32 pages looked at (the tail's), the used half has stayed.
    assertThat(policy.active()).isEqualTo(60 - 16);
  }

  @Test
  void mappedPages_ofAMachineFullOfThem_areGivenUpWithoutDistress() {
    MappedPages pages = new MappedPages(100);
    Arrays.fill(pages.mapped, 0, 80, true);
    ActiveInactive26 policy = of(pages, 60, 100);
    activate(policy, 0, 80);
    // 80 / 2 + 0 + 60 = 100. Of the active list (80 >> 1) + 1 are due, of the inactive one too few.
    assertThat(round(policy, 1)).isZero();
    assertThat(policy.active()).isEqualTo(80 - 41);
  }

  @Test
  void dirtyVictims_goBackToTheInactiveHead_andToItsTailOnceWritten() {
    MappedPages pages = new MappedPages(64);
    ActiveInactive26 policy = of(pages, 60, 40);
    pages.dirty[0] = true;
    policy.accessed(0);
    assertThat(round(policy, 0)).isEqualTo(32);
    assertThat(victims[0]).isZero();
    policy.rejected(0, Rejection.DIRTY);
    for (int i = 1; i < 32; i++) {
      policy.evicted(victims[i], victims[i]);
    }
    assertThat(policy.active()).as("2.6.11 does not activate it").isZero();
    policy.rotated(0);
    assertThat(drain(policy)).as("still dirty: not moved").endsWith(0);
    policy = of(pages, 60, 40);
    pages.dirty[39] = false;
    policy.rotated(39);
    assertThat(drain(policy)).as("written: next").startsWith(39);
  }

  private static int[] drain(ReplacementPolicy policy) {
    int[] all = new int[64];
    policy.beginRound(ReplacementPolicy.DESPERATE_PRIORITY);
    int length = 0;
    int[] chunk = new int[64];
    int count = policy.selectVictims(chunk, 64);
    while (count > 0) {
      System.arraycopy(chunk, 0, all, length, count);
      length += count;
      count = policy.selectVictims(chunk, 64);
    }
    policy.finishRound();
    return Arrays.copyOf(all, length);
  }

  @Test
  void victimUsedThroughAMapping_becomesActive() {
    ActiveInactive26 policy = of(PageView.ofClean(64), 60, 40);
    assertThat(round(policy, 0)).isEqualTo(32);
    policy.rejected(victims[0], Rejection.USED);
    assertThat(policy.active()).isEqualTo(1);
    policy.rejected(victims[1], Rejection.BUSY);
    assertThat(policy.active()).isEqualTo(1);
  }

  @Test
  void fourFruitlessPasses_leaveOnlyRoundsOfTheLeastPressure_untilAPageGoes() {
    ActiveInactive26 policy = of(PageView.ofClean(64), 60, 40);
    int looked = 0;
    while (looked < 160) {
      int count = round(policy, 0);
      assertThat(count).isPositive();
      looked += count;
      for (int i = 0; i < count; i++) {
        policy.rejected(victims[i], Rejection.WRITEBACK);
      }
    }
    assertThat(round(policy, 0)).as("given up").isZero();
    assertThat(round(policy, 1)).as("given up").isZero();
    for (int i = 0; i < 31; i++) {
      assertThat(round(policy, 12)).isZero();
    }
    assertThat(round(policy, 12)).as("looked at now and then").isEqualTo(32);
    policy.evicted(victims[0], victims[0]);
    for (int i = 1; i < 32; i++) {
      policy.rejected(victims[i], Rejection.BUSY);
    }
    assertThat(round(policy, 0)).as("a page has left: there is hope").isPositive();
  }
}
