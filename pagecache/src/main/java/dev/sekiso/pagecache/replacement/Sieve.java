package dev.sekiso.pagecache.replacement;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * SIEVE. (Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson and K. V. Rashmi, "SIEVE is Simpler than LRU: an
 * Efficient Turn-Key Eviction Algorithm for Web Caches", NSDI 2024, algorithm 1.)
 *
 * <p>One queue in order of arrival. A use marks the page as visited and moves nothing. A hand goes
 * from the oldest page towards the newest: a visited page loses its mark and stays where it is, the
 * first other one leaves, and the hand waits behind it. So new pages are sifted soon and old ones
 * that are used stay in place.
 *
 * <p>Memory: 9 bytes a page.
 */
public final class Sieve implements ReplacementPolicy {

  private static final int QUEUE = 0;

  /** What a page's byte says: that its first use is still to come, nothing, or visited. */
  private static final byte FRESH = 1;

  private static final byte SEEN = 0;
  private static final byte VISITED = 2;

  private static final VarHandle STATE = MethodHandles.arrayElementVarHandle(byte[].class);

  private final PageLists queue;
  private final byte[] state;

  /** The page at which the hand stands, {@link PageLists#NONE} for the oldest. */
  private int hand = PageLists.NONE;

  public Sieve(PageView pages) {
    this.queue = new PageLists(pages, 1);
    this.state = pages.bytes(0);
  }

  @Override
  public void added(int page, long key) {
    STATE.setOpaque(state, page, FRESH);
    queue.addFirst(QUEUE, page);
  }

  @Override
  public boolean accessed(int page) {
    byte now = (byte) STATE.getOpaque(state, page);
    if (now != VISITED) {
      STATE.setOpaque(state, page, now == FRESH ? SEEN : VISITED);
    }
    return false;
  }

  @Override
  public void removed(int page) {
    if (queue.contains(page)) {
      take(page);
    }
  }

  private void take(int page) {
    if (hand == page) {
      hand = queue.newer(page);
    }
    queue.remove(QUEUE, page);
  }

  @Override
  public long evicted(int page, long key) {
    return 0;
  }

  @Override
  public int selectVictims(int[] victims, int wanted) {
    int count = 0;
    // Twice round at most: readers may set marks as fast as the hand clears them.
    int passes = 2 * queue.size(QUEUE);
    while (count < wanted && queue.size(QUEUE) > 0) {
      int page = hand == PageLists.NONE ? queue.last(QUEUE) : hand;
      if ((byte) STATE.getOpaque(state, page) == VISITED && passes-- > 0) {
        STATE.setOpaque(state, page, SEEN);
        hand = queue.newer(page);
      } else {
        hand = page;
        take(page);
        victims[count++] = page;
      }
    }
    return count;
  }

  @Override
  public void rejected(int page, Rejection reason) {
    queue.restore(QUEUE, page);
  }

  /** The page is next. */
  @Override
  public void rotated(int page) {
    if (queue.contains(page)) {
      STATE.setOpaque(state, page, SEEN);
      hand = page;
    }
  }
}
