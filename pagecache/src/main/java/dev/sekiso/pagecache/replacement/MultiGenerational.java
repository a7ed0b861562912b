package dev.sekiso.pagecache.replacement;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The multi-generational LRU of Linux 6.18 ({@code mm/vmscan.c}, {@code mm/workingset.c}, {@code
 * mm/swap.c}, {@code include/linux/mm_inline.h} with {@code CONFIG_LRU_GEN}).
 *
 * <p><b>Generations</b> are numbered; two to four of them exist, from {@code minSeq} to {@code
 * maxSeq}. A page that is read comes into the oldest of four, and reclaim takes from the oldest
 * there is. When that is empty the next one is the oldest. <em>Aging</em> opens a new youngest one
 * as soon as no more than three are left; before, it looks at the mapped pages: one used through a
 * mapping a second time goes to the youngest generation.
 *
 * <p><b>Tiers.</b> Uses through file descriptors move nothing. They are counted, up to four and
 * then some (the working set): a page used n times since its generation began is in tier
 * ⌈log<sub>2</sub> n⌉, 0 to 3. When reclaim meets a page of a tier that is protected, the page goes
 * on to the next generation and its count begins again.
 *
 * <p><b>Which tiers are protected</b> is found out by control: of each tier's evicted and protected
 * pages a part comes back soon (<em>refaults</em>: within four generations). As long as a tier has
 * not clearly more of them than tier 0, relative to all its pages (gain 2 : 3, and at least 64), it
 * is evicted like that one. The counts are halved, as a moving average, with each generation that
 * ends ({@code get_tier_idx}, {@code reset_ctrl_pos}).
 *
 * <p>A victim that is dirty or under writeback goes to the next generation, and to the tail of the
 * oldest once it is written; one that is busy goes to the second youngest.
 *
 * <p>The kernel has generations of anonymous pages beside those of files, which this cache has not;
 * Bloom filters tell it which page tables are worth a walk, where this policy walks over pages and
 * asks only those that are mapped; and it knows a page brought in by a fault from one that is read,
 * where here the first walk tells.
 *
 * <p>Memory: 10 bytes a page.
 */
public final class MultiGenerational implements ReplacementPolicy {

  /** {@code MIN_NR_GENS} and {@code MAX_NR_GENS}. */
  private static final int LEAST_GENERATIONS = 2;

  private static final int MOST_GENERATIONS = 4;

  /** {@code MAX_NR_TIERS}. */
  private static final int TIERS = 4;

  /** Victims at a time, and refaults from which on a tier can count ({@code MIN_LRU_BATCH}). */
  private static final int LEAST_BATCH = 64;

  /** Pages looked at a time ({@code MAX_LRU_BATCH}). */
  private static final int MOST_BATCH = 4096;

  /** Gains of tier 0 and of the others: a margin for fluctuations. */
  private static final int BASE_GAIN = 2;

  private static final int TIER_GAIN = 3;

  /** State of a page, written without the lock too: first use; further ones; many of them. */
  private static final byte REFERENCED = 1;

  private static final byte ONE_USE = 2;
  private static final byte USES = 6;
  private static final byte WORKING_SET = 8;

  private static final int USES_SHIFT = 1;

  /** A shadow: this bit, the generation, two bits of uses, one for the working set. */
  private static final long SHADOW = 1L << (SHADOW_BITS - 1);

  private static final int SHADOW_GENERATION_SHIFT = 3;
  private static final long GENERATION_MASK = (SHADOW - 1) >> SHADOW_GENERATION_SHIFT;

  private static final VarHandle STATE = MethodHandles.arrayElementVarHandle(byte[].class);

  private final PageView pages;
  private final PageLists lists;
  private final byte[] state;

  /** The list that a page is or was in last: its generation modulo four. */
  private final byte[] generation;

  private long minSeq;
  private long maxSeq = LEAST_GENERATIONS + 1;

  // By tier: since the oldest generation became so, and the moving average before.
  private final long[] refaulted = new long[TIERS];
  private final long[] evicted = new long[TIERS];
  private final long[] shielded = new long[TIERS];
  private final long[] averageRefaulted = new long[TIERS];
  private final long[] averageTotal = new long[TIERS];

  // The round.
  private int priority;
  private long lookedAt;

  private long activations;

  public MultiGenerational(PageView pages) {
    this.pages = pages;
    this.lists = new PageLists(pages, MOST_GENERATIONS);
    this.state = pages.bytes(0);
    this.generation = pages.bytes(1);
  }

  // ---- what is known of a page -----------------------------------------------------------------

  private byte bits(int page) {
    return (byte) STATE.getOpaque(state, page);
  }

  /** Uses since the generation began, 0 to 4 ({@code folio_lru_refs}). */
  private static int uses(byte bits) {
    return (bits & REFERENCED) == 0 ? 0 : ((bits & USES) >> USES_SHIFT) + 1;
  }

  private static boolean isWorkingSet(byte bits) {
    return (bits & WORKING_SET) != 0;
  }

  /** {@code lru_tier_from_refs}. */
  private static int tier(int uses, boolean isWorkingSet) {
    if (isWorkingSet) {
      return TIERS - 1;
    }
    return uses <= 1 ? 0 : Integer.SIZE - Integer.numberOfLeadingZeros(uses - 1);
  }

  /** All counted and more: on its way up, whatever its tier. */
  private static boolean isPromotedLazily(byte bits) {
    return isWorkingSet(bits) && uses(bits) == TIERS;
  }

  private void clearUses(int page) {
    STATE.getAndBitwiseAnd(state, page, (byte) ~(REFERENCED | USES));
  }

  // ---- generations -----------------------------------------------------------------------------

  private static int listOf(long seq) {
    return (int) (seq & (MOST_GENERATIONS - 1));
  }

  private int generations() {
    return (int) (maxSeq - minSeq + 1);
  }

  long oldest() {
    return minSeq;
  }

  long youngest() {
    return maxSeq;
  }

  /** The generation of a page that is held; −1 for others. */
  long generationOf(int page) {
    if (!lists.contains(page)) {
      return -1;
    }
    return minSeq + listOf(generation[page] - minSeq);
  }

  private void addFirst(long seq, int page) {
    generation[page] = (byte) listOf(seq);
    lists.addFirst(listOf(seq), page);
  }

  private void addLast(long seq, int page) {
    generation[page] = (byte) listOf(seq);
    lists.addLast(listOf(seq), page);
  }

  /**
   * The generation so many from the youngest, or the oldest there is ({@code lru_gen_folio_seq}).
   */
  private long fromYoungest(int count) {
    return Math.max(maxSeq - count + 1, minSeq);
  }

  private int size() {
    int size = 0;
    for (int list = 0; list < MOST_GENERATIONS; list++) {
      size += lists.size(list);
    }
    return size;
  }

  // ---- pages come, are used and go -------------------------------------------------------------

  @Override
  public void added(int page, long key) {
    STATE.setOpaque(state, page, (byte) 0);
    addFirst(fromYoungest(MOST_GENERATIONS), page);
  }

  @Override
  public boolean refaulted(int page, long key, long shadow) {
    long then = (shadow & ~SHADOW) >>> SHADOW_GENERATION_SHIFT;
    if (Math.abs((maxSeq & GENERATION_MASK) - then) >= MOST_GENERATIONS) {
      added(page, key);
      return false;
    }
    boolean wasWorkingSet = (shadow & 1) != 0;
    int uses = (int) ((shadow >>> 1) & 3);
    refaulted[tier(uses + 1, wasWorkingSet)] += pages.pages(page);
    STATE.setOpaque(state, page, wasWorkingSet ? WORKING_SET : (byte) (uses << USES_SHIFT));
    addFirst(fromYoungest(wasWorkingSet ? MOST_GENERATIONS - 1 : MOST_GENERATIONS), page);
    activations += wasWorkingSet ? 1 : 0;
    return true;
  }

  /** {@code lru_gen_inc_refs}. */
  @Override
  public boolean accessed(int page) {
    byte before;
    byte after;
    do {
      before = bits(page);
      if ((before & REFERENCED) == 0) {
        after = (byte) ((before & ~USES) | REFERENCED);
      } else if ((before & USES) == USES) {
        after = (byte) (before | WORKING_SET);
      } else {
        after = (byte) (before + ONE_USE);
      }
    } while (before != after && !STATE.compareAndSet(state, page, before, after));
    return false;
  }

  @Override
  public void removed(int page) {
    lists.discard(generation[page], page);
    STATE.setOpaque(state, page, (byte) 0);
  }

  @Override
  public long evicted(int page, long key) {
    byte bits = bits(page);
    int uses = uses(bits);
    evicted[tier(uses, isWorkingSet(bits))] += pages.pages(page);
    STATE.setOpaque(state, page, (byte) 0);
    return SHADOW
        | (minSeq & GENERATION_MASK) << SHADOW_GENERATION_SHIFT
        | (long) Math.max(uses - 1, 0) << 1
        | (isWorkingSet(bits) ? 1 : 0);
  }

  // ---- aging -----------------------------------------------------------------------------------

  /** Opens a new youngest generation ({@code try_to_inc_max_seq}). */
  private void age() {
    if (pages.mappedPages() > 0) {
      walkMapped();
    }
    while (generations() == MOST_GENERATIONS) {
      endOldest();
    }
    maxSeq++;
  }

  /** Finds what has been used through mappings ({@code walk_mm}, {@code folio_update_gen}). */
  private void walkMapped() {
    for (long seq = minSeq; seq <= maxSeq; seq++) {
      int page = lists.last(listOf(seq));
      while (page != PageLists.NONE) {
        int newer = lists.newer(page);
        if (pages.isMapped(page)
            && pages.testAndClearReferenced(page)
            && noteMappedUse(page)
            && seq < maxSeq) {
          lists.remove(listOf(seq), page);
          addFirst(maxSeq, page);
          activations++;
        }
        page = newer;
      }
    }
  }

  /**
   * Notes a use through a mapping ({@code lru_gen_set_refs}).
   *
   * @return whether it was not the first
   */
  private boolean noteMappedUse(int page) {
    byte bits = bits(page);
    clearUses(page);
    if ((bits & (REFERENCED | WORKING_SET)) == 0) {
      STATE.getAndBitwiseOr(state, page, REFERENCED);
      return false;
    }
    STATE.getAndBitwiseOr(state, page, WORKING_SET);
    return true;
  }

  /** Moves what is left of the oldest generation to the next ({@code inc_min_seq}). */
  private void endOldest() {
    int page = lists.removeLast(listOf(minSeq));
    while (page != PageLists.NONE) {
      shield(page);
      addLast(minSeq + 1, page);
      page = lists.removeLast(listOf(minSeq));
    }
    carryOver();
    minSeq++;
  }

  /** Lets a page begin anew in the next generation, and counts it ({@code folio_inc_gen}). */
  private void shield(int page) {
    byte bits = bits(page);
    if (!isPromotedLazily(bits)) {
      shielded[tier(uses(bits), isWorkingSet(bits))] += pages.pages(page);
    }
    clearUses(page);
  }

  /** Makes the next populated generation the oldest ({@code try_to_inc_min_seq}). */
  private void skipEmpty() {
    boolean moved = false;
    while (minSeq + LEAST_GENERATIONS <= maxSeq && lists.size(listOf(minSeq)) == 0) {
      minSeq++;
      moved = true;
    }
    if (moved) {
      carryOver();
    }
  }

  private void carryOver() {
    for (int tier = 0; tier < TIERS; tier++) {
      averageRefaulted[tier] = (averageRefaulted[tier] + refaulted[tier]) / 2;
      averageTotal[tier] = (averageTotal[tier] + shielded[tier] + evicted[tier]) / 2;
      refaulted[tier] = 0;
      shielded[tier] = 0;
      evicted[tier] = 0;
    }
  }

  // ---- eviction --------------------------------------------------------------------------------

  /** The last tier that is not protected ({@code get_tier_idx}). */
  int lastUnprotectedTier() {
    int tier = 1;
    while (tier < TIERS && !refaultsClearlyMore(tier)) {
      tier++;
    }
    return tier - 1;
  }

  private boolean refaultsClearlyMore(int tier) {
    long back = averageRefaulted[tier] + refaulted[tier];
    long all = averageTotal[tier] + shielded[tier] + evicted[tier];
    long baseBack = averageRefaulted[0] + refaulted[0];
    long baseAll = averageTotal[0] + shielded[0] + evicted[0];
    return back >= LEAST_BATCH
        && back * (baseAll + LEAST_BATCH) * BASE_GAIN > (baseBack + 1) * all * TIER_GAIN;
  }

  /** This policy keeps account of its rounds itself. */
  @Override
  public long victimsInRound(int roundPriority, long size) {
    return Long.MAX_VALUE;
  }

  @Override
  public void beginRound(int roundPriority) {
    priority = roundPriority;
    lookedAt = 0;
  }

  /**
   * How many pages the round may look at; 0 when it ends because a generation had to be opened
   * ({@code get_nr_to_scan}).
   */
  private long toLookAt() {
    boolean agingIsDue = minSeq + LEAST_GENERATIONS >= maxSeq;
    if (!agingIsDue || priority == DEFAULT_PRIORITY) {
      return generations() == LEAST_GENERATIONS ? 0 : pages.unprotected(size()) >> priority;
    }
    age();
    return 0;
  }

  @Override
  public int selectVictims(int[] victims, int wanted) {
    if (priority <= DESPERATE_PRIORITY) {
      return takeAny(victims, wanted);
    }
    while (true) {
      long most = toLookAt();
      if (lookedAt >= most) {
        return 0;
      }
      long before = lookedAt;
      int count = takeOldest(victims, Math.min(wanted, LEAST_BATCH), Math.min(most, MOST_BATCH));
      skipEmpty();
      if (count > 0 || lookedAt == before) {
        return count;
      }
    }
  }

  /** Sorts the oldest generation's tail ({@code scan_folios}, {@code sort_folio}). */
  private int takeOldest(int[] victims, int wanted, long most) {
    int oldest = listOf(minSeq);
    int lastTier = lastUnprotectedTier();
    int count = 0;
    for (long looked = 0; looked < most && count < wanted; looked++) {
      int page = lists.removeLast(oldest);
      if (page == PageLists.NONE) {
        break;
      }
      lookedAt++;
      byte bits = bits(page);
      if (tier(uses(bits), isWorkingSet(bits)) > lastTier || isPromotedLazily(bits)) {
        shield(page);
        addFirst(minSeq + 1, page);
      } else {
        victims[count++] = page;
      }
    }
    return count;
  }

  private int takeAny(int[] victims, int wanted) {
    for (long seq = minSeq; seq <= maxSeq; seq++) {
      int count = lists.takeLast(listOf(seq), victims, wanted);
      if (count > 0) {
        return count;
      }
    }
    return 0;
  }

  @Override
  public void rejected(int page, Rejection reason) {
    if (lists.contains(page)) {
      return;
    }
    switch (reason) {
      case DIRTY, WRITEBACK -> {
        clearUses(page);
        long next = minSeq + listOf(generation[page] + 1 - minSeq);
        addFirst(Math.min(next, maxSeq), page);
      }
      case USED -> keep(page, noteMappedUse(page));
      case BUSY -> keep(page, false);
    }
  }

  /** Puts a page where a rejected one goes, not back into the oldest generation. */
  private void keep(int page, boolean isActive) {
    boolean isWorkingSet = isWorkingSet(bits(page));
    long seq = fromYoungest(isWorkingSet ? MOST_GENERATIONS - 1 : MOST_GENERATIONS);
    if (isActive || seq == minSeq) {
      clearUses(page);
      seq = fromYoungest(isWorkingSet ? LEAST_GENERATIONS - 1 : LEAST_GENERATIONS);
    }
    addFirst(seq, page);
  }

  /** {@link #rejected} has noted them. */
  @Override
  public void usedThroughMappings(int page, int uses) {}

  /** {@code lru_deactivate_fn}: to where a page that has just been read would come. */
  @Override
  public void deactivated(int page) {
    if (lists.contains(page)) {
      lists.remove(generation[page], page);
      clearUses(page);
      boolean isWorkingSet = isWorkingSet(bits(page));
      addFirst(fromYoungest(isWorkingSet ? MOST_GENERATIONS - 1 : MOST_GENERATIONS), page);
    }
  }

  /** Written: to the oldest generation's tail ({@code folio_rotate_reclaimable}). */
  @Override
  public void rotated(int page) {
    if (lists.contains(page) && !pages.isDirty(page)) {
      lists.remove(generation[page], page);
      addLast(fromYoungest(MOST_GENERATIONS), page);
    }
  }

  /** Pages of the two youngest generations ({@code lru_gen_is_active}). */
  @Override
  public int active() {
    return lists.size(listOf(maxSeq)) + lists.size(listOf(maxSeq - 1));
  }

  @Override
  public long activations() {
    return activations;
  }
}
