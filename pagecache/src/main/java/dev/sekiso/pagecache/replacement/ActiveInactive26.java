package dev.sekiso.pagecache.replacement;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Two lists, as Linux 2.6.11 ({@code mm/vmscan.c}: {@code shrink_zone}, {@code
 * refill_inactive_zone}, {@code shrink_list}; {@code mm/swap.c}: {@code mark_page_accessed}).
 *
 * <p>A new page goes to the head of the inactive list. Its first use sets REFERENCED, the next one
 * makes it active. Nothing is remembered of a page that has left.
 *
 * <p><b>Rounds.</b> Each adds (size &gt;&gt; priority) + 1 to what each list has to be scanned; a
 * list whose sum has come to 32 is scanned that far, in chunks of 32, the active one first. So
 * lists too short for the priority are scanned all the same, now and then.
 *
 * <p><b>The active list</b> always gives up the pages at its tail that are not mapped, used or not.
 * Mapped ones stay until memory is short: as long as half the mapped share of memory, plus the
 * distress, plus swappiness (all in percent) are below 100, and after that those that have been
 * used since they were last asked. Distress is 100 &gt;&gt; the priority that the last reclaim came
 * down to.
 *
 * <p><b>A victim</b> that must be written or is being written goes back to the inactive list's
 * head, and is used no more; one that was used through a mapping becomes active at once.
 *
 * <p><b>Giving up.</b> When four times as many pages have been looked at as there are, and none of
 * them could go, only rounds of the least pressure are carried out until a page leaves ({@code
 * all_unreclaimable}). {@link ReplacementPolicy#DESPERATE_PRIORITY}, of which 2.6.11 knows nothing,
 * takes everything.
 *
 * <p>Memory: 9 bytes a page.
 */
public final class ActiveInactive26 implements ReplacementPolicy {

  /** {@code vm_swappiness}, percent, unless set. */
  public static final int DEFAULT_SWAPPINESS = 60;

  /** Pages taken from a list at a time, and a sum worth scanning ({@code SWAP_CLUSTER_MAX}). */
  private static final int CLUSTER = 32;

  /** So many times all pages looked at without one that could go: there is none. */
  private static final int HOPELESS_PASSES = 4;

  private static final int INACTIVE = 0;
  private static final int ACTIVE = 1;

  /** State bits of a page. REFERENCED and PENDING are set without the lock. */
  private static final byte REFERENCED = 1;

  private static final byte ON_ACTIVE = 2;
  private static final byte PENDING = 4;

  private static final VarHandle STATE = MethodHandles.arrayElementVarHandle(byte[].class);

  private final PageView pages;
  private final PageLists lists;
  private final byte[] state;
  private final int swappiness;

  /** What has come together for each list, {@code nr_scan_inactive} and {@code nr_scan_active}. */
  private long inactiveSum;

  private long activeSum;

  // The round's budget.
  private long inactiveLeft;
  private long activeLeft;
  private boolean activeDue;
  private boolean isDesperate;

  /** Pages looked at since the last one left ({@code pages_scanned}). */
  private long lookedAt;

  /** The priority of the round and, of the last reclaim, where it ended ({@code prev_priority}). */
  private int priority = DEFAULT_PRIORITY;

  private int lastPriority = DEFAULT_PRIORITY;
  private long activations;

  /**
   * @param swappiness percent, 0 to 100: how willingly mapped pages are given up
   */
  public ActiveInactive26(PageView pages, int swappiness) {
    this.pages = pages;
    this.swappiness = swappiness;
    this.lists = new PageLists(pages, 2);
    this.state = pages.bytes(0);
  }

  /** Pages on the inactive list. */
  int inactive() {
    return lists.size(INACTIVE);
  }

  @Override
  public void added(int page, long key) {
    STATE.setOpaque(state, page, (byte) 0);
    lists.addFirst(INACTIVE, page);
  }

  @Override
  public boolean accessed(int page) {
    byte bits = (byte) STATE.getOpaque(state, page);
    if ((bits & REFERENCED) == 0) {
      STATE.getAndBitwiseOr(state, page, REFERENCED);
      return false;
    }
    if ((bits & (ON_ACTIVE | PENDING)) != 0) {
      return false;
    }
    STATE.getAndBitwiseOr(state, page, PENDING);
    return true;
  }

  @Override
  public void promote(int page) {
    byte bits = (byte) STATE.getOpaque(state, page);
    if ((bits & PENDING) != 0 && (bits & ON_ACTIVE) == 0 && lists.contains(page)) {
      lists.remove(INACTIVE, page);
      activate(page);
    }
  }

  private void activate(int page) {
    STATE.setOpaque(state, page, ON_ACTIVE);
    lists.addFirst(ACTIVE, page);
    activations++;
  }

  @Override
  public void removed(int page) {
    lists.discard(listOf(page), page);
    STATE.setOpaque(state, page, (byte) 0);
    lookedAt = 0;
  }

  @Override
  public long evicted(int page, long key) {
    STATE.setOpaque(state, page, (byte) 0);
    lookedAt = 0;
    return 0;
  }

  /** This policy keeps account of its rounds itself. */
  @Override
  public long victimsInRound(int roundPriority, long size) {
    return Long.MAX_VALUE;
  }

  @Override
  public void beginRound(int roundPriority) {
    priority = Math.max(0, roundPriority);
    isDesperate = roundPriority <= DESPERATE_PRIORITY;
    activeDue = true;
    if (isDesperate) {
      activeLeft = lists.size(ACTIVE);
      inactiveLeft = (long) lists.size(INACTIVE) + lists.size(ACTIVE);
      return;
    }
    activeLeft = 0;
    inactiveLeft = 0;
    long all = (long) lists.size(INACTIVE) + lists.size(ACTIVE);
    if (roundPriority != DEFAULT_PRIORITY && lookedAt >= HOPELESS_PASSES * all) {
      return;
    }
    activeSum += (pages.unprotected(lists.size(ACTIVE)) >> roundPriority) + 1;
    if (activeSum >= CLUSTER) {
      activeLeft = activeSum;
      activeSum = 0;
    }
    inactiveSum += (pages.unprotected(lists.size(INACTIVE)) >> roundPriority) + 1;
    if (inactiveSum >= CLUSTER) {
      inactiveLeft = inactiveSum;
      inactiveSum = 0;
    }
  }

  @Override
  public int selectVictims(int[] victims, int wanted) {
    // One victim at a time costs the active list one page, as 32 at a time cost it 32.
    int chunk = Math.min(wanted, CLUSTER);
    while (inactiveLeft > 0 || activeLeft > 0) {
      if (activeDue && activeLeft > 0) {
        refillInactive((int) Math.min(chunk, activeLeft));
      }
      activeDue = true;
      int most = (int) Math.min(chunk, inactiveLeft);
      inactiveLeft -= most;
      int count = lists.takeLast(INACTIVE, victims, most);
      lookedAt += count;
      if (count > 0) {
        return count;
      }
    }
    return 0;
  }

  /** Looks at a chunk of the active list's tail ({@code refill_inactive_zone}). */
  private void refillInactive(int chunk) {
    activeLeft -= chunk;
    boolean reclaimsMapped = isDesperate || reclaimsMapped();
    int firstKept = PageLists.NONE;
    for (int i = 0; i < chunk && lists.size(ACTIVE) > 0; i++) {
      int page = lists.last(ACTIVE);
      if (page == firstKept) {
        return;
      }
      lists.remove(ACTIVE, page);
      lookedAt++;
      if (pages.isMapped(page) && !isDesperate && (!reclaimsMapped || wasUsed(page))) {
        lists.addFirst(ACTIVE, page);
        firstKept = firstKept == PageLists.NONE ? page : firstKept;
      } else {
        STATE.getAndBitwiseAnd(state, page, (byte) ~ON_ACTIVE);
        lists.addFirst(INACTIVE, page);
      }
    }
  }

  private boolean reclaimsMapped() {
    long distress = 100 >> lastPriority;
    long mappedShare = 100L * pages.mappedPages() / pages.capacity();
    return mappedShare / 2 + distress + swappiness >= 100;
  }

  /** Tests and clears all that tells of a use ({@code page_referenced}). */
  private boolean wasUsed(int page) {
    boolean isReferenced =
        ((byte) STATE.getAndBitwiseAnd(state, page, (byte) ~REFERENCED) & REFERENCED) != 0;
    return pages.testAndClearReferenced(page) || isReferenced;
  }

  @Override
  public void finishRound() {
    inactiveLeft = 0;
    activeLeft = 0;
  }

  @Override
  public void finishReclaim() {
    lastPriority = priority;
  }

  @Override
  public void rejected(int page, Rejection reason) {
    STATE.getAndBitwiseAnd(state, page, (byte) ~PENDING);
    switch (reason) {
      case USED -> activate(page);
      case DIRTY -> {
        STATE.getAndBitwiseAnd(state, page, (byte) ~REFERENCED);
        lists.addFirst(INACTIVE, page);
      }
      case BUSY, WRITEBACK -> lists.addFirst(INACTIVE, page);
    }
  }

  /** {@link #rejected} has made it active, which is all that 2.6.11 makes of it. */
  @Override
  public void usedThroughMappings(int page, int uses) {}

  /** To the tail, unless it has become active meanwhile ({@code rotate_reclaimable_page}). */
  @Override
  public void rotated(int page) {
    if (listOf(page) == INACTIVE && !pages.isDirty(page)) {
      lists.moveToLast(INACTIVE, page);
    }
  }

  private int listOf(int page) {
    return ((byte) STATE.getOpaque(state, page) & ON_ACTIVE) != 0 ? ACTIVE : INACTIVE;
  }

  @Override
  public int active() {
    return lists.size(ACTIVE);
  }

  @Override
  public long activations() {
    return activations;
  }
}
