package dev.sekiso.blockdev;

import static dev.sekiso.blockdev.QueueBench.NONE;
import static dev.sekiso.blockdev.QueueBench.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Errno;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** Bios that are too large for one request. */
class SplitTest {

  @Test
  void split_atMaxSectors_completesOnceAllPartsHave() {
    with(
        QueueLimits.DEFAULT.withMaxSectors(16),
        NONE,
        bench -> {
          Bio bio = bench.write(4, 40);
          assertThat(bench.issued()).containsExactly("W 4+16", "W 20+16", "W 36+8");
          bench.driver.release(1);
          bench.driver.release(0);
          assertThat(bench.ended).isEmpty();
          bench.driver.release(0);
          assertThat(bench.ended).containsExactly(bio);
          assertThat(bio.failure()).isNull();
        });
  }

  @Test
  void split_withPhysicalBlocks_alignsTheNextPart() {
    with(
        QueueLimits.DEFAULT.withBlockSizes(512, 4096).withMaxSectors(20),
        NONE,
        bench -> {
          bench.write(4, 40);
          assertThat(bench.issued()).containsExactly("W 4+20", "W 24+16", "W 40+4");
        });
  }

  @Test
  void split_bySegments_countsContiguousMemoryOnce() {
    with(
        QueueLimits.DEFAULT.withSegments(2, 8192, -1),
        NONE,
        bench -> {
          bench.read(0, 48);
          assertThat(bench.issued()).containsExactly("R 0+32", "R 32+16");
          MemorySegment whole = Buffers.sectors(16);
          bench.scattered(
              BioOperation.READ, 1000, whole.asSlice(0, 4096), whole.asSlice(4096, 4096));
          assertThat(bench.driver.requests().getLast().segmentCount()).isEqualTo(1);
          bench.issued();
          bench.scattered(BioOperation.READ, 2000, Buffers.scattered(3, 8));
          assertThat(bench.issued()).containsExactly("R 2000+16", "R 2016+8");
        });
  }

  @Test
  void split_byBoundary_countsASegmentOnEachSide() {
    with(
        QueueLimits.DEFAULT.withSegments(1, 65536, 8191),
        NONE,
        bench -> {
          MemorySegment memory = java.lang.foreign.Arena.ofAuto().allocate(3 * 8192, 8192);
          bench.scattered(BioOperation.READ, 0, memory.asSlice(4096, 12288));
          assertThat(bench.issued()).containsExactly("R 0+8", "R 8+16");
        });
  }

  @Test
  void split_oneFailingPart_failsTheBioAfterAllParts() {
    with(
        QueueLimits.DEFAULT.withMaxSectors(8),
        NONE,
        bench -> {
          Bio bio = bench.write(0, 24);
          bench.driver.release();
          bench.driver.fail(Errno.ENOSPC);
          assertThat(bench.ended).isEmpty();
          bench.driver.release();
          assertThat(bio.status()).isEqualTo(Errno.ENOSPC);
          assertThat(bio.failure()).hasMessageContaining("sda").hasMessageContaining("8");
        });
  }

  @Test
  void split_withNoWait_failsWithEagain() {
    with(
        QueueLimits.DEFAULT.withMaxSectors(8),
        NONE,
        bench -> {
          Bio bio = bench.submit(BioOperation.READ, Bio.NO_WAIT, 0, 16);
          assertThat(bio.status()).isEqualTo(Errno.EAGAIN);
          assertThat(bench.issued()).isEmpty();
        });
  }

  @Test
  void split_lastPart_canStillBeMerged() {
    with(
        QueueLimits.DEFAULT.withMaxSectors(16),
        NONE,
        bench -> {
          try (Plug _ = bench.queue.plug()) {
            bench.write(0, 24);
            bench.write(24, 8);
          }
          assertThat(bench.issued()).containsExactly("W 0+16", "W 16+16");
        });
  }
}
