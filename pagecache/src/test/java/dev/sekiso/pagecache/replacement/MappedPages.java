package dev.sekiso.pagecache.replacement;

/** Pages of which some are mapped, dirty, or used through their mapping. */
final class MappedPages implements PageView {
  final boolean[] mapped;
  final boolean[] referenced;
  final boolean[] dirty;

  MappedPages(int capacity) {
    mapped = new boolean[capacity];
    referenced = new boolean[capacity];
    dirty = new boolean[capacity];
  }

  @Override
  public int capacity() {
    return mapped.length;
  }

  @Override
  public boolean isDirty(int page) {
    return dirty[page];
  }

  @Override
  public boolean isWriteback(int page) {
    return false;
  }

  @Override
  public boolean isMapped(int page) {
    return mapped[page];
  }

  @Override
  public boolean testAndClearReferenced(int page) {
    boolean was = referenced[page];
    referenced[page] = false;
    return was;
  }

  @Override
  public long mappedPages() {
    long count = 0;
    for (boolean isMapped : mapped) {
      count += isMapped ? 1 : 0;
    }
    return count;
  }
}
