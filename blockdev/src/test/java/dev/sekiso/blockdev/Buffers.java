package dev.sekiso.blockdev;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Memory for tests. */
public final class Buffers {

  private Buffers() {}

  public static MemorySegment sectors(long count) {
    return Arena.ofAuto().allocate(count << Bio.SECTOR_SHIFT, 4096);
  }

  /** Sectors of which each byte tells sector and tag. */
  public static MemorySegment pattern(long sector, long count, int tag) {
    MemorySegment memory = sectors(count);
    for (long i = 0; i < memory.byteSize(); i += Long.BYTES) {
      long at = (sector << Bio.SECTOR_SHIFT) + i;
      memory.set(ValueLayout.JAVA_LONG, i, at * 0x9E3779B97F4A7C15L + tag);
    }
    return memory;
  }

  /** Pieces that no two of which adjoin in memory, each of so many sectors. */
  public static MemorySegment[] scattered(int pieces, long sectorsEach) {
    long bytes = sectorsEach << Bio.SECTOR_SHIFT;
    long stride = (bytes + 4096 + 4095) & -4096;
    MemorySegment all = Arena.ofAuto().allocate(stride * pieces, 4096);
    MemorySegment[] result = new MemorySegment[pieces];
    for (int i = 0; i < pieces; i++) {
      result[i] = all.asSlice(i * stride, bytes);
    }
    return result;
  }

  public static boolean same(MemorySegment one, MemorySegment other) {
    return one.mismatch(other) == -1;
  }
}
