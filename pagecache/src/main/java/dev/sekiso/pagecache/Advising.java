package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;

/** Advice on a file ({@code generic_fadvise}). */
final class Advising {

  private final FolioAddressSpace mapping;

  Advising(FolioAddressSpace mapping) {
    this.mapping = mapping;
  }

  void advise(ReadaheadState readahead, long offset, long length, Advice advice)
      throws ErrnoException {
    if (length < 0) {
      throw new ErrnoException(
          Errno.EINVAL, "advice on " + length + " bytes of " + mapping.host() + ": not below 0");
    }
    if (offset < 0) {
      // The kernel takes it for a position behind the end of every file.
      return;
    }
    long last = length == 0 ? Long.MAX_VALUE : offset + length - 1;
    if (last < 0) {
      last = Long.MAX_VALUE;
    }
    switch (advice) {
      case NORMAL -> {
        readahead.maximumPages = readahead.deviceMaximumPages;
        readahead.random = false;
        readahead.noReuse = false;
      }
      case RANDOM -> readahead.random = true;
      case SEQUENTIAL -> {
        readahead.maximumPages = 2 * readahead.deviceMaximumPages;
        readahead.random = false;
      }
      case WILL_NEED -> {
        long first = offset >> PageCache.PAGE_SHIFT;
        long count = (last >> PageCache.PAGE_SHIFT) - first + 1;
        mapping.core.access.request(mapping, readahead, first, count);
      }
      case DONT_NEED -> dontNeed(offset, last);
      case NO_REUSE -> readahead.noReuse = true;
    }
  }

  /**
   * Starts writing what is dirty and drops what is clean. Only whole pages go: half a page somebody
   * still needs is worth more than the memory of the other half; except that a last page the range
   * covers up to the end of the file counts as whole.
   */
  private void dontNeed(long firstByte, long lastByte) throws ErrnoException {
    mapping.writePages(WritebackControl.start(firstByte, lastByte));
    long first = (firstByte >> 12) + ((firstByte & (PageCache.PAGE_SIZE - 1)) == 0 ? 0 : 1);
    long last = lastByte >> PageCache.PAGE_SHIFT;
    boolean endsPage = ((lastByte + 1) & (PageCache.PAGE_SIZE - 1)) == 0;
    if (!endsPage && lastByte != mapping.operations().size() - 1) {
      last--;
    }
    if (first <= last) {
      mapping.invalidateClean(first, last);
    }
  }
}
