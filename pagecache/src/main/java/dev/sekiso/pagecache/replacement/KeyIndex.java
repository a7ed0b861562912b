package dev.sekiso.pagecache.replacement;

import java.util.Arrays;

/**
 * From keys to the numbers of entries that somebody else keeps: open addressing with linear
 * probing, deletion by shifting back. The table has at least half again as many cells as there are
 * entries, a power of two; with the keys, 14 to 20 bytes for each entry.
 */
final class KeyIndex {

  static final int NONE = -1;

  private long[] keys = new long[0];

  /** Numbers of entries plus one; 0 for an empty cell. */
  private int[] table = new int[0];

  /** Makes room for so many entries; what is in stays in. */
  void resize(int entries) {
    int[] old = table;
    keys = Arrays.copyOf(keys, entries);
    int least = Math.max(2, entries + (entries >> 1));
    table = new int[Integer.highestOneBit(least - 1) << 1];
    for (int number : old) {
      if (number != 0) {
        table[emptyCell(keys[number - 1])] = number;
      }
    }
  }

  /** The key of an entry that is in. */
  long key(int entry) {
    return keys[entry];
  }

  /** The entry of a key; {@link #NONE} if there is none. */
  int entry(long key) {
    int cell = cell(key);
    return cell == NONE ? NONE : table[cell] - 1;
  }

  /** Puts an entry in by a key that is not in. */
  void put(long key, int entry) {
    keys[entry] = key;
    table[emptyCell(key)] = entry + 1;
  }

  /** Takes an entry out. */
  void remove(int entry) {
    vacate(cell(keys[entry]));
  }

  private int cell(long key) {
    if (table.length == 0) {
      return NONE;
    }
    int mask = table.length - 1;
    int cell = hash(key) & mask;
    while (table[cell] != 0) {
      if (keys[table[cell] - 1] == key) {
        return cell;
      }
      cell = (cell + 1) & mask;
    }
    return NONE;
  }

  private int emptyCell(long key) {
    int mask = table.length - 1;
    int cell = hash(key) & mask;
    while (table[cell] != 0) {
      cell = (cell + 1) & mask;
    }
    return cell;
  }

  /** Empties a cell and moves up what stands behind it because it was taken. */
  private void vacate(int cell) {
    int mask = table.length - 1;
    int hole = cell;
    int at = (cell + 1) & mask;
    while (table[at] != 0) {
      int home = hash(keys[table[at] - 1]) & mask;
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        table[hole] = table[at];
        hole = at;
      }
      at = (at + 1) & mask;
    }
    table[hole] = 0;
  }

  /** The finalizer of MurmurHash3: neighbouring keys go far apart. */
  static int hash(long key) {
    long h = key * 0xff51afd7ed558ccdL;
    h ^= h >>> 33;
    h *= 0xc4ceb9fe1a85ec53L;
    return (int) (h >>> 32);
  }
}
