package dev.sekiso.pagecache.msync;

import dev.sekiso.machine.ErrnoException;

/**
 * Today's {@code msync}, since Linux 2.6.17 ({@code mm/msync.c}). Pages are known to be dirty from
 * their first store on, so MS_ASYNC has nothing to do; MS_SYNC is a ranged {@code fsync}, area by
 * area.
 */
public final class TrackedMsync implements MsyncPolicy {

  @Override
  public boolean tracksStores() {
    return true;
  }

  @Override
  public boolean asyncStopsAtGap() {
    return true;
  }

  @Override
  public void sync(MappedRange range, boolean isSynchronous, boolean isAsynchronous)
      throws ErrnoException {
    if (isSynchronous) {
      range.syncRange();
    }
  }
}
