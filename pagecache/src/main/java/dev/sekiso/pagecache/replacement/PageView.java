package dev.sekiso.pagecache.replacement;

/** What a replacement policy may know of the pages beyond what it is told. */
public interface PageView {

  /** Pages there are; handles are below it. */
  int capacity();

  boolean isDirty(int page);

  boolean isWriteback(int page);

  /** Whether the page is part of a memory mapping. */
  boolean isMapped(int page);

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
