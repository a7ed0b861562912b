package dev.sekiso.pagecache.replacement;

/**
 * Least recently used, exactly: every use moves the page to the front. (R. L. Mattson et al.,
 * "Evaluation techniques for storage hierarchies", IBM Systems Journal 9(2), 1970.)
 */
public final class Lru implements ReplacementPolicy {

  private static final int STACK = 0;

  private final PageLists lists;

  public Lru(PageView pages) {
    this.lists = new PageLists(pages, 1);
  }

  @Override
  public void added(int page, long key) {
    lists.addFirst(STACK, page);
  }

  @Override
  public boolean accessed(int page) {
    return true;
  }

  @Override
  public void promote(int page) {
    lists.moveToFirst(STACK, page);
  }

  @Override
  public void removed(int page) {
    lists.discard(STACK, page);
  }

  @Override
  public long evicted(int page, long key) {
    return 0;
  }

  @Override
  public int selectVictims(int[] victims, int wanted) {
    return lists.takeLast(STACK, victims, wanted);
  }

  @Override
  public void rejected(int page, Rejection reason) {
    lists.restore(STACK, page);
  }

  @Override
  public void rotated(int page) {
    lists.moveToLast(STACK, page);
  }
}
