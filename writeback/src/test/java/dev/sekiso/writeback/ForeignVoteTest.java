package dev.sekiso.writeback;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Cgroup;
import org.junit.jupiter.api.Test;

/**
 * Hand-worked from {@code wbc_account_cgroup_owner} and {@code wbc_detach_inode}. At 1024 pages per
 * second a slot, an eighth of a second, is 128 pages.
 */
final class ForeignVoteTest {

  private static final long BANDWIDTH = 1024;
  private static final Cgroup OWNER = Cgroup.ROOT.child("owner");
  private static final Cgroup OTHER = Cgroup.ROOT.child("other");
  private static final Cgroup THIRD = Cgroup.ROOT.child("third");

  private final ForeignVote vote = new ForeignVote();

  private Cgroup write(Cgroup group, int pages) {
    vote.begin(OWNER);
    vote.count(group, pages);
    return vote.end(BANDWIDTH);
  }

  @Test
  void owner_writesMost_staysWithoutFilledSlots() {
    for (int i = 0; i < 20; i++) {
      vote.begin(OWNER);
      vote.count(OTHER, 100);
      vote.count(OWNER, 100);
      assertThat(vote.end(BANDWIDTH)).isNull();
    }
    assertThat(vote.history()).isZero();
  }

  @Test
  void foreigner_longWrites_winsWithTheSecond() {
    // 640 pages and more fill five slots, the most one write can; nine are needed.
    assertThat(write(OTHER, 5000)).isNull();
    assertThat(vote.history()).isEqualTo(0b11111);
    assertThat(write(OTHER, 5000)).isEqualTo(OTHER);
  }

  @Test
  void foreigner_shortWrites_needsNineSlots() {
    for (int i = 1; i <= 8; i++) {
      assertThat(write(OTHER, 128)).as("write %d", i).isNull();
      assertThat(Integer.bitCount(vote.history())).isEqualTo(i);
    }
    assertThat(write(OTHER, 128)).isEqualTo(OTHER);
  }

  @Test
  void foreigner_alternatingWithTheOwner_neverWins() {
    for (int i = 0; i < 50; i++) {
      assertThat(write(i % 2 == 0 ? OTHER : OWNER, 128)).isNull();
    }
    assertThat(Integer.bitCount(vote.history())).isEqualTo(8);
  }

  @Test
  void write_belowAnEighthOfTheUsual_saysNothing() {
    for (int i = 0; i < 30; i++) {
      write(OWNER, 1280);
    }
    assertThat(write(OTHER, 64)).isNull();
    assertThat(vote.history()).isZero();
    assertThat(write(OTHER, 256)).isNull();
    assertThat(vote.history()).isEqualTo(0b11);
  }

  @Test
  void majority_amongSeveral_isFoundInOnePass() {
    vote.begin(OWNER);
    for (int i = 0; i < 10; i++) {
      vote.count(OTHER, 60);
      vote.count(THIRD, 20);
    }
    assertThat(vote.end(BANDWIDTH)).isNull();
    assertThat(vote.history()).isEqualTo(0b1111);
    for (int i = 0; i < 2; i++) {
      vote.begin(OWNER);
      vote.count(THIRD, 200);
      vote.count(OTHER, 500);
      vote.count(OWNER, 200);
      Cgroup winner = vote.end(BANDWIDTH);
      assertThat(winner).isEqualTo(i == 0 ? null : OTHER);
    }
  }

  @Test
  void reset_afterAHandOver_startsAnew() {
    write(OTHER, 5000);
    vote.reset();
    assertThat(vote.history()).isZero();
    assertThat(write(OTHER, 5000)).isNull();
  }
}
