package dev.sekiso.pagecache.replacement;

import java.util.Arrays;

/**
 * Doubly linked lists of pages in two int arrays: 8 bytes a page, however many lists. Each list has
 * a head sentinel after the pages' own cells. A page is in one list at most.
 */
final class PageLists {

  private static final int NOWHERE = -1;

  private final int[] next;
  private final int[] previous;
  private final int[] sizes;
  private final int pages;

  PageLists(int pages, int lists) {
    this.pages = pages;
    this.next = new int[pages + lists];
    this.previous = new int[pages + lists];
    this.sizes = new int[lists];
    Arrays.fill(next, NOWHERE);
    for (int list = 0; list < lists; list++) {
      next[pages + list] = pages + list;
      previous[pages + list] = pages + list;
    }
  }

  boolean contains(int page) {
    return next[page] != NOWHERE;
  }

  int size(int list) {
    return sizes[list];
  }

  /** The page at the far end, where the oldest are; −1 when the list is empty. */
  int last(int list) {
    int page = previous[pages + list];
    return page == pages + list ? NOWHERE : page;
  }

  void addFirst(int list, int page) {
    link(list, page, pages + list);
  }

  void addLast(int list, int page) {
    link(list, page, previous[pages + list]);
  }

  private void link(int list, int page, int before) {
    assert next[page] == NOWHERE : "page " + page + " is in a list already";
    int after = next[before];
    previous[page] = before;
    next[page] = after;
    next[before] = page;
    previous[after] = page;
    sizes[list]++;
  }

  void remove(int list, int page) {
    int before = previous[page];
    int after = next[page];
    next[before] = after;
    previous[after] = before;
    next[page] = NOWHERE;
    sizes[list]--;
  }
}
