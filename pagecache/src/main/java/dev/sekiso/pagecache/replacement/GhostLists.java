package dev.sekiso.pagecache.replacement;

import java.util.Arrays;

/**
 * Lists of pages that are gone, each known by its key: a bounded memory of what left. A key is in
 * one list at most.
 *
 * <p>A {@link KeyIndex} leads from the key to its entry; entries are linked in their list's order.
 * 23 to 29 bytes for each key that can be remembered: 14 to 20 of the index, 8 for the links, 1 for
 * the list. The memory is taken in steps as it is needed, doubling, up to what the policy says is
 * the most it remembers; in the steady state nothing is allocated.
 */
final class GhostLists {

  private static final int NONE = -1;
  private static final int SMALLEST = 64;

  /** Beyond what is the most as a rule, growth is by one part of so many. */
  private static final int GROWTH_DIVISOR = 16;

  private final int[] first;
  private final int[] last;
  private final int[] sizes;
  private final KeyIndex index = new KeyIndex();
  private int[] next = new int[0];
  private int[] previous = new int[0];
  private byte[] list = new byte[0];
  private int free = NONE;

  GhostLists(int lists) {
    this.first = new int[lists];
    this.last = new int[lists];
    this.sizes = new int[lists];
    Arrays.fill(first, NONE);
    Arrays.fill(last, NONE);
  }

  /** Keys in a list. */
  int size(int which) {
    return sizes[which];
  }

  /** The list that a key is in; −1 for none. */
  int listOf(long key) {
    int entry = index.entry(key);
    return entry == KeyIndex.NONE ? NONE : list[entry];
  }

  /**
   * Puts a key that is in no list at the near end of one.
   *
   * @param most keys in all lists, as a rule; there may be some more for a while
   */
  void addFirst(int which, long key, int most) {
    if (free == NONE) {
      grow(most);
    }
    int entry = free;
    free = next[entry];
    list[entry] = (byte) which;
    previous[entry] = NONE;
    next[entry] = first[which];
    if (first[which] == NONE) {
      last[which] = entry;
    } else {
      previous[first[which]] = entry;
    }
    first[which] = entry;
    sizes[which]++;
    index.put(key, entry);
  }

  /**
   * Forgets a key.
   *
   * @return the list it was in; −1 for none
   */
  int remove(long key) {
    int entry = index.entry(key);
    if (entry == KeyIndex.NONE) {
      return NONE;
    }
    int which = list[entry];
    forget(entry);
    return which;
  }

  /** Forgets the key at the far end of a list, which must not be empty. */
  void removeLast(int which) {
    forget(last[which]);
  }

  /** Forgets keys at the far end of a list until so many are left. */
  void limit(int which, int most) {
    while (sizes[which] > most) {
      removeLast(which);
    }
  }

  private void forget(int entry) {
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
    next[entry] = free;
    free = entry;
    index.remove(entry);
  }

  private void grow(int most) {
    int old = next.length;
    long beyond = old + old / GROWTH_DIVISOR + 1L;
    int size = (int) Math.max(beyond, Math.min(Math.max(SMALLEST, 2L * old), most));
    next = Arrays.copyOf(next, size);
    previous = Arrays.copyOf(previous, size);
    list = Arrays.copyOf(list, size);
    index.resize(size);
    for (int entry = size - 1; entry >= old; entry--) {
      next[entry] = free;
      free = entry;
    }
  }
}
