package dev.sekiso.pagecache.replacement;

import java.util.Arrays;

/**
 * The optimum: the page that will be needed last leaves (L. A. Belady, "A study of replacement
 * algorithms for a virtual-storage computer", IBM Systems Journal 5(2), 1966: MIN). No policy has
 * fewer misses.
 *
 * <p>It needs the future, so it is for simulations: each {@link #accessed} is the next use of a
 * trace that is known from the start, for the miss that brings a page in as for a hit, and all come
 * from one thread.
 *
 * <p>Resident pages are in a heap by their next use, the latest on top. A use only makes a page's
 * next use later, so it rises.
 *
 * <p>Memory: 12 bytes a page.
 */
public final class Belady implements ReplacementPolicy {

  /** The next use of a page that is not used again. */
  public static final int NEVER = Integer.MAX_VALUE;

  /** By the number of a use: the number of the same page's next one. */
  private final int[] nextUses;

  /** The heap of pages, four to a parent: uses climb it more often than victims sink in it. */
  private final int[] heap;

  private final int[] needed;

  /** A page's place in the heap plus one; 0 for none. */
  private final int[] places;

  private int size;
  private int now;

  /**
   * @param nextUses for each use of the trace the number of its page's next use, {@link #NEVER} if
   *     there is none; uses beyond its end have none
   */
  public Belady(PageView pages, int[] nextUses) {
    this.nextUses = nextUses;
    this.heap = new int[pages.capacity()];
    this.needed = pages.ints(0);
    this.places = pages.ints(1);
  }

  /**
   * The next use of each use of a trace.
   *
   * @param trace pages as small numbers
   * @param length uses in it
   * @param pages all numbers are below
   */
  public static int[] nextUses(int[] trace, int length, int pages) {
    int[] next = new int[length];
    int[] last = new int[pages];
    Arrays.fill(last, NEVER);
    for (int use = length - 1; use >= 0; use--) {
      next[use] = last[trace[use]];
      last[trace[use]] = use;
    }
    return next;
  }

  @Override
  public void added(int page, long key) {
    insert(page, now);
  }

  private void insert(int page, int nextUse) {
    needed[page] = nextUse;
    rise(size++, page);
  }

  @Override
  public boolean accessed(int page) {
    int nextUse = now < nextUses.length ? nextUses[now++] : NEVER;
    if (places[page] != 0) {
      needed[page] = nextUse;
      rise(places[page] - 1, page);
    }
    return false;
  }

  private void rise(int from, int page) {
    int at = from;
    while (at > 0) {
      int above = (at - 1) >>> 2;
      int other = heap[above];
      if (needed[other] >= needed[page]) {
        break;
      }
      put(at, other);
      at = above;
    }
    put(at, page);
  }

  private void sink(int from, int page) {
    int at = from;
    while (true) {
      int first = (at << 2) + 1;
      if (first >= size) {
        break;
      }
      int latest = first;
      int end = Math.min(first + 4, size);
      for (int child = first + 1; child < end; child++) {
        latest = needed[heap[child]] > needed[heap[latest]] ? child : latest;
      }
      if (needed[heap[latest]] <= needed[page]) {
        break;
      }
      put(at, heap[latest]);
      at = latest;
    }
    put(at, page);
  }

  private void put(int at, int page) {
    heap[at] = page;
    places[page] = at + 1;
  }

  @Override
  public void removed(int page) {
    if (places[page] == 0) {
      return;
    }
    int at = places[page] - 1;
    places[page] = 0;
    int last = heap[--size];
    if (last != page) {
      rise(at, last);
      sink(places[last] - 1, last);
    }
  }

  @Override
  public long evicted(int page, long key) {
    return 0;
  }

  @Override
  public int selectVictims(int[] victims, int wanted) {
    int count = 0;
    while (count < wanted && size > 0) {
      int page = heap[0];
      removed(page);
      victims[count++] = page;
    }
    return count;
  }

  @Override
  public void rejected(int page, Rejection reason) {
    if (places[page] == 0) {
      insert(page, needed[page]);
    }
  }
}
