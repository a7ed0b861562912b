package dev.sekiso.pagecache.replacement;

import java.util.Arrays;

/**
 * Doubly linked lists of pages in two int arrays: 8 bytes a page, however many lists. A page is in
 * one of these lists at most; a policy that needs a page in two makes two of these objects.
 *
 * <p>In a cell, 0 says that the page is in no list, 1 that the list ends here; anything else is the
 * neighbour plus 2. So cells that were never used, or that another policy has cleared, are right.
 */
final class PageLists {

  /** What {@link #last} and the others answer when there is no page. */
  static final int NONE = -1;

  private static final int NOWHERE = 0;
  private static final int END = 1;
  private static final int BIAS = 2;

  private final PageView pages;
  private final int[] next;
  private final int[] previous;
  private final int[] first;
  private final int[] last;
  private final int[] sizes;

  PageLists(PageView pages, int lists) {
    this(pages, lists, 0);
  }

  /**
   * @param firstNumber of the two arrays of the view that hold the links
   */
  PageLists(PageView pages, int lists, int firstNumber) {
    this.pages = pages;
    this.next = pages.ints(firstNumber);
    this.previous = pages.ints(firstNumber + 1);
    this.first = new int[lists];
    this.last = new int[lists];
    this.sizes = new int[lists];
    Arrays.fill(first, END);
    Arrays.fill(last, END);
  }

  boolean contains(int page) {
    return next[page] != NOWHERE;
  }

  /** Pages of 4 KiB in a list: large folios count for all of theirs. */
  int size(int list) {
    return sizes[list];
  }

  /** The page at the near end, where the newest are; {@link #NONE} when the list is empty. */
  int first(int list) {
    return first[list] - BIAS < 0 ? NONE : first[list] - BIAS;
  }

  /** The page at the far end, where the oldest are; {@link #NONE} when the list is empty. */
  int last(int list) {
    return last[list] - BIAS < 0 ? NONE : last[list] - BIAS;
  }

  /** The neighbour towards the near end; {@link #NONE} for the first. */
  int newer(int page) {
    return previous[page] - BIAS < 0 ? NONE : previous[page] - BIAS;
  }

  void addFirst(int list, int page) {
    int after = first[list];
    next[page] = after;
    previous[page] = END;
    if (after == END) {
      last[list] = page + BIAS;
    } else {
      previous[after - BIAS] = page + BIAS;
    }
    first[list] = page + BIAS;
    sizes[list] += pages.pages(page);
  }

  void addLast(int list, int page) {
    int before = last[list];
    previous[page] = before;
    next[page] = END;
    if (before == END) {
      first[list] = page + BIAS;
    } else {
      next[before - BIAS] = page + BIAS;
    }
    last[list] = page + BIAS;
    sizes[list] += pages.pages(page);
  }

  void remove(int list, int page) {
    int before = previous[page];
    int after = next[page];
    if (before == END) {
      first[list] = after;
    } else {
      next[before - BIAS] = after;
    }
    if (after == END) {
      last[list] = before;
    } else {
      previous[after - BIAS] = before;
    }
    next[page] = NOWHERE;
    sizes[list] -= pages.pages(page);
  }

  /** Takes a page from the far end and gives it; {@link #NONE} when the list is empty. */
  int removeLast(int list) {
    int page = last(list);
    if (page != NONE) {
      remove(list, page);
    }
    return page;
  }

  /**
   * Takes a page out of a list, if it is in one: what a policy does with a page that is removed.
   */
  void discard(int list, int page) {
    if (contains(page)) {
      remove(list, page);
    }
  }

  /** Puts a page that is in no list at the near end: what a policy does with a rejected victim. */
  void restore(int list, int page) {
    if (!contains(page)) {
      addFirst(list, page);
    }
  }

  /** Moves a page to the near end of its list; ignores one that is in none. */
  void moveToFirst(int list, int page) {
    if (contains(page)) {
      remove(list, page);
      addFirst(list, page);
    }
  }

  /** Moves a page to the far end of its list, to be next; ignores one that is in none. */
  void moveToLast(int list, int page) {
    if (contains(page)) {
      remove(list, page);
      addLast(list, page);
    }
  }

  /**
   * Takes pages from the far end.
   *
   * @return how many, fewer than wanted when the list is empty
   */
  int takeLast(int list, int[] into, int wanted) {
    int count = 0;
    while (count < wanted && last[list] != END) {
      into[count++] = removeLast(list);
    }
    return count;
  }
}
