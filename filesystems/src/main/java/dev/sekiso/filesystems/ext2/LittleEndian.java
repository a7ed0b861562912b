package dev.sekiso.filesystems.ext2;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Numbers as ext2 has them on disk: little-endian, on any alignment. */
final class LittleEndian {

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private LittleEndian() {}

  static int u8(MemorySegment memory, long offset) {
    return memory.get(ValueLayout.JAVA_BYTE, offset) & 0xFF;
  }

  static int u16(MemorySegment memory, long offset) {
    return memory.get(SHORT, offset) & 0xFFFF;
  }

  static int s32(MemorySegment memory, long offset) {
    return memory.get(INT, offset);
  }

  static long u32(MemorySegment memory, long offset) {
    return memory.get(INT, offset) & 0xFFFF_FFFFL;
  }

  static long s64(MemorySegment memory, long offset) {
    return memory.get(LONG, offset);
  }

  static void put8(MemorySegment memory, long offset, int value) {
    memory.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
  }

  static void put16(MemorySegment memory, long offset, int value) {
    memory.set(SHORT, offset, (short) value);
  }

  static void put32(MemorySegment memory, long offset, long value) {
    memory.set(INT, offset, (int) value);
  }

  static void put64(MemorySegment memory, long offset, long value) {
    memory.set(LONG, offset, value);
  }
}
