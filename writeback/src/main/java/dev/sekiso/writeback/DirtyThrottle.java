package dev.sekiso.writeback;

/**
 * How long a task that dirties pages rests: the seam of throttles ({@code balance_dirty_pages}).
 * One object serves one writeback layer.
 */
@FunctionalInterface
public interface DirtyThrottle {

  /** Nobody rests. Memory may fill with dirty pages until reclaim finds no clean one. */
  DirtyThrottle NONE =
      new DirtyThrottle() {
        @Override
        public void balance(BdiWriteback writeback, int pages) {}

        @Override
        public boolean tryBalance(BdiWriteback writeback, int pages) {
          return true;
        }
      };

  /**
   * The running task has dirtied pages of an inode that belongs to the writeback. It holds no page
   * lock but may hold the inode's; it may be put to sleep by {@code Machine.sleep}. A throttle that
   * makes it wait for pages to become clean wakes the flusher and lets it {@link
   * BdiWriteback#assist} first.
   *
   * @param pages dirtied since the task's last call
   */
  void balance(BdiWriteback writeback, int pages);

  /**
   * As {@link #balance} for a task that must not wait ({@code BDP_ASYNC}): counts the pages, and
   * where {@link #balance} would have the task rest, starts what makes pages clean and says so. The
   * write then ends, or fails with EAGAIN if it has not begun. A throttle that does not implement
   * this lets no task dirty pages that must not wait.
   *
   * @param pages dirtied since the task's last call, or 0
   * @return false when the task would have to rest
   */
  default boolean tryBalance(BdiWriteback writeback, int pages) {
    return false;
  }

  /** How much may be dirty; flushers go by it, too. */
  default LimitRule limitRule() {
    return LimitRule.DIRTYABLE;
  }

  /** The writeback is gone; forget what is kept for it. */
  default void ended(BdiWriteback writeback) {}
}
