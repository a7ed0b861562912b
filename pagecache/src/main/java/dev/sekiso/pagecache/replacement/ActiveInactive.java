package dev.sekiso.pagecache.replacement;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Two lists with refault detection, as Linux 6.x without the multi-generation LRU ({@code
 * mm/vmscan.c}, {@code mm/swap.c}, {@code mm/workingset.c}).
 *
 * <p>A new page goes to the head of the inactive list. Its first use sets REFERENCED, the next one
 * makes it active. Reclaim takes from the inactive list's tail. The active list gives pages up to
 * the inactive one when that has become too short for the memory's size, or when refaults say that
 * a new working set is coming in.
 *
 * <p>A clock of evictions and activations, the <em>age</em>, is left as a shadow in an evicted
 * page's slot. If the page comes back while the age has moved by no more than there are active
 * pages, it would have stayed had it competed with them: it becomes active at once.
 *
 * <p>A round looks at (size &gt;&gt; priority) pages of each list, in chunks of 32.
 */
public final class ActiveInactive implements ReplacementPolicy {

  /** Pages taken from a list at a time ({@code SWAP_CLUSTER_MAX}). */
  private static final int CHUNK = 32;

  /** log2 of the pages in a GiB, the unit of {@link #inactiveIsLow}'s ratio. */
  private static final int GIB_SHIFT = 30 - 12;

  private static final int INACTIVE = 0;
  private static final int ACTIVE = 1;

  /** State bits of a page. REFERENCED is set without the lock, the others under it. */
  private static final byte REFERENCED = 1;

  private static final byte ON_ACTIVE = 2;
  private static final byte WORKING_SET = 4;
  private static final byte PENDING = 8;

  private static final VarHandle STATE = MethodHandles.arrayElementVarHandle(byte[].class);

  private final PageView pages;
  private final PageLists lists;
  private final byte[] state;

  /** Age: pages evicted from or activated on the inactive list since creation. */
  private long age;

  private long activations;
  private long workingSetActivations;
  private long workingSetActivationsSeen;

  // The round's budget.
  private long inactiveLeft;
  private long activeLeft;
  private boolean mayDeactivate;
  private boolean activeDue;

  public ActiveInactive(PageView pages) {
    this.pages = pages;
    this.lists = new PageLists(pages, 2);
    this.state = pages.bytes(0);
  }

  /** Pages on the inactive list. */
  public int inactive() {
    return lists.size(INACTIVE);
  }

  /** Pages on the active list. */
  @Override
  public int active() {
    return lists.size(ACTIVE);
  }

  @Override
  public void added(int page, long key) {
    set(page, (byte) 0);
    lists.addFirst(INACTIVE, page);
  }

  @Override
  public boolean refaulted(int page, long key, long shadow) {
    long distance = (age - (shadow >>> 1)) & (Long.MAX_VALUE >>> 1);
    if (distance > lists.size(ACTIVE)) {
      added(page, key);
      return false;
    }
    age++;
    workingSetActivations++;
    activations++;
    set(page, (byte) (ON_ACTIVE | ((shadow & 1) != 0 ? WORKING_SET : 0)));
    lists.addFirst(ACTIVE, page);
    return true;
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
    if ((bits & PENDING) == 0 || !lists.contains(page) || (bits & ON_ACTIVE) != 0) {
      return;
    }
    STATE.getAndBitwiseAnd(state, page, (byte) ~(PENDING | REFERENCED));
    lists.remove(INACTIVE, page);
    activate(page);
    age++;
  }

  /** {@code lru_deactivate_fn}, and what {@code madvise_cold} notes before. */
  @Override
  public void deactivated(int page) {
    if (!lists.contains(page)) {
      return;
    }
    if (listOf(page) == ACTIVE) {
      lists.remove(ACTIVE, page);
      set(page, WORKING_SET);
      lists.addFirst(INACTIVE, page);
    } else {
      STATE.getAndBitwiseAnd(state, page, (byte) ~(PENDING | REFERENCED));
    }
  }

  private void activate(int page) {
    STATE.getAndBitwiseOr(state, page, ON_ACTIVE);
    lists.addFirst(ACTIVE, page);
    activations++;
  }

  @Override
  public void removed(int page) {
    if (lists.contains(page)) {
      lists.remove(listOf(page), page);
    }
    set(page, (byte) 0);
  }

  @Override
  public long evicted(int page, long key) {
    long workingSet = (state[page] & WORKING_SET) != 0 ? 1 : 0;
    long shadow = ((age << 1) & Long.MAX_VALUE) | workingSet;
    age++;
    set(page, (byte) 0);
    // Age 0 without the working-set bit would read as "nothing remembered".
    return shadow == 0 ? 1 : shadow;
  }

  @Override
  public void beginRound(int priority) {
    if (priority <= DESPERATE_PRIORITY) {
      inactiveLeft = lists.size(INACTIVE);
      activeLeft = lists.size(ACTIVE);
      mayDeactivate = true;
    } else {
      inactiveLeft = lists.size(INACTIVE) >> priority;
      activeLeft = lists.size(ACTIVE) >> priority;
      mayDeactivate = inactiveIsLow() || workingSetActivations != workingSetActivationsSeen;
    }
    activeDue = false;
  }

  @Override
  public int selectVictims(int[] victims, int wanted) {
    while (inactiveLeft > 0 || activeLeft > 0 || activeDue) {
      if (activeDue) {
        shrinkActive();
        continue;
      }
      int chunk = (int) Math.min(Math.min(wanted, CHUNK), inactiveLeft);
      inactiveLeft -= chunk;
      activeDue = activeLeft > 0;
      int count = isolate(victims, chunk);
      if (count > 0) {
        return count;
      }
      inactiveLeft = 0;
    }
    return 0;
  }

  @Override
  public void finishRound() {
    if (activeDue) {
      shrinkActive();
    }
    inactiveLeft = 0;
    activeLeft = 0;
  }

  @Override
  public void finishReclaim() {
    workingSetActivationsSeen = workingSetActivations;
  }

  private int isolate(int[] victims, int chunk) {
    int count = 0;
    while (count < chunk && lists.size(INACTIVE) > 0) {
      int page = lists.last(INACTIVE);
      lists.remove(INACTIVE, page);
      victims[count++] = page;
    }
    return count;
  }

  /**
   * Moves a chunk from the active list's tail to the inactive list ({@code shrink_active_list}).
   */
  private void shrinkActive() {
    activeDue = false;
    int chunk = (int) Math.min(CHUNK, activeLeft);
    activeLeft -= chunk;
    if (!mayDeactivate) {
      return;
    }
    for (int i = 0; i < chunk && lists.size(ACTIVE) > 0; i++) {
      int page = lists.last(ACTIVE);
      lists.remove(ACTIVE, page);
      STATE.getAndBitwiseAnd(state, page, (byte) ~ON_ACTIVE);
      STATE.getAndBitwiseOr(state, page, WORKING_SET);
      lists.addFirst(INACTIVE, page);
    }
  }

  /**
   * Whether too few pages get the chance of a second use: 1:1 up to a GiB, then the square root of
   * ten times the GiB ({@code inactive_is_low}).
   */
  private boolean inactiveIsLow() {
    long inactive = lists.size(INACTIVE);
    long active = lists.size(ACTIVE);
    long gib = (inactive + active) >> GIB_SHIFT;
    long ratio = gib == 0 ? 1 : (long) Math.sqrt(10.0 * gib);
    return inactive * ratio < active;
  }

  /**
   * Puts a victim back ({@code shrink_folio_list}, {@code move_folios_to_lru}). One under writeback
   * becomes active before anybody looks whether it is referenced, a dirty one afterwards; both come
   * to the inactive list's tail when they have been written. An activation moves the age on.
   */
  @Override
  public void rejected(int page, Rejection reason) {
    STATE.getAndBitwiseAnd(state, page, (byte) ~PENDING);
    switch (reason) {
      case BUSY, USED -> lists.addFirst(INACTIVE, page);
      case DIRTY -> {
        STATE.getAndBitwiseAnd(state, page, (byte) ~REFERENCED);
        activate(page);
        age++;
      }
      case WRITEBACK -> {
        activate(page);
        age++;
      }
    }
  }

  @Override
  public void rotated(int page) {
    if (lists.contains(page) && !pages.isDirty(page)) {
      lists.remove(listOf(page), page);
      STATE.getAndBitwiseAnd(state, page, (byte) ~ON_ACTIVE);
      lists.addLast(INACTIVE, page);
    }
  }

  private int listOf(int page) {
    return (state[page] & ON_ACTIVE) != 0 ? ACTIVE : INACTIVE;
  }

  private void set(int page, byte bits) {
    STATE.setOpaque(state, page, bits);
  }

  @Override
  public long activations() {
    return activations;
  }
}
