package dev.sekiso.pagecache;

import dev.sekiso.machine.Cgroup;

/**
 * Accounts for dirty pages and lets writers rest: the page cache's side of writeback. One per
 * backing device; the writeback layer implements it.
 *
 * <p>The counting methods may be called from any context and with locks held: they must not wait
 * and not call back into the address space. Only {@link #balance} may wait.
 */
public interface DirtyListener {

  /** Nobody accounts. */
  DirtyListener NONE =
      new DirtyListener() {
        @Override
        public void dirtied(AddressSpace mapping, int pages) {}

        @Override
        public void cleaned(AddressSpace mapping, int pages) {}

        @Override
        public void writebackStarted(AddressSpace mapping, int pages) {}

        @Override
        public void writebackEnded(AddressSpace mapping, int pages) {}

        @Override
        public void balance(AddressSpace mapping, int pages) {}

        @Override
        public boolean tryBalance(AddressSpace mapping, int pages) {
          return true;
        }

        @Override
        public void reclaimNeedsClean(long pages) {}
      };

  /** Pages went from clean to dirty ({@code folio_account_dirtied}). */
  void dirtied(AddressSpace mapping, int pages);

  /**
   * As {@link #dirtied(AddressSpace, int)}, which it calls if not overridden.
   *
   * @param charged the control group whose memory the pages are charged to
   */
  default void dirtied(AddressSpace mapping, Cgroup charged, int pages) {
    dirtied(mapping, pages);
  }

  /** Pages went from dirty to clean, for writing or because they were dropped. */
  void cleaned(AddressSpace mapping, int pages);

  /** Pages are being written. */
  void writebackStarted(AddressSpace mapping, int pages);

  /**
   * As {@link #writebackStarted(AddressSpace, int)}, which it calls if not overridden.
   *
   * @param charged the control group whose memory the pages are charged to
   */
  default void writebackStarted(AddressSpace mapping, Cgroup charged, int pages) {
    writebackStarted(mapping, pages);
  }

  /** Writing pages has ended, well or badly. */
  void writebackEnded(AddressSpace mapping, int pages);

  /**
   * A task has dirtied pages and holds no page lock: the throttle may let it rest ({@code
   * balance_dirty_pages_ratelimited}).
   *
   * @param pages dirtied since the task's last call
   */
  void balance(AddressSpace mapping, int pages);

  /**
   * As {@link #balance} for a task that must not wait ({@code BDP_ASYNC}): counts the pages and
   * tells whether the task may dirty more now. One that may not goes on to dirty nothing and asks
   * again later, with no pages.
   *
   * @param pages dirtied since the task's last call, or 0
   * @return false when {@link #balance} would have the task rest
   */
  boolean tryBalance(AddressSpace mapping, int pages);

  /**
   * As {@link #balance}, from a fault: the store that a page was made dirty for comes after ({@code
   * fault_dirty_shared_page}). Who writes that page here protects it against the store again, which
   * then faults for ever.
   *
   * @param pages dirtied since the task's last call
   */
  default void balanceFault(AddressSpace mapping, int pages) {
    balance(mapping, pages);
  }

  /** Reclaim met dirty pages at the end of its lists and wants that many written. */
  void reclaimNeedsClean(long pages);
}
