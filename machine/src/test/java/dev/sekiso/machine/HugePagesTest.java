package dev.sekiso.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Regions on huge pages, where they can be had. */
class HugePagesTest {

  @ParameterizedTest
  @ValueSource(longs = {4096, HugePages.SIZE, HugePages.WORTHWHILE + 3 * 4096})
  void map_anySize_isZeroedAlignedAndWritable(long bytes) {
    assumeTrue(HugePages.isPossible());
    try (Arena arena = Arena.ofShared()) {
      MemorySegment region = HugePages.map(arena, bytes).orElseThrow();
      assertThat(region.byteSize()).isEqualTo(bytes);
      assertThat(region.address() % HugePages.SIZE).isZero();
      assertThat(region.asSlice(bytes - 4096).mismatch(arena.allocate(4096))).isEqualTo(-1);
      region.fill((byte) 1);
      assertThat(region.get(ValueLayout.JAVA_BYTE, bytes - 1)).isEqualTo((byte) 1);
    }
  }

  @Test
  @SuppressWarnings("MustBeClosedChecker") // the test closes it
  void close_ofTheArena_takesTheRegionAway() {
    assumeTrue(HugePages.isPossible());
    Arena arena = Arena.ofShared();
    MemorySegment region = HugePages.map(arena, HugePages.SIZE).orElseThrow();
    region.fill((byte) 1);
    arena.close();
    assertThatIllegalStateException().isThrownBy(() -> region.get(ValueLayout.JAVA_BYTE, 0));
  }

  @Test
  void map_moreThanThereIsRoomFor_givesNothing() {
    try (Arena arena = Arena.ofShared()) {
      assertThat(HugePages.map(arena, 1L << 60)).isEmpty();
    }
  }

  @Test
  void map_nothing_isRefused() {
    try (Arena arena = Arena.ofShared()) {
      assertThatIllegalArgumentException().isThrownBy(() -> HugePages.map(arena, 0));
    }
  }
}
