package dev.sekiso.pagecache.replacement;

import java.util.Arrays;

/**
 * Lists of pages that are gone, each known by its key: a bounded memory of what left. A key is in
 * one list at most.
 *
 * <p>An open-addressing table (linear probing, at most half full, deletion by shifting back) leads
 * from the key to its entry; entries are linked in their list's order. 28 bytes for each key that
 * can be remembered: 8 for the key, 8 for the links, 4 for list and number, 8 for two cells of the
 * table. The memory is taken in steps as it is needed, doubling, up to what {@link #limit} allows;
 * in the steady state nothing is allocated.
 */
final class GhostLists {

  private static final int NONE = -1;
  private static final int SMALLEST = 64;

  private final int[] first;
  private final int[] last;
  private final int[] sizes;
  private long[] keys;
  private int[] next;
  private int[] previous;
  private int[] list;

  /** Numbers of entries plus one; 0 for an empty cell. */
  private int[] table;

  private int free;
  private int count;

  GhostLists(int lists) {
    this.first = new int[lists];
    this.last = new int[lists];
    this.sizes = new int[lists];
    Arrays.fill(first, NONE);
    Arrays.fill(last, NONE);
    this.keys = new long[0];
    this.next = new int[0];
    this.previous = new int[0];
    this.list = new int[0];
    this.table = new int[0];
    this.free = NONE;
  }

  /** Keys in a list. */
  int size(int which) {
    return sizes[which];
  }

  /** Keys in all lists. */
  int size() {
    return count;
  }

  /** The list that a key is in; −1 for none. */
  int listOf(long key) {
    int cell = cell(key);
    return cell < 0 ? NONE : list[table[cell] - 1];
  }

  /** Puts a key that is in no list at the near end of one. */
  void addFirst(int which, long key) {
    if (free == NONE) {
      grow();
    }
    int entry = free;
    free = next[entry];
    keys[entry] = key;
    list[entry] = which;
    previous[entry] = NONE;
    next[entry] = first[which];
    if (first[which] == NONE) {
      last[which] = entry;
    } else {
      previous[first[which]] = entry;
    }
    first[which] = entry;
    sizes[which]++;
    count++;
    int mask = table.length - 1;
    int cell = hash(key) & mask;
    while (table[cell] != 0) {
      cell = (cell + 1) & mask;
    }
    table[cell] = entry + 1;
  }

  /**
   * Forgets a key.
   *
   * @return the list it was in; −1 for none
   */
  int remove(long key) {
    int cell = cell(key);
    if (cell < 0) {
      return NONE;
    }
    int entry = table[cell] - 1;
    int which = list[entry];
    unlink(entry);
    vacate(cell);
    return which;
  }

  /** Forgets the key at the far end of a list, which must not be empty. */
  void removeLast(int which) {
    remove(keys[last[which]]);
  }

  /** Forgets keys at the far end of a list until so many are left. */
  void limit(int which, int most) {
    while (sizes[which] > most) {
      removeLast(which);
    }
  }

  private void unlink(int entry) {
    int which = list[entry];
    int before = previous[entry];
    int after = next[entry];
    if (before == NONE) {
      first[which] = after;
    } else {
      next[before] = after;
    }
    if (after == NONE) {
      last[which] = before;
    } else {
      previous[after] = before;
    }
    sizes[which]--;
    count--;
    next[entry] = free;
    free = entry;
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

  private void grow() {
    int old = keys.length;
    int size = Math.max(SMALLEST, 2 * old);
    keys = Arrays.copyOf(keys, size);
    next = Arrays.copyOf(next, size);
    previous = Arrays.copyOf(previous, size);
    list = Arrays.copyOf(list, size);
    for (int entry = size - 1; entry >= old; entry--) {
      next[entry] = free;
      free = entry;
    }
    table = new int[2 * size];
    for (int which = 0; which < first.length; which++) {
      for (int entry = first[which]; entry != NONE; entry = next[entry]) {
        int cell = hash(keys[entry]) & (table.length - 1);
        while (table[cell] != 0) {
          cell = (cell + 1) & (table.length - 1);
        }
        table[cell] = entry + 1;
      }
    }
  }

  /** The finalizer of MurmurHash3: neighbouring keys go far apart. */
  static int hash(long key) {
    long h = key * 0xff51afd7ed558ccdL;
    h ^= h >>> 33;
    h *= 0xc4ceb9fe1a85ec53L;
    return (int) (h >>> 32);
  }
}
