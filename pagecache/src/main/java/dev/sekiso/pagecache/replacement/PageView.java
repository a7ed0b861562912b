package dev.sekiso.pagecache.replacement;

/** What a replacement policy may know of the pages beyond what it is told, and its memory. */
public interface PageView {

  /** Pages there are; handles are below it. */
  int capacity();

  /**
   * Pages the policy may hold at most: all, or the limit of its memory control group. May change
   * while the policy is at work.
   */
  default int share() {
    return capacity();
  }

  /**
   * How many pages of 4 KiB stand behind a handle: a large folio is one page to a policy, named by
   * its first frame, which counts for more. Does not change while the policy holds it.
   */
  default int pages(int page) {
    return 1;
  }

  boolean isDirty(int page);

  boolean isWriteback(int page);

  /** Whether the page is part of a memory mapping. */
  boolean isMapped(int page);

  /**
   * Whether a page has been used through a mapping since this was last asked, which it tells by
   * being asked ({@code folio_referenced}); called under the policy's lock only. Looks at every
   * page-table entry that shows the page.
   */
  default boolean testAndClearReferenced(int page) {
    return false;
  }

  /** How many pages, of whichever policy, are part of memory mappings ({@code nr_mapped}). */
  default long mappedPages() {
    return 0;
  }

  /**
   * How many pages of a list the present round may count with: fewer than there are when a part of
   * the group's memory is protected from reclaim ({@code mem_cgroup_protection}).
   *
   * @param size pages in the list
   */
  default long unprotected(long size) {
    return size;
  }

  /**
   * An int for each page, 0 at first. A view gives the policies of all groups the same array for
   * one number: a cell belongs to the policy that holds the page, and may hold anything when the
   * page comes.
   *
   * @param number from 0 on, for a policy that needs several
   */
  default int[] ints(int number) {
    return new int[capacity()];
  }

  /** A byte for each page; otherwise as {@link #ints}. */
  default byte[] bytes(int number) {
    return new byte[capacity()];
  }

  /** A long for each page; otherwise as {@link #ints}. */
  default long[] longs(int number) {
    return new long[capacity()];
  }

  /** A view of so many clean, unmapped pages: what a simulator needs. */
  static PageView ofClean(int capacity) {
    return new PageView() {
      @Override
      public int capacity() {
        return capacity;
      }

      @Override
      public boolean isDirty(int page) {
        return false;
      }

      @Override
      public boolean isWriteback(int page) {
        return false;
      }

      @Override
      public boolean isMapped(int page) {
        return false;
      }
    };
  }
}
