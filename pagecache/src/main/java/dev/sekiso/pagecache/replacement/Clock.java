package dev.sekiso.pagecache.replacement;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Second chance: a hand goes round the pages; one used since the hand last came by is passed over
 * once. (F. J. Corbató, "A paging experiment with the Multics system", 1968.)
 *
 * <p>The circle is a list whose far end is where the hand stands; passing over a page moves it to
 * the near end.
 */
public final class Clock implements ReplacementPolicy {

  private static final int CIRCLE = 0;
  private static final VarHandle USED = MethodHandles.arrayElementVarHandle(byte[].class);

  private final PageLists lists;
  private final byte[] used;

  public Clock(PageView pages) {
    this.lists = new PageLists(pages, 1);
    this.used = pages.bytes(0);
  }

  @Override
  public void added(int page, long key) {
    USED.setOpaque(used, page, (byte) 0);
    lists.addFirst(CIRCLE, page);
  }

  @Override
  public boolean accessed(int page) {
    if ((byte) USED.getOpaque(used, page) == 0) {
      USED.setOpaque(used, page, (byte) 1);
    }
    return false;
  }

  @Override
  public void removed(int page) {
    lists.discard(CIRCLE, page);
  }

  @Override
  public long evicted(int page, long key) {
    return 0;
  }

  @Override
  public int selectVictims(int[] victims, int wanted) {
    int count = 0;
    // Twice round at most: readers may set bits as fast as the hand clears them.
    int passes = 2 * lists.size(CIRCLE);
    while (count < wanted && lists.size(CIRCLE) > 0) {
      int page = lists.removeLast(CIRCLE);
      if ((byte) USED.getOpaque(used, page) != 0 && passes-- > 0) {
        USED.setOpaque(used, page, (byte) 0);
        lists.addFirst(CIRCLE, page);
      } else {
        victims[count++] = page;
      }
    }
    return count;
  }

  @Override
  public void rejected(int page, Rejection reason) {
    lists.restore(CIRCLE, page);
  }

  @Override
  public void rotated(int page) {
    lists.moveToLast(CIRCLE, page);
  }
}
