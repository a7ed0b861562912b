package dev.sekiso.pagecache.msync;

import dev.sekiso.machine.ErrnoException;

/**
 * {@code msync} up to Linux 2.5.67 ({@code mm/msync.c}). As {@link ScanningMsync}, but MS_ASYNC
 * starts writing the file, without waiting.
 */
public final class WritingMsync implements MsyncPolicy {

  private final ScanningMsync scanning = new ScanningMsync();

  @Override
  public boolean tracksStores() {
    return scanning.tracksStores();
  }

  @Override
  public boolean asyncStopsAtGap() {
    return scanning.asyncStopsAtGap();
  }

  @Override
  public void sync(MappedRange range, boolean isSynchronous, boolean isAsynchronous)
      throws ErrnoException {
    scanning.sync(range, isSynchronous, isAsynchronous);
    if (isAsynchronous) {
      range.startWritingFile();
    }
  }
}
