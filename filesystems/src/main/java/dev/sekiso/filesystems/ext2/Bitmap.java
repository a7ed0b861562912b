package dev.sekiso.filesystems.ext2;

import java.lang.foreign.MemorySegment;

/** A bitmap block: bit i of the group is bit i mod 8 of byte i / 8. Searched 64 bits at a time. */
final class Bitmap {

  private static final int WORD_BITS = 64;

  private Bitmap() {}

  static boolean isSet(MemorySegment bits, int index) {
    return (LittleEndian.u8(bits, index >> 3) & 1 << (index & 7)) != 0;
  }

  static void set(MemorySegment bits, int index) {
    LittleEndian.put8(bits, index >> 3, LittleEndian.u8(bits, index >> 3) | 1 << (index & 7));
  }

  static void clear(MemorySegment bits, int index) {
    LittleEndian.put8(bits, index >> 3, LittleEndian.u8(bits, index >> 3) & ~(1 << (index & 7)));
  }

  /** Sets a range, whole bytes at a time. */
  static void setRange(MemorySegment bits, int from, int to) {
    int i = from;
    while (i < to && (i & 7) != 0) {
      set(bits, i++);
    }
    int bytes = (to - i) >> 3;
    if (bytes > 0) {
      bits.asSlice(i >> 3, bytes).fill((byte) 0xFF);
      i += bytes << 3;
    }
    while (i < to) {
      set(bits, i++);
    }
  }

  /**
   * First bit from {@code from} on that is clear here and in the mask; {@code to} when none.
   *
   * @param busy further bits that count as set, one long per 64, or null
   */
  static int nextClear(MemorySegment bits, FreedBits busy, int from, int to) {
    int i = from;
    while (i < to) {
      int word = i / WORD_BITS;
      long free = ~LittleEndian.s64(bits, word * 8L);
      if (busy != null) {
        free &= ~busy.word(word);
      }
      free >>>= i;
      if (free != 0) {
        return Math.min(to, i + Long.numberOfTrailingZeros(free));
      }
      i = (word + 1) * WORD_BITS;
    }
    return to;
  }

  /** First bit from {@code from} on that is set here or in the mask; {@code to} when none. */
  static int nextSet(MemorySegment bits, FreedBits busy, int from, int to) {
    int i = from;
    while (i < to) {
      int word = i / WORD_BITS;
      long used = LittleEndian.s64(bits, word * 8L);
      if (busy != null) {
        used |= busy.word(word);
      }
      used >>>= i;
      if (used != 0) {
        return Math.min(to, i + Long.numberOfTrailingZeros(used));
      }
      i = (word + 1) * WORD_BITS;
    }
    return to;
  }

  /** Clear bits below {@code to}. */
  static int countClear(MemorySegment bits, int to) {
    int count = 0;
    int i = nextClear(bits, null, 0, to);
    while (i < to) {
      int end = nextSet(bits, null, i, to);
      count += end - i;
      i = nextClear(bits, null, end, to);
    }
    return count;
  }
}
