package dev.sekiso.pagecache.replacement;

/**
 * Decides which page leaves when memory is needed.
 *
 * <p>Pages are named by the number of their frame, 0 to {@link PageView#capacity}−1, so that a
 * policy keeps what it knows in plain arrays; what a page holds is named by a long key (its address
 * space and index). No method may allocate in the steady state. A policy can be slow but never
 * wrong: the page cache decides whether a victim may go, and asks on if it may not.
 *
 * <p><b>A page's life.</b> {@link #added} or {@link #refaulted}; then any number of {@link
 * #accessed} and {@link #promote}; then {@link #removed}, or: returned by {@link #selectVictims}
 * (from then on it is <em>isolated</em>: not to be selected again), followed by {@link #evicted},
 * {@link #rejected} or {@link #removed}.
 *
 * <p><b>Locking.</b> All methods are called under one lock (or by one thread, in a simulator),
 * except {@link #accessed}, which comes from the hit path of any number of threads at once. Calls
 * for one page may arrive late, after it has left or while it is isolated: {@link #promote}, {@link
 * #deactivated} and {@link #rotated} ignore a page that is not where they expect it.
 */
public interface ReplacementPolicy {

  /** Least pressure: the priority with which a reclaim starts ({@code DEF_PRIORITY}). */
  int DEFAULT_PRIORITY = 12;

  /** Beyond priority 0: nothing could be reclaimed; everything may go. */
  int DESPERATE_PRIORITY = -1;

  /** Bits of a shadow that a policy may use; the page cache needs the others. */
  int SHADOW_BITS = 51;

  /** Why a victim stays. */
  enum Rejection {
    /** Locked or referenced by somebody. */
    BUSY,
    /**
     * Has been used through a memory mapping since that was last asked, or is locked into memory by
     * one; {@link #usedThroughMappings} follows.
     */
    USED,
    /** Must be written first; replacement does not write. */
    DIRTY,
    /** Is being written. */
    WRITEBACK
  }

  /** Makes a policy for a page cache or a simulated one. */
  @FunctionalInterface
  interface Factory {
    ReplacementPolicy create(PageView pages);
  }

  /** A page became resident of which nothing is remembered. */
  void added(int page, long key);

  /**
   * A page became resident whose eviction left a shadow.
   *
   * @param shadow what {@link #evicted} returned
   * @return whether it had left only recently ({@code workingset_refault}); a statistic
   */
  default boolean refaulted(int page, long key, long shadow) {
    added(page, key);
    return false;
  }

  /**
   * A resident page is used. Called without the lock, by any thread, once per use that counts; must
   * not write to shared memory when it has nothing new to note.
   *
   * @return whether the page's place must change, which {@link #promote} then does under the lock
   */
  boolean accessed(int page);

  /** Changes the place of a page whose {@link #accessed} asked for it. */
  default void promote(int page) {}

  /** A page left for a reason other than replacement. */
  void removed(int page);

  /**
   * A victim has left.
   *
   * @return a shadow of {@link #SHADOW_BITS} bits to remember it by in its slot, 0 for none
   */
  long evicted(int page, long key);

  /**
   * The most victims that a round looks at, by whatever calls of {@link #selectVictims}: the page
   * cache ends the round there. Unless a policy does better, size &gt;&gt; priority, as the kernel
   * scans a list.
   *
   * @param size pages the policy holds, less those that are protected from reclaim
   */
  default long victimsInRound(int priority, long size) {
    return priority <= DESPERATE_PRIORITY ? Long.MAX_VALUE : size >> priority;
  }

  /**
   * Begins a round of reclaim.
   *
   * @param priority {@link #DEFAULT_PRIORITY} down to 0, then {@link #DESPERATE_PRIORITY}: a round
   *     at priority p should look at about 1/2<sup>p</sup> of the pages
   */
  default void beginRound(int priority) {}

  /**
   * Chooses pages to leave, and isolates them.
   *
   * @param victims receives them
   * @param wanted at most so many, not more than the array holds
   * @return how many; 0 ends the round
   */
  int selectVictims(int[] victims, int wanted);

  /** Ends a round; enough has been reclaimed, or {@link #selectVictims} returned 0. */
  default void finishRound() {}

  /** Ends a reclaim, which is one or more rounds of falling priority. */
  default void finishReclaim() {}

  /** A victim stays: it is to be kept on. */
  void rejected(int page, Rejection reason);

  /**
   * A victim rejected as {@link Rejection#USED} has been used through memory mappings; called under
   * the lock.
   *
   * @param uses 1, or 2 for more than one
   */
  default void usedThroughMappings(int page, int uses) {
    for (int use = 0; use < uses; use++) {
      if (accessed(page)) {
        promote(page);
      }
    }
  }

  /**
   * A page will not be needed soon, whatever it has been used for before ({@code
   * folio_deactivate}). A policy that knows no better place for it leaves it where it is.
   */
  default void deactivated(int page) {}

  /** The writeback of a rejected page has ended: it may well be next. */
  default void rotated(int page) {}

  /** Pages that have proved their worth, which an active list would hold; a statistic. */
  default int active() {
    return 0;
  }

  /** Pages promoted since creation; a statistic. */
  default long activations() {
    return 0;
  }
}
