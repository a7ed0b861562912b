package dev.sekiso.pagecache;

import dev.sekiso.pagecache.replacement.PageView;
import dev.sekiso.pagecache.replacement.ReplacementPolicy;
import dev.sekiso.pagecache.replacement.ReplacementPolicy.Rejection;

/**
 * The replacement policy of one memory control group and its lock (the kernel's {@code lruvec} and
 * {@code lru_lock}), which is this object's monitor: a short lock, innermost but for the
 * allocator's, and those of a reverse map and of page tables when the policy asks for uses. While a
 * group's pages move to its parent, the parent's is taken inside the child's; so it is when a
 * victim that the child chose turns out to have moved.
 *
 * <p>Whose a page is stands in the {@link FrameTable} and changes only under the lock of the vector
 * it leaves. So every method looks, once it has the lock, whether the page is still here, and says
 * so; the caller then starts again with the vector the page has moved to.
 */
final class LruVector {

  private final PageCells cells;
  private final FrameTable table;
  private final MemoryGroup group;
  private final int id;
  private final ReplacementPolicy policy;

  /** Where the pages have gone; null while this is the group's vector. Under the lock. */
  private LruVector successor;

  // Under the lock.
  private int listed;

  /** Pages that are here but not in the policy's hands, because they are locked into memory. */
  private int unevictable;

  /** What remains of the present round's victims to look at. */
  private long scanLeft;

  /** The protected part of the group's memory in the present round, and all of it, pages. */
  private long guarded;

  private long charged;

  /**
   * @param id names the vector in shadows; positive
   */
  LruVector(
      PageCells cells,
      FrameTable table,
      MemoryGroup group,
      int id,
      ReplacementPolicy.Factory factory) {
    this.cells = cells;
    this.table = table;
    this.group = group;
    this.id = id;
    this.policy = factory.create(new View());
  }

  MemoryGroup group() {
    return group;
  }

  int id() {
    return id;
  }

  /** The policy; without the lock only {@link ReplacementPolicy#accessed} may be called. */
  ReplacementPolicy policy() {
    return policy;
  }

  private boolean owns(Folio folio) {
    return table.owner(folio.frame) == this;
  }

  private boolean isListed(Folio folio) {
    return folio.has(FolioFlags.LISTED);
  }

  // ---- pages come and go -----------------------------------------------------------------------

  /**
   * A folio has been inserted.
   *
   * @param shadow the value left by the page's eviction, 0 if none
   * @return the vector that has taken over if it must be told instead; null when done
   */
  synchronized LruVector added(Folio folio, long key, long shadow) {
    if (successor != null) {
      return successor;
    }
    table.setFlags(folio.frame, FolioFlags.LISTED);
    listed += folio.pages();
    if (shadow != 0 && (int) (shadow >>> ReplacementPolicy.SHADOW_BITS) == id) {
      long own = shadow & ((1L << ReplacementPolicy.SHADOW_BITS) - 1);
      group.refaulted(folio.pages(), policy.refaulted(folio.frame, key, own));
    } else {
      policy.added(folio.frame, key);
    }
    return null;
  }

  /** False when the page is another vector's. */
  synchronized boolean removed(Folio folio) {
    if (!owns(folio)) {
      return false;
    }
    int before = table.clearFlags(folio.frame, FolioFlags.LISTED | FolioFlags.UNEVICTABLE);
    if ((before & FolioFlags.LISTED) != 0) {
      listed -= folio.pages();
      policy.removed(folio.frame);
    } else if ((before & FolioFlags.UNEVICTABLE) != 0) {
      unevictable -= folio.pages();
    }
    return true;
  }

  /**
   * A victim chosen here is locked into memory: the policy forgets it. If it has moved meanwhile,
   * it is in its new list, to be met there.
   */
  synchronized void culled(Folio folio) {
    if (owns(folio) && isListed(folio)) {
      policy.removed(folio.frame);
      table.clearFlags(folio.frame, FolioFlags.LISTED);
      table.setFlags(folio.frame, FolioFlags.UNEVICTABLE);
      listed -= folio.pages();
      unevictable += folio.pages();
    }
  }

  /** A page is not locked into memory any more; false when it is another vector's. */
  synchronized boolean rescued(Folio folio, long key) {
    if (!owns(folio)) {
      return false;
    }
    if ((table.clearFlags(folio.frame, FolioFlags.UNEVICTABLE) & FolioFlags.UNEVICTABLE) != 0) {
      table.setFlags(folio.frame, FolioFlags.LISTED);
      unevictable -= folio.pages();
      listed += folio.pages();
      policy.added(folio.frame, key);
    }
    return true;
  }

  /** A page will not be needed soon; false when it is another vector's. */
  synchronized boolean deactivated(Folio folio) {
    if (!owns(folio)) {
      return false;
    }
    if (isListed(folio)) {
      policy.deactivated(folio.frame);
    }
    return true;
  }

  /**
   * A folio leaves.
   *
   * @param selector the vector that chose it as a victim
   * @return the shadow to leave, 0 for none, −1 when the page is another vector's
   */
  synchronized long evicted(Folio folio, long key, LruVector selector) {
    if (!owns(folio)) {
      return -1;
    }
    table.clearFlags(folio.frame, FolioFlags.LISTED);
    listed -= folio.pages();
    if (selector != this) {
      policy.removed(folio.frame);
      return 0;
    }
    long shadow = policy.evicted(folio.frame, key);
    assert shadow >>> ReplacementPolicy.SHADOW_BITS == 0 : "a shadow of too many bits";
    return shadow == 0 ? 0 : shadow | (long) id << ReplacementPolicy.SHADOW_BITS;
  }

  /** A victim chosen here stays; if it has moved meanwhile, it is in its new list already. */
  synchronized void rejected(Folio folio, Rejection reason) {
    if (owns(folio) && isListed(folio)) {
      policy.rejected(folio.frame, reason);
    }
  }

  /** A victim chosen here, which stays, has been used through mappings. */
  synchronized void usedThroughMappings(Folio folio, int uses) {
    if (owns(folio) && isListed(folio)) {
      policy.usedThroughMappings(folio.frame, uses);
    }
  }

  synchronized boolean rotated(Folio folio) {
    if (!owns(folio)) {
      return false;
    }
    if (isListed(folio)) {
      policy.rotated(folio.frame);
    }
    return true;
  }

  /** Promotes the pages of a batch from one place on as long as they are this vector's. */
  synchronized int promote(long[] entries, int from, int count) {
    int at = from;
    while (at < count) {
      Folio folio = table.folio(XArray.frameOf(entries[at]));
      if (!owns(folio)) {
        break;
      }
      if (isListed(folio) && XArray.isOf(entries[at], folio)) {
        policy.promote(folio.frame);
      }
      at++;
    }
    return Math.max(at, from + 1);
  }

  // ---- reclaim ---------------------------------------------------------------------------------

  /**
   * Begins a round.
   *
   * @param protectedPages of the group's memory that reclaim has to leave alone
   * @param chargedPages the group's memory
   */
  synchronized void beginRound(int priority, long protectedPages, long chargedPages) {
    guarded = protectedPages;
    charged = chargedPages;
    scanLeft = policy.victimsInRound(priority, unprotected(listed));
    policy.beginRound(priority);
  }

  private long unprotected(long size) {
    if (guarded == 0) {
      return size;
    }
    long open = size - size * guarded / (Math.max(charged, guarded) + 1);
    return Math.max(open, Reclaimer.BATCH);
  }

  /**
   * Chooses victims and takes a reference on each, so that the frame keeps its folio meanwhile. One
   * whose count is zero is just leaving by itself and is left out.
   *
   * @return how many; −1 when the round is over
   */
  synchronized int selectVictims(int[] victims, int wanted) {
    int most = (int) Math.min(wanted, scanLeft);
    int selected = most <= 0 ? 0 : policy.selectVictims(victims, most);
    if (selected == 0) {
      return -1;
    }
    scanLeft -= selected;
    int count = 0;
    for (int i = 0; i < selected; i++) {
      if (table.folio(victims[i]).tryGet()) {
        victims[count++] = victims[i];
      }
    }
    return count;
  }

  synchronized void finishRound() {
    policy.finishRound();
    guarded = 0;
  }

  synchronized void finishReclaim() {
    policy.finishReclaim();
  }

  // ---- moving to another vector ----------------------------------------------------------------

  /** From now on pages that come are sent on. */
  synchronized void retire(LruVector heir) {
    successor = heir;
  }

  /**
   * Moves a page to the heir if it is here; the caller holds the short lock of the page's mapping.
   *
   * @return whether it has moved
   */
  synchronized boolean moveTo(LruVector heir, Folio folio, long key) {
    if (!owns(folio) || !folio.has(FolioFlags.LISTED | FolioFlags.UNEVICTABLE)) {
      return false;
    }
    int count = folio.pages();
    boolean isListed = isListed(folio);
    if (isListed) {
      policy.removed(folio.frame);
      listed -= count;
    } else {
      unevictable -= count;
    }
    synchronized (heir) {
      table.setOwner(folio.frame, heir);
      if (isListed) {
        heir.listed += count;
        heir.policy.added(folio.frame, key);
      } else {
        heir.unevictable += count;
      }
    }
    return true;
  }

  // ---- figures ---------------------------------------------------------------------------------

  synchronized int listed() {
    return listed;
  }

  synchronized int unevictable() {
    return unevictable;
  }

  synchronized int active() {
    return Math.min(policy.active(), listed);
  }

  synchronized long activations() {
    return policy.activations();
  }

  /** What this vector's policy sees. */
  private final class View implements PageView {
    @Override
    public int capacity() {
      return table.frames();
    }

    @Override
    public int share() {
      return (int) Math.min(table.frames(), group.limit());
    }

    @Override
    public int pages(int page) {
      return table.folio(page).pages();
    }

    @Override
    public boolean isDirty(int page) {
      return (table.flags(page) & FolioFlags.DIRTY) != 0;
    }

    @Override
    public boolean isWriteback(int page) {
      return (table.flags(page) & FolioFlags.WRITEBACK) != 0;
    }

    @Override
    public boolean isMapped(int page) {
      return table.mappings(page) > 0;
    }

    /**
     * The reverse map's lock and those of page tables are taken within the vector's, never around.
     */
    @Override
    public boolean testAndClearReferenced(int page) {
      Folio folio = table.folio(page);
      FolioAddressSpace mapping = folio.mapping;
      if (mapping == null || table.mappings(page) == 0) {
        return false;
      }
      ReverseMap.Use use = mapping.reverse().referenced(folio);
      return use.locked() || use.references() > 0;
    }

    @Override
    public long mappedPages() {
      return table.mappedPages();
    }

    @Override
    public long unprotected(long size) {
      return LruVector.this.unprotected(size);
    }

    @Override
    public int[] ints(int number) {
      return cells.ints(number);
    }

    @Override
    public byte[] bytes(int number) {
      return cells.bytes(number);
    }

    @Override
    public long[] longs(int number) {
      return cells.longs(number);
    }
  }
}
