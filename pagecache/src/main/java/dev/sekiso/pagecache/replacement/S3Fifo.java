package dev.sekiso.pagecache.replacement;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * S3-FIFO. (J. Yang, Y. Zhang, Z. Qiu, Y. Yue and K. V. Rashmi, "FIFO queues are all you need for
 * cache eviction", SOSP 2023, algorithm 1.)
 *
 * <p>Three queues in order of arrival: a small one S for new pages, the main one M, and G, which
 * remembers what left S. Uses only count, up to 3. A page at the end of S goes to M if it was used
 * more than once there, else it leaves and is remembered. A page at the end of M that was used goes
 * round once more for each use. A page that comes back while it is remembered goes to M.
 *
 * <p>Memory: 10 bytes a page, 23 to 29 for each page remembered, of which there are 9 for 10 pages:
 * 31 to 37 bytes a page.
 */
public final class S3Fifo implements ReplacementPolicy {

  /** The part of the pages that S is allowed: a tenth (the paper's section 4.1). */
  private static final int SMALL_DIVISOR = 10;

  /** Uses are counted in two bits (section 4.1). */
  private static final int MOST_USES = 3;

  private static final int SMALL = 0;
  private static final int MAIN = 1;
  private static final int GHOST = 0;

  /** In a page's byte, beside its uses: the first use is still to come. */
  private static final byte FRESH = 4;

  private static final VarHandle USES = MethodHandles.arrayElementVarHandle(byte[].class);

  private final PageView pages;
  private final PageLists lists;
  private final byte[] uses;
  private final byte[] list;
  private final GhostLists ghosts = new GhostLists(1);
  private long activations;

  public S3Fifo(PageView pages) {
    this.pages = pages;
    this.lists = new PageLists(pages, 2);
    this.uses = pages.bytes(0);
    this.list = pages.bytes(1);
  }

  private int smallShare() {
    return Math.max(1, pages.share() / SMALL_DIVISOR);
  }

  @Override
  public void added(int page, long key) {
    USES.setOpaque(uses, page, FRESH);
    boolean isRemembered = ghosts.remove(key) >= 0;
    activations += isRemembered ? 1 : 0;
    put(isRemembered ? MAIN : SMALL, page);
  }

  private void put(int which, int page) {
    list[page] = (byte) which;
    lists.addFirst(which, page);
  }

  @Override
  public boolean accessed(int page) {
    byte now = (byte) USES.getOpaque(uses, page);
    if (now == FRESH) {
      USES.setOpaque(uses, page, (byte) 0);
    } else if (now < MOST_USES) {
      USES.setOpaque(uses, page, (byte) (now + 1));
    }
    return false;
  }

  private int usesOf(int page) {
    return (byte) USES.getOpaque(uses, page) & MOST_USES;
  }

  @Override
  public void removed(int page) {
    lists.discard(list[page], page);
  }

  @Override
  public long evicted(int page, long key) {
    if (list[page] == SMALL) {
      int most = Math.max(1, pages.share() - smallShare());
      ghosts.remove(key);
      ghosts.limit(GHOST, most - 1);
      ghosts.addFirst(GHOST, key, most);
    }
    return 0;
  }

  @Override
  public int selectVictims(int[] victims, int wanted) {
    int count = 0;
    // Readers may count as fast as the queues turn: after so many turns the count is ignored.
    int turns = (MOST_USES + 1) * (lists.size(SMALL) + lists.size(MAIN));
    while (count < wanted) {
      boolean fromSmall = lists.size(SMALL) >= smallShare() || lists.size(MAIN) == 0;
      int page = lists.removeLast(fromSmall ? SMALL : MAIN);
      if (page == PageLists.NONE) {
        break;
      }
      int used = turns-- > 0 ? usesOf(page) : 0;
      if (fromSmall && used > 1) {
        USES.setOpaque(uses, page, (byte) 0);
        activations++;
        put(MAIN, page);
      } else if (!fromSmall && used > 0) {
        USES.setOpaque(uses, page, (byte) (used - 1));
        put(MAIN, page);
      } else {
        victims[count++] = page;
      }
    }
    return count;
  }

  @Override
  public void rejected(int page, Rejection reason) {
    lists.restore(list[page], page);
  }

  @Override
  public void rotated(int page) {
    if (lists.contains(page)) {
      USES.setOpaque(uses, page, (byte) 0);
      lists.remove(list[page], page);
      lists.addLast(list[page], page);
    }
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
