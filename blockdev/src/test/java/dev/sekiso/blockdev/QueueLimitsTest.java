package dev.sekiso.blockdev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** What a device can do, and what it cannot be. */
class QueueLimitsTest {

  @Test
  void withOptimalIo_bringsReadaheadForTwoOfThem_unlessThereIsMore() {
    QueueLimits limits = QueueLimits.DEFAULT.withReadahead(128 << 10);
    assertThat(limits.withOptimalIo(1 << 20).ioOptimal()).isEqualTo(1 << 20);
    assertThat(limits.withOptimalIo(1 << 20).readaheadBytes()).isEqualTo(2 << 20);
    assertThat(limits.withOptimalIo(4096).readaheadBytes()).isEqualTo(128 << 10);
    assertThat(limits.withOptimalIo(4096).withReadahead(0).readaheadBytes()).isZero();
  }

  @Test
  void withOptimalIo_thatIsNoSize_isRefused() {
    for (int bytes : new int[] {-1, Integer.MAX_VALUE}) {
      assertThatThrownBy(() -> QueueLimits.DEFAULT.withOptimalIo(bytes))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("ioOptimal " + bytes);
    }
  }

  /** Each changes what it is named for and nothing else. */
  @Test
  void changesOneAfterTheOther_keepTheOthers() {
    QueueLimits all =
        QueueLimits.DEFAULT
            .withBlockSizes(1024, 4096)
            .withMaxSectors(2048)
            .withSegments(100, 8192, 0xFFFF)
            .withDmaAlignment(8)
            .withOptimalIo(64 << 10)
            .withQueueDepth(7)
            .withReadahead(256 << 10)
            .withWriteCache(true, true)
            .withDiscard(true)
            .withRotational(true);
    assertThat(all)
        .isEqualTo(
            new QueueLimits(
                1024, 4096, 2048, 100, 8192, 0xFFFF, 8, 64 << 10, 7, 256 << 10, true, true, true,
                true));
  }
}
