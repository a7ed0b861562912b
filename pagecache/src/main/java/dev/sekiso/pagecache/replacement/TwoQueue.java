package dev.sekiso.pagecache.replacement;

/**
 * 2Q, the full version. (T. Johnson and D. Shasha, "2Q: A low overhead high performance buffer
 * management replacement algorithm", VLDB 1994.)
 *
 * <p>A new page goes to A1in, a FIFO; uses while it is there are taken as one, correlated. A page
 * that leaves A1in is remembered in A1out. One that comes back while it is remembered goes to Am,
 * an LRU list. Reclaim takes from A1in as long as that is longer than Kin, else from Am, whose
 * pages are not remembered.
 *
 * <p>Memory: 9 bytes a page, 23 to 29 for each page remembered, of which there are half as many as
 * pages: 21 to 24 bytes a page.
 */
public final class TwoQueue implements ReplacementPolicy {

  /** Kin, the part of the pages that A1in is allowed: a quarter (the paper's section 4). */
  private static final int IN_DIVISOR = 4;

  /** Kout, the pages remembered for each two resident ones (section 4: 50 %). */
  private static final int OUT_DIVISOR = 2;

  private static final int IN = 0;
  private static final int MAIN = 1;
  private static final int OUT = 0;

  private final PageView pages;
  private final PageLists lists;
  private final byte[] list;
  private final GhostLists out = new GhostLists(1);
  private long activations;

  public TwoQueue(PageView pages) {
    this.pages = pages;
    this.lists = new PageLists(pages, 2);
    this.list = pages.bytes(0);
  }

  @Override
  public void added(int page, long key) {
    boolean isRemembered = out.remove(key) >= 0;
    activations += isRemembered ? 1 : 0;
    put(isRemembered ? MAIN : IN, page);
  }

  private void put(int which, int page) {
    list[page] = (byte) which;
    lists.addFirst(which, page);
  }

  @Override
  public boolean accessed(int page) {
    return list[page] == MAIN;
  }

  @Override
  public void promote(int page) {
    if (lists.contains(page) && list[page] == MAIN) {
      lists.remove(MAIN, page);
      lists.addFirst(MAIN, page);
    }
  }

  @Override
  public void removed(int page) {
    lists.discard(list[page], page);
  }

  @Override
  public long evicted(int page, long key) {
    if (list[page] == IN) {
      int most = Math.max(1, pages.share() / OUT_DIVISOR);
      out.remove(key);
      out.limit(OUT, most - 1);
      out.addFirst(OUT, key, most);
    }
    return 0;
  }

  @Override
  public int selectVictims(int[] victims, int wanted) {
    int in = Math.max(1, pages.share() / IN_DIVISOR);
    int count = 0;
    while (count < wanted) {
      boolean fromIn = lists.size(IN) > in || lists.size(MAIN) == 0;
      int page = lists.removeLast(fromIn ? IN : MAIN);
      if (page < 0) {
        break;
      }
      victims[count++] = page;
    }
    return count;
  }

  @Override
  public void rejected(int page, Rejection reason) {
    lists.restore(list[page], page);
  }

  @Override
  public void rotated(int page) {
    lists.moveToLast(list[page], page);
  }

  @Override
  public int active() {
    return lists.size(MAIN);
  }

  @Override
  public long activations() {
    return activations;
  }
}
