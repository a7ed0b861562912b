package dev.sekiso.pagecache.msync;

import dev.sekiso.machine.ErrnoException;

/**
 * {@code msync} up to Linux 2.5.67 ({@code mm/msync.c}). As {@link ScanningMsync}, but MS_ASYNC
 * starts writing the file, without waiting.
 */
public final class WritingMsync implements MsyncPolicy {

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
    } else if (isAsynchronous) {
      range.startWritingFile();
    }
  }
}
