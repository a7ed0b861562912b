package dev.sekiso.writeback;

/**
 * Who writes dirty inodes, and when: the seam of flushers. One object serves one writeback layer.
 *
 * <p>A policy decides when {@link BdiWriteback#writeOut} (everything that is due) or {@link
 * BdiWriteback#write} (one work of its own making) runs, and in which task. What is written, and
 * that nothing is forgotten, is the layer's business.
 */
public interface Flusher {

  /**
   * Takes charge of a new writeback.
   *
   * @return how the layer calls upon the flusher from now on
   */
  Duty takeCharge(BdiWriteback writeback);

  /** A flusher's charge of one writeback. */
  interface Duty {

    /** There is something to do at once: work was queued, or a threshold passed. Must not wait. */
    void wake();

    /**
     * An inode has become dirty where there was none: a round is due in {@link
     * WritebackSettings#writebackIntervalNanos}, unless one is planned already. Must not wait.
     */
    void wakeLater();

    /**
     * The calling task is about to wait for what {@link #wake} announced. A flusher without tasks
     * of its own does it here, in the caller; others return at once.
     */
    default void assist() {}

    /** Does what is queued, then gives the charge up. Returns when nobody works at it any more. */
    void end();
  }
}
