package dev.sekiso.pagecache.replacement;

/**
 * How often keys have been used lately, roughly: a count-min sketch of four rows of 4-bit counters,
 * halved at regular intervals (G. Einziger, R. Friedman and B. Manes, "TinyLFU: A Highly Efficient
 * Cache Admission Policy", ACM Transactions on Storage 13(4), 2017, section 3; the blocked layout
 * is Caffeine's).
 *
 * <p>A key's four counters stand in one block of eight longs, a cache line. After ten uses for each
 * page that is kept, every counter is halved: what was frequent once is forgotten.
 *
 * <p>Memory: 16 counters, 8 bytes, for each page, rounded up to a power of two.
 */
final class FrequencySketch {

  /** What a counter can hold. */
  static final int MOST = 15;

  private static final int ROWS = 4;
  private static final int BLOCK_SHIFT = 3;
  private static final int BLOCK = 1 << BLOCK_SHIFT;

  /** Uses for each page between two halvings (section 3.3: W = 10 C is enough for real traces). */
  private static final int SAMPLE_FACTOR = 10;

  /** The lowest bit of each counter. */
  private static final long ONES = 0x1111_1111_1111_1111L;

  /** What is left of each counter after a shift to the right. */
  private static final long HALVES = 0x7777_7777_7777_7777L;

  private long[] table = new long[0];
  private long sample;
  private long counted;

  /** Makes room for so many pages; forgets everything if that is more than there was room for. */
  void reserve(int pages) {
    int least = Math.max(BLOCK, pages);
    int length = least > 1 << 30 ? 1 << 30 : Integer.highestOneBit(least - 1) << 1;
    sample = (long) SAMPLE_FACTOR * Math.max(1, pages);
    if (length > table.length) {
      table = new long[length];
      counted = 0;
    }
  }

  /** A second hash, independent enough of the first. */
  private static int rehash(int hash) {
    int h = hash * 0x31848bab;
    return h ^ h >>> 14;
  }

  private int block(int hash) {
    return (hash & (table.length >>> BLOCK_SHIFT) - 1) << BLOCK_SHIFT;
  }

  /** How often a key has been used, 0 to {@link #MOST}; never too low since the last halving. */
  int frequency(int hash) {
    int block = block(hash);
    int counters = rehash(hash);
    int least = MOST;
    for (int row = 0; row < ROWS; row++) {
      int h = counters >>> (row << 3);
      long word = table[block + (row << 1) + (h & 1)];
      least = Math.min(least, (int) (word >>> ((h & 0x1e) << 1)) & MOST);
    }
    return least;
  }

  /** A key is used. */
  void increment(int hash) {
    int block = block(hash);
    int counters = rehash(hash);
    boolean isAdded = false;
    for (int row = 0; row < ROWS; row++) {
      int h = counters >>> (row << 3);
      int at = block + (row << 1) + (h & 1);
      int shift = (h & 0x1e) << 1;
      if ((table[at] >>> shift & MOST) != MOST) {
        table[at] += 1L << shift;
        isAdded = true;
      }
    }
    if (isAdded && ++counted >= sample) {
      halve();
    }
  }

  private void halve() {
    long odd = 0;
    for (int i = 0; i < table.length; i++) {
      odd += Long.bitCount(table[i] & ONES);
      table[i] = table[i] >>> 1 & HALVES;
    }
    // An odd counter loses half a use more than it should; four counters make one use.
    counted = (counted - odd / ROWS) / 2;
  }
}
