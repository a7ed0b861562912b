package dev.sekiso.pagecache.msync;

import dev.sekiso.machine.ErrnoException;

/**
 * {@code msync} between Linux 2.5.68 and 2.6.16 ({@code mm/msync.c} of 2.6.11). Stores are known to
 * page tables alone; every {@code msync} scans them and marks pages dirty, whatever its flags.
 * MS_ASYNC leaves it at that: the pages are written when dirty pages are. MS_SYNC writes the whole
 * file.
 */
public final class ScanningMsync implements MsyncPolicy {

  @Override
  public boolean tracksStores() {
    return false;
  }

  @Override
  public boolean asyncStopsAtGap() {
    return false;
  }

  @Override
  public void sync(MappedRange range, boolean isSynchronous, boolean isAsynchronous)
      throws ErrnoException {
    range.gatherStores();
    if (isSynchronous) {
      range.syncFile();
    }
  }
}
