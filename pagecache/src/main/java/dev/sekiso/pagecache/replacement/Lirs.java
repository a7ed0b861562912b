package dev.sekiso.pagecache.replacement;

/**
 * Low inter-reference recency set. (S. Jiang and X. Zhang, "LIRS: An efficient low inter-reference
 * recency set replacement policy to improve buffer cache performance", SIGMETRICS 2002, section 3.)
 *
 * <p>The stack S orders pages by last use; its bottom is always a LIR page. LIR pages, almost all
 * of the memory, stay. HIR pages are few, stand in the queue Q and leave from its front, but keep
 * their place in S when they leave. A HIR page that is used while it is in S has been away for less
 * long than the LIR page at the bottom: the two change rôles, and S is pruned down to the next LIR
 * page. As long as there are fewer LIR pages than there may be, new pages are LIR.
 *
 * <p>Memory: 18 bytes a page, and 30 to 36 for each that is remembered in S, of which there are at
 * most as many as pages: less than 55 bytes a page.
 */
public final class Lirs implements ReplacementPolicy {

  /** One page of so many is HIR: L_hirs is 1 % (the paper's section 4). */
  private static final int HIR_DIVISOR = 100;

  /** Pages remembered per resident one; the paper sets no bound. */
  private static final int REMEMBERED_PER_PAGE = 1;

  private static final int NONE = -1;

  /** What a page is. */
  private static final byte LIR = 1;

  private static final byte HIR = 2;

  private static final int QUEUE = 0;

  private final PageView pages;
  private final PageLists queue;
  private final FirstUse firstUse;

  /** A resident page's rôle. */
  private final byte[] role;

  private final LirsStack stack;
  private int lir;
  private long activations;

  public Lirs(PageView pages) {
    this.pages = pages;
    this.queue = new PageLists(pages, 1);
    this.stack = new LirsStack(pages, 2);
    this.firstUse = new FirstUse(pages);
    this.role = pages.bytes(1);
  }

  /** Pages that are gone and remembered. */
  int remembered() {
    return stack.remembered();
  }

  private int lirShare() {
    int share = pages.share();
    return share - Math.max(1, share / HIR_DIVISOR);
  }

  @Override
  public void added(int page, long key) {
    firstUse.expect(page);
    stack.forgetPage(page);
    boolean isRemembered = stack.forget(key);
    if (isRemembered || lir < lirShare()) {
      activations += isRemembered ? 1 : 0;
      role[page] = LIR;
      lir++;
      stack.push(page);
      shrinkLir();
    } else {
      role[page] = HIR;
      stack.push(page);
      queue.addFirst(QUEUE, page);
    }
  }

  /** Makes the bottom LIR pages HIR until there are as many as there may be. */
  private void shrinkLir() {
    while (lir > Math.max(1, lirShare())) {
      demoteBottom();
    }
    prune();
  }

  private void demoteBottom() {
    prune();
    int page = stack.bottom();
    stack.remove(page);
    role[page] = HIR;
    lir--;
    queue.addFirst(QUEUE, page);
    prune();
  }

  /** Removes HIR pages, resident or not, from the bottom of S (stack pruning). */
  private void prune() {
    int node = stack.bottom();
    while (node != NONE) {
      if (stack.isPage(node) && role[node] == LIR) {
        return;
      }
      stack.remove(node);
      node = stack.bottom();
    }
  }

  @Override
  public boolean accessed(int page) {
    return !firstUse.isThis(page);
  }

  @Override
  public void promote(int page) {
    if (role[page] == LIR && stack.contains(page)) {
      stack.push(page);
      prune();
    } else if (queue.contains(page)) {
      queue.remove(QUEUE, page);
      if (stack.contains(page)) {
        role[page] = LIR;
        lir++;
        activations++;
        stack.push(page);
        shrinkLir();
      } else {
        stack.push(page);
        queue.addFirst(QUEUE, page);
      }
    }
  }

  @Override
  public void removed(int page) {
    queue.discard(QUEUE, page);
    lir -= role[page] == LIR ? 1 : 0;
    role[page] = 0;
    if (stack.contains(page)) {
      stack.remove(page);
    }
    prune();
  }

  @Override
  public long evicted(int page, long key) {
    if (stack.contains(page)) {
      stack.remember(page, key, Math.max(1, REMEMBERED_PER_PAGE * pages.share()));
    }
    role[page] = 0;
    prune();
    return 0;
  }

  @Override
  public int selectVictims(int[] victims, int wanted) {
    int count = 0;
    while (count < wanted) {
      if (queue.size(QUEUE) == 0) {
        if (lir == 0) {
          break;
        }
        demoteBottom();
      }
      victims[count++] = queue.removeLast(QUEUE);
    }
    return count;
  }

  @Override
  public void rejected(int page, Rejection reason) {
    if (role[page] == HIR && !queue.contains(page)) {
      queue.addFirst(QUEUE, page);
    }
  }

  @Override
  public void rotated(int page) {
    queue.moveToLast(QUEUE, page);
  }

  @Override
  public int active() {
    return lir;
  }

  @Override
  public long activations() {
    return activations;
  }
}
