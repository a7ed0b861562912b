package dev.sekiso.pagecache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The region of frames, with and without huge pages. */
class FrameMemoryTest {

  @ParameterizedTest
  @ValueSource(longs = {4096, FrameMemory.LEAST_BYTES - 4096, FrameMemory.LEAST_BYTES + 3 * 4096})
  void allocate_anySize_isZeroedAlignedAndWritable(long bytes) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment region = FrameMemory.allocate(arena, bytes);
      assertThat(region.byteSize()).isEqualTo(bytes);
      assertThat(region.address() % PageCache.PAGE_SIZE).isZero();
      assertThat(region.asSlice(bytes - 4096).mismatch(arena.allocate(4096))).isEqualTo(-1);
      region.fill((byte) 1);
      assertThat(region.get(ValueLayout.JAVA_BYTE, bytes - 1)).isEqualTo((byte) 1);
    }
  }

  @Test
  void allocate_large_beginsWithAHugePage() {
    assumeTrue(
        FrameMemory.class.getModule().isNativeAccessEnabled()
            && System.getProperty("os.name").equals("Linux"));
    try (Arena arena = Arena.ofShared()) {
      MemorySegment region = FrameMemory.allocate(arena, FrameMemory.LEAST_BYTES);
      assertThat(region.address() % FrameMemory.HUGE_PAGE).isZero();
    }
  }

  @Test
  void close_ofTheArena_takesTheRegionAway() {
    Arena arena = Arena.ofShared();
    MemorySegment region = FrameMemory.allocate(arena, FrameMemory.LEAST_BYTES);
    region.fill((byte) 1);
    arena.close();
    assertThatIllegalStateException().isThrownBy(() -> region.get(ValueLayout.JAVA_BYTE, 0));
  }
}
