package dev.sekiso.pagecache.replacement;

/**
 * Adaptive replacement cache. (N. Megiddo and D. S. Modha, "ARC: A self-tuning, low overhead
 * replacement cache", FAST 2003, figure 4.)
 *
 * <p>T1 holds pages used once, T2 pages used at least twice, both in order of last use; B1 and B2
 * remember what left them. A page that comes back out of B1 says that T1 should be longer, one out
 * of B2 that it should be shorter: its target p moves by the ratio of the two memories' lengths, at
 * least 1. Reclaim takes from T1 if it is longer than p, else from T2.
 *
 * <p>The paper evicts as part of a miss, for the page that is coming; a page cache evicts before,
 * in batches, and knows the page only when it comes. So of the paper's two conditions for taking
 * from T1 (longer than p; as long as p, and the page comes out of B2) only the first can be asked.
 *
 * <p>Memory: 10 bytes a page, 23 to 29 for each page remembered, of which there are as many as
 * pages: 33 to 39 bytes a page.
 */
public final class Arc implements ReplacementPolicy {

  private static final int ONCE = 0;
  private static final int OFTEN = 1;

  private final PageView pages;
  private final PageLists lists;
  private final FirstUse firstUse;
  private final byte[] list;
  private final GhostLists ghosts = new GhostLists(2);
  private long activations;

  /** The length that T1 should have: p. */
  private int target;

  public Arc(PageView pages) {
    this.pages = pages;
    this.lists = new PageLists(pages, 2);
    this.firstUse = new FirstUse(pages);
    this.list = pages.bytes(1);
  }

  /** p. */
  int target() {
    return target;
  }

  /** |T1|. */
  int once() {
    return lists.size(ONCE);
  }

  /** |B1|. */
  int onceRemembered() {
    return ghosts.size(ONCE);
  }

  /** |B2|. */
  int oftenRemembered() {
    return ghosts.size(OFTEN);
  }

  @Override
  public void added(int page, long key) {
    int remembered = ghosts.listOf(key);
    if (remembered == ONCE) {
      int step = Math.max(1, ghosts.size(OFTEN) / ghosts.size(ONCE));
      target = Math.min(pages.share(), target + step);
    } else if (remembered == OFTEN) {
      int step = Math.max(1, ghosts.size(ONCE) / ghosts.size(OFTEN));
      target = Math.max(0, target - step);
    }
    if (remembered >= 0) {
      ghosts.remove(key);
      activations++;
    }
    firstUse.expect(page);
    put(remembered >= 0 ? OFTEN : ONCE, page);
    trim();
  }

  private void put(int which, int page) {
    list[page] = (byte) which;
    lists.addFirst(which, page);
  }

  /** Keeps |T1| + |B1| at c or less, and all four lists together at 2c (case IV). */
  private void trim() {
    int share = pages.share();
    ghosts.limit(ONCE, Math.max(0, share - lists.size(ONCE)));
    long resident = (long) lists.size(ONCE) + lists.size(OFTEN);
    ghosts.limit(OFTEN, (int) Math.max(0, 2L * share - resident - ghosts.size(ONCE)));
  }

  @Override
  public boolean accessed(int page) {
    return !firstUse.isThis(page);
  }

  @Override
  public void promote(int page) {
    if (lists.contains(page)) {
      activations += list[page] == ONCE ? 1 : 0;
      lists.remove(list[page], page);
      put(OFTEN, page);
    }
  }

  @Override
  public void removed(int page) {
    lists.discard(list[page], page);
  }

  @Override
  public long evicted(int page, long key) {
    ghosts.remove(key);
    ghosts.addFirst(list[page], key, pages.share());
    trim();
    return 0;
  }

  @Override
  public int selectVictims(int[] victims, int wanted) {
    int count = 0;
    while (count < wanted) {
      boolean fromOnce =
          lists.size(ONCE) > 0 && (lists.size(ONCE) > target || lists.size(OFTEN) == 0);
      int page = lists.removeLast(fromOnce ? ONCE : OFTEN);
      if (page == PageLists.NONE) {
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
    return lists.size(OFTEN);
  }

  @Override
  public long activations() {
    return activations;
  }
}
