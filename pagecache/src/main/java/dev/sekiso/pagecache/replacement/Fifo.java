package dev.sekiso.pagecache.replacement;

/** First in, first out: use does not matter. The baseline below which no policy should fall. */
public final class Fifo implements ReplacementPolicy {

  private static final int QUEUE = 0;

  private final PageLists lists;

  public Fifo(PageView pages) {
    this.lists = new PageLists(pages, 1);
  }

  @Override
  public void added(int page, long key) {
    lists.addFirst(QUEUE, page);
  }

  @Override
  public boolean accessed(int page) {
    return false;
  }

  @Override
  public void removed(int page) {
    lists.discard(QUEUE, page);
  }

  @Override
  public long evicted(int page, long key) {
    return 0;
  }

  @Override
  public int selectVictims(int[] victims, int wanted) {
    return lists.takeLast(QUEUE, victims, wanted);
  }

  @Override
  public void rejected(int page, Rejection reason) {
    lists.restore(QUEUE, page);
  }

  @Override
  public void rotated(int page) {
    lists.moveToLast(QUEUE, page);
  }
}
