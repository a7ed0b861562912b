package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.AddressSpaceOperations.Transfer;
import java.lang.foreign.MemorySegment;

/**
 * Transfers past the cache that agree with it ({@code generic_file_read_iter}, {@code
 * generic_file_direct_write}): a read has dirty pages written first; a write has pages of its range
 * written and dropped before, and dropped again after, for those that a reader or a mapping brought
 * in meanwhile.
 */
final class DirectAccess {

  private final FolioAddressSpace mapping;

  DirectAccess(FolioAddressSpace mapping) {
    this.mapping = mapping;
  }

  int read(long position, MemorySegment destination, int flags) throws ErrnoException {
    int wanted = CachedAccess.checkedLength(position, destination);
    if (wanted == 0) {
      return 0;
    }
    long last = position + wanted - 1;
    if ((flags & AddressSpace.NO_WAIT) != 0) {
      failIfNeedsWriteback(position, last);
    } else {
      mapping.writeAndWait(position, last);
    }
    int done = readDevice(position, destination.asSlice(0, wanted), flags);
    if (done == wanted || position + done >= mapping.operations().size()) {
      return done;
    }
    MemorySegment rest = destination.asSlice(done, wanted - done);
    try {
      return done + mapping.read(new ReadaheadState(0), position + done, rest, flags);
    } catch (ErrnoException e) {
      if (done == 0) {
        throw e;
      }
      return done;
    }
  }

  /** Reads what blocks hold while they are the file's. */
  private int readDevice(long position, MemorySegment destination, int flags)
      throws ErrnoException {
    long first = position >> PageCache.PAGE_SHIFT;
    long last = (position + destination.byteSize() - 1) >> PageCache.PAGE_SHIFT;
    while (!mapping.barrier.tryBeginDirectRead(first, last)) {
      if ((flags & AddressSpace.NO_WAIT) != 0) {
        throw mapping.supply.wouldWait("the end of a change of", first);
      }
      mapping.barrier.await(first, last);
    }
    try {
      return mapping.operations().transferDirectly(Transfer.READ, position, destination);
    } finally {
      mapping.barrier.endDirectRead();
    }
  }

  int write(long position, MemorySegment source, int flags) throws ErrnoException {
    int wanted = CachedAccess.checkedLength(position, source);
    if (wanted == 0) {
      return 0;
    }
    long last = position + wanted - 1;
    int done = makeCoherent(position, last, flags) ? transfer(position, source, wanted) : 0;
    if (done == wanted) {
      return done;
    }
    return done + writeRest(position + done, source.asSlice(done, wanted - done), flags, done);
  }

  /**
   * Writes and drops the pages of a range; false when some must stay, so that the cache is used.
   */
  private boolean makeCoherent(long position, long last, int flags) throws ErrnoException {
    long firstIndex = position >> PageCache.PAGE_SHIFT;
    long lastIndex = last >> PageCache.PAGE_SHIFT;
    if ((flags & AddressSpace.NO_WAIT) != 0) {
      Folio cached = mapping.nextResident(firstIndex, lastIndex);
      if (cached != null) {
        cached.put();
        throw mapping.supply.wouldWait("the removal of", firstIndex);
      }
      return true;
    }
    // Where only page tables know of stores, they must tell before pages are written.
    mapping.unmapRange(firstIndex, lastIndex, ReverseMap.Copies.STAY);
    mapping.writeAndWait(position, last);
    try {
      mapping.invalidate(firstIndex, lastIndex);
      return true;
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EBUSY) {
        return false;
      }
      throw e;
    }
  }

  private int transfer(long position, MemorySegment source, int wanted) throws ErrnoException {
    int done =
        mapping.operations().transferDirectly(Transfer.WRITE, position, source.asSlice(0, wanted));
    if (done > 0) {
      long lastIndex = (position + done - 1) >> PageCache.PAGE_SHIFT;
      try {
        mapping.invalidate(position >> PageCache.PAGE_SHIFT, lastIndex);
      } catch (ErrnoException e) {
        // The device has the new data, the cache keeps old: whoever relies on it must hear.
        mapping.errors.set(Errno.EIO);
      }
    }
    return done;
  }

  /**
   * The part direct I/O could not do goes through the cache, to the device, and out of the cache.
   */
  private int writeRest(long position, MemorySegment rest, int flags, int before)
      throws ErrnoException {
    try {
      int written = mapping.write(position, rest, flags);
      if (written > 0) {
        long last = position + written - 1;
        mapping.writeAndWait(position, last);
        mapping.invalidateClean(position >> PageCache.PAGE_SHIFT, last >> PageCache.PAGE_SHIFT);
      }
      return written;
    } catch (ErrnoException e) {
      if (before == 0) {
        throw e;
      }
      return 0;
    }
  }

  private void failIfNeedsWriteback(long position, long last) throws ErrnoException {
    long firstIndex = position >> PageCache.PAGE_SHIFT;
    long lastIndex = last >> PageCache.PAGE_SHIFT;
    for (XArray.Mark mark : new XArray.Mark[] {XArray.Mark.DIRTY, XArray.Mark.WRITEBACK}) {
      Folio folio = mapping.nextMarked(mark, firstIndex, lastIndex);
      if (folio != null) {
        folio.put();
        throw mapping.supply.wouldWait("the writeback of", firstIndex);
      }
    }
  }
}
