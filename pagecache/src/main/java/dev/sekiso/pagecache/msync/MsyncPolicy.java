package dev.sekiso.pagecache.msync;

import dev.sekiso.machine.ErrnoException;

/**
 * What {@code msync(2)} does, which has changed more than once, and with it who knows that a page
 * has been stored to. The call's checks (unknown flags, alignment, what is mapped) are the page
 * cache's; a policy says what is done to each area the range meets.
 */
public interface MsyncPolicy {

  /**
   * Whether the first store to a clean page of a shared mapping is heard of, so that the page is
   * dirty from then on. If not, only page tables know, until somebody looks.
   */
  boolean tracksStores();

  /**
   * Whether a plain {@code MS_ASYNC} fails at the first address that is not mapped, instead of
   * going on and failing at the end.
   */
  boolean asyncStopsAtGap();

  /**
   * Does what the flags ask for, to one shared mapping of a file; not called for other areas.
   *
   * @param isSynchronous MS_SYNC
   * @param isAsynchronous MS_ASYNC
   */
  void sync(MappedRange range, boolean isSynchronous, boolean isAsynchronous) throws ErrnoException;
}
