package dev.sekiso.pagecache;

import static dev.sekiso.pagecache.FolioFlags.PREFETCHED;
import static dev.sekiso.pagecache.FolioFlags.READAHEAD;
import static dev.sekiso.pagecache.FolioFlags.UP_TO_DATE;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.Reclaimer.Effort;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * Generic read and write through a cache that keeps what it has ({@code filemap_read}, {@code
 * generic_perform_write}).
 *
 * <p><b>A hit</b> takes no lock and no reference. The reader loads the page's entry from the index,
 * sees that the frame is up to date, looks at the file's size, copies, and loads the entry again.
 * If it is the same, the frame has held this page all the while (see {@link XArray}). The size is
 * looked at after the up-to-date flag, as in the kernel, so that bytes behind the end, which are
 * zero in the page, are not taken for the file's; and once more after the copy: truncation sets the
 * size before it zeroes the rest of the last page, so zeroes of a truncation are recognised and cut
 * off.
 *
 * <p><b>Anything else</b> goes the slow way, one page at a time: ask the readahead policy, make the
 * page if it is still not there, wait or read, then copy under a reference.
 */
final class CachedAccess implements AccessPath {

  /** No call moves more ({@code MAX_RW_COUNT}). */
  private static final int MAXIMUM_BYTES = Integer.MAX_VALUE & -PageCache.PAGE_SIZE;

  /** Results of an attempt to copy from a cached page, beside the number of bytes. */
  private static final int END_OF_FILE = 0;

  private static final int NOT_CACHED = -1;

  private final CacheCore core;
  private final FrameTable table;
  private final MemorySegment memory;

  CachedAccess(CacheCore core) {
    this.core = core;
    this.table = core.table;
    this.memory = core.table.memory();
  }

  // ---- reading ---------------------------------------------------------------------------------

  @Override
  public int read(
      FolioAddressSpace mapping,
      ReadaheadState readahead,
      long position,
      MemorySegment destination,
      int flags)
      throws ErrnoException {
    int wanted = checkedLength(position, destination);
    long watched = core.readahead.watchesReads() ? position >> 12 : Long.MAX_VALUE;
    int copied = 0;
    int hits = 0;
    long lastPosition = readahead.previousPosition;
    try {
      while (copied < wanted) {
        long from = position + copied;
        if ((from >> 12) >= watched) {
          watched = announce(mapping, readahead, from, wanted - copied);
        }
        int bytes = copyCached(mapping, from, destination, copied, wanted - copied, lastPosition);
        if (bytes == NOT_CACHED) {
          bytes =
              readSlowly(
                  mapping, readahead, from, destination, copied, wanted, flags, lastPosition);
        } else {
          hits += pagesTo(from, Math.max(1, bytes));
        }
        if (bytes == END_OF_FILE) {
          break;
        }
        copied += bytes;
        lastPosition = position + copied;
      }
    } catch (ErrnoException e) {
      if (copied == 0) {
        throw e;
      }
    } finally {
      readahead.previousPosition = lastPosition;
      if (hits > 0) {
        core.counters.hits.add(hits);
      }
    }
    core.spendCopy(copied);
    core.reclaimer.settleOverHigh();
    return copied;
  }

  static int checkedLength(long position, MemorySegment memory) {
    if (position < 0) {
      throw new IllegalArgumentException("a file has no byte at position " + position);
    }
    return (int) Math.min(Math.min(memory.byteSize(), MAXIMUM_BYTES), Long.MAX_VALUE - position);
  }

  /** Tells a policy that watches reads; returns the page before which to tell it again. */
  private long announce(
      FolioAddressSpace mapping, ReadaheadState readahead, long from, int wanted) {
    if (from >= mapping.operations().size()) {
      return Long.MAX_VALUE;
    }
    long index = from >> PageCache.PAGE_SHIFT;
    long requested = pagesTo(from, wanted);
    ReadaheadLoader loader = core.loaders.take(mapping, readahead, Effort.LIGHT);
    loader.asked(index, requested);
    long next = core.readahead.reading(loader, readahead, index, requested);
    core.loaders.giveBack(loader);
    return Math.max(next, index + 1);
  }

  /** Pages from the one of a position to the one of the last byte wanted. */
  private static int pagesTo(long from, int wanted) {
    return (int) (((from + wanted - 1) >> PageCache.PAGE_SHIFT) - (from >> PageCache.PAGE_SHIFT))
        + 1;
  }

  /**
   * Whether a folio of this order that holds a position holds the byte before another one, too:
   * reading on in one folio is one use of it.
   */
  private static boolean isSameFolio(long from, long lastPosition, int order) {
    return ((from ^ (lastPosition - 1)) >>> PageCache.PAGE_SHIFT >>> order) == 0;
  }

  /**
   * Copies from one folio if it is cached, up to date and not marked for readahead.
   *
   * @return bytes copied, {@link #END_OF_FILE} or {@link #NOT_CACHED}
   */
  private int copyCached(
      FolioAddressSpace mapping,
      long from,
      MemorySegment destination,
      long offset,
      int wanted,
      long lastPosition) {
    long index = from >> PageCache.PAGE_SHIFT;
    XArray pages = mapping.pages;
    long[] slots = pages.slots(index);
    if (slots == null) {
      return mapping.operations().size() <= from ? END_OF_FILE : NOT_CACHED;
    }
    long entry = XArray.entry(slots, index);
    if (!XArray.isFolio(entry)) {
      return mapping.operations().size() <= from ? END_OF_FILE : NOT_CACHED;
    }
    boolean settled = XArray.isSettled(entry);
    if (!settled && !isPlain(entry)) {
      return mapping.operations().size() <= from ? END_OF_FILE : NOT_CACHED;
    }
    long size = mapping.operations().size();
    if (from >= size) {
      return END_OF_FILE;
    }
    int order = XArray.orderOf(entry);
    int folioSize = PageCache.PAGE_SIZE << order;
    int inFolio = (int) from & (folioSize - 1);
    int bytes = (int) Math.min(Math.min(wanted, folioSize - inFolio), size - from);
    if (!isSameFolio(from, lastPosition, order)) {
      core.replacement.accessed(entry);
    }
    long source = table.offsetOf(XArray.frameOf(entry)) + inFolio;
    MemorySegment.copy(memory, source, destination, offset, bytes);
    VarHandle.acquireFence();
    if (!pages.covers(slots, index) || XArray.entry(slots, index) != entry) {
      return NOT_CACHED;
    }
    if (!settled) {
      XArray.settle(slots, index, entry);
    }
    return (int) Math.max(END_OF_FILE, Math.min(bytes, mapping.operations().size() - from));
  }

  /** Up to date, and no mark to act on: this stays so as long as the page is resident. */
  private boolean isPlain(long entry) {
    int state = table.flags(XArray.frameOf(entry));
    return (state & (UP_TO_DATE | READAHEAD | PREFETCHED)) == UP_TO_DATE;
  }

  private int readSlowly(
      FolioAddressSpace mapping,
      ReadaheadState readahead,
      long from,
      MemorySegment destination,
      long offset,
      int wanted,
      int flags,
      long lastPosition)
      throws ErrnoException {
    boolean mayWait = (flags & AddressSpace.NO_WAIT) == 0;
    int left = wanted - (int) offset;
    Folio folio = getUpToDate(mapping, readahead, from, left, mayWait);
    if (folio == null) {
      return END_OF_FILE;
    }
    try {
      long size = mapping.operations().size();
      if (from >= size) {
        return END_OF_FILE;
      }
      if (isSameFolio(from, lastPosition, folio.order())) {
        mapping.prefetchUsed(folio);
      } else {
        mapping.markAccessed(folio);
      }
      int inFolio = (int) (from - folio.position());
      int bytes = (int) Math.min(Math.min(left, folio.size() - inFolio), size - from);
      long source = table.offsetOf(folio.frame) + inFolio;
      MemorySegment.copy(memory, source, destination, offset, bytes);
      VarHandle.acquireFence();
      return (int) Math.max(END_OF_FILE, Math.min(bytes, mapping.operations().size() - from));
    } finally {
      folio.put();
    }
  }

  /**
   * Gets the folio of a position up to date ({@code filemap_get_pages}), with a reference.
   *
   * @param wanted bytes the caller wants from there on; of a folio that has only a part of them up
   *     to date that is enough, if it is the right one
   * @return null at the end of the file
   */
  private Folio getUpToDate(
      FolioAddressSpace mapping, ReadaheadState readahead, long from, int wanted, boolean mayWait)
      throws ErrnoException {
    long index = from >> PageCache.PAGE_SHIFT;
    long requested = pagesTo(from, wanted);
    Effort effort = mayWait ? Effort.LIGHT : Effort.NONE;
    boolean missed = false;
    while (from < mapping.operations().size()) {
      Folio folio = mapping.lookup(index);
      if (folio == null) {
        if (!missed) {
          missed = true;
          core.counters.misses.increment();
          ReadaheadLoader loader = core.loaders.take(mapping, readahead, effort);
          loader.asked(index, requested);
          loader.traceSync(index, requested);
          core.readahead.missed(loader, readahead, index, requested);
          core.loaders.giveBack(loader);
          folio = mapping.lookup(index);
        }
        if (folio == null) {
          folio = createForRead(mapping, index, mayWait);
          if (folio == null) {
            continue;
          }
          return filled(mapping, readahead, folio);
        }
      }
      if (folio.isReadaheadMark()) {
        // Of a large folio met in its middle, the pages before count as wanted, too.
        long first = folio.index();
        continueReadahead(mapping, readahead, folio, first, requested + index - first, effort);
      }
      if (folio.isUpToDate()) {
        if (!missed) {
          core.counters.hits.add(1);
        }
        return folio;
      }
      if (!missed) {
        missed = true;
        core.counters.misses.increment();
      }
      if (waitOrLock(mapping, folio, from, wanted, mayWait)) {
        return filled(mapping, readahead, folio);
      }
      if (isReadable(mapping, folio, from, wanted) && mapping.owns(folio)) {
        return folio;
      }
      folio.put();
    }
    return null;
  }

  /** A page no readahead has brought in ({@code filemap_create_folio}); locked. */
  private Folio createForRead(FolioAddressSpace mapping, long index, boolean mayWait)
      throws ErrnoException {
    if (!mayWait) {
      throw mapping.supply.wouldWait("the device to read", index);
    }
    Folio folio = mapping.supply.newFolio(index, Effort.FULL, FolioSupply.Purpose.READ);
    // A truncation that did not find the folio has set the size before, and we see it now.
    if (folio != null && folio.position() >= mapping.operations().size()) {
      mapping.residency.delete(folio);
      folio.unlock();
      folio.put();
      return null;
    }
    return folio;
  }

  private Folio filled(FolioAddressSpace mapping, ReadaheadState readahead, Folio folio)
      throws ErrnoException {
    if (mapping.supply.fill(folio)) {
      return folio;
    }
    // A bad spot: do not drag its neighbours through the same long retries.
    readahead.maximumPages /= 4;
    long index = folio.index();
    folio.put();
    throw mapping.supply.readFailed(index);
  }

  @Override
  public int maximumOrder() {
    return FrameTable.MAXIMUM_ORDER;
  }

  // ---- faults ----------------------------------------------------------------------------------

  @Override
  public void faulting(
      FolioAddressSpace mapping, ReadaheadState readahead, long index, FaultPattern pattern) {
    if (pattern == FaultPattern.SEQUENTIAL && core.readahead.watchesReads()) {
      announce(mapping, readahead, index << PageCache.PAGE_SHIFT, PageCache.PAGE_SIZE);
    }
  }

  @Override
  public void faultMissed(
      FolioAddressSpace mapping, ReadaheadState readahead, long index, FaultPattern pattern) {
    if (pattern == FaultPattern.RANDOM || readahead.maximumPages == 0) {
      return;
    }
    ReadaheadLoader loader = core.loaders.take(mapping, readahead, Effort.LIGHT);
    loader.asked(index, 1);
    if (pattern == FaultPattern.SEQUENTIAL) {
      long requested = readahead.maximumPages;
      loader.traceSync(index, requested);
      core.readahead.missed(loader, readahead, index, requested);
    } else {
      core.readahead.faulted(loader, readahead, index);
    }
    core.loaders.giveBack(loader);
  }

  @Override
  public void faultFound(
      FolioAddressSpace mapping,
      ReadaheadState readahead,
      Folio folio,
      long index,
      FaultPattern pattern) {
    if (pattern == FaultPattern.RANDOM || readahead.maximumPages == 0) {
      return;
    }
    // Of a locked folio another fault has just been told, which paid for it.
    if (!folio.isLocked()) {
      core.readahead.faultsServed(readahead, 1);
    }
    if (folio.isReadaheadMark()) {
      continueReadahead(mapping, readahead, folio, index, readahead.maximumPages, Effort.LIGHT);
    }
  }

  @Override
  public void faultsAvoided(ReadaheadState readahead, int pages) {
    core.readahead.faultsServed(readahead, pages);
  }

  // ---- the readahead mark ----------------------------------------------------------------------

  private void continueReadahead(
      FolioAddressSpace mapping,
      ReadaheadState readahead,
      Folio folio,
      long index,
      long requested,
      Effort effort) {
    if (readahead.maximumPages == 0 || folio.isWriteback()) {
      return;
    }
    ReadaheadLoader loader = core.loaders.take(mapping, readahead, effort);
    loader.asked(index, requested);
    loader.traceAsync(index, requested);
    table.clearFlags(folio.frame, READAHEAD);
    core.readahead.marked(loader, readahead, index, folio.pages(), requested);
    core.loaders.giveBack(loader);
  }

  /**
   * Makes sure that somebody reads a folio that is not up to date ({@code filemap_update_page}).
   *
   * @return true when the folio is locked and the caller must fill it; false when it has changed,
   *     or holds what is wanted
   */
  private boolean waitOrLock(
      FolioAddressSpace mapping, Folio folio, long from, int wanted, boolean mayWait)
      throws ErrnoException {
    if (!folio.tryLock()) {
      if (!mayWait) {
        long index = folio.index();
        folio.put();
        throw mapping.supply.wouldWait("I/O on", index);
      }
      table.waiters().waitUntilUnlocked(folio);
      return false;
    }
    if (!mapping.owns(folio) || isReadable(mapping, folio, from, wanted)) {
      folio.unlock();
      return false;
    }
    if (!mayWait) {
      long index = folio.index();
      folio.unlock();
      folio.put();
      throw mapping.supply.wouldWait("the device to read", index);
    }
    return true;
  }

  private static boolean isReadable(FolioAddressSpace mapping, Folio folio, long from, int wanted) {
    return folio.isUpToDate()
        || mapping.operations().isPartiallyUpToDate(folio, (int) (from - folio.position()), wanted);
  }

  // ---- writing ---------------------------------------------------------------------------------

  @Override
  public int write(FolioAddressSpace mapping, long position, MemorySegment source, int flags)
      throws ErrnoException {
    int wanted = checkedLength(position, source);
    boolean mayWait = (flags & AddressSpace.NO_WAIT) == 0;
    int written = 0;
    try {
      while (written < wanted) {
        long to = position + written;
        written += BufferedStore.store(mapping, to, source, written, wanted - written, mayWait);
      }
    } catch (ErrnoException e) {
      if (written == 0) {
        throw e;
      }
    }
    core.spendCopy(written);
    core.reclaimer.settleOverHigh();
    return written;
  }

  @Override
  public void request(FolioAddressSpace mapping, ReadaheadState readahead, long first, long pages) {
    ReadaheadLoader loader = core.loaders.take(mapping, readahead, Effort.LIGHT);
    core.readahead.requested(loader, readahead, first, pages);
    core.loaders.giveBack(loader);
  }
}
