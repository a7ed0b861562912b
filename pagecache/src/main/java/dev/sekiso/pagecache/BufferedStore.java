package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.Reclaimer.Effort;
import java.lang.foreign.MemorySegment;

/**
 * One folio's part of a write ({@code generic_perform_write}'s loop body). A write does not count
 * as a use for replacement: since Linux 4.6 only reads do, so that a log which is written and never
 * read does not push out what is.
 */
final class BufferedStore {

  private BufferedStore() {}

  /**
   * Copies into one folio: grabs it, prepares, copies, finishes, unlocks; then lets the throttle
   * have its say, which a task that must not wait hears before it stores the next. A folio that
   * must be made is as large as what is to be written, where it can.
   *
   * @param wanted bytes to be written from the position on, at least 1
   * @return bytes stored: all that is wanted of the folio, or of its first page
   * @throws ErrnoException EFAULT when the source gives nothing; what the file system says; EAGAIN
   */
  static int store(
      FolioAddressSpace mapping,
      long position,
      MemorySegment source,
      long offset,
      int wanted,
      boolean mayWait)
      throws ErrnoException {
    if (!mayWait && !mapping.listener().tryBalance(mapping, 0)) {
      throw mapping.supply.wouldWait("dirty pages to be written", position >> PageCache.PAGE_SHIFT);
    }
    long index = position >> PageCache.PAGE_SHIFT;
    int chunk = PageCache.PAGE_SIZE << mapping.maximumOrder();
    int order = orderFor(Math.min(chunk - ((int) position & (chunk - 1)), wanted));
    Folio folio = mapping.supply.grab(index, order, mayWait ? Effort.FULL : Effort.NONE);
    int copied;
    int dirtied;
    try {
      boolean wasDirty = folio.isDirty();
      int bytes = Math.min(wanted, folio.size() - (int) (position - folio.position()));
      copied = storeLocked(mapping, folio, position, source, offset, bytes, mayWait);
      dirtied = !wasDirty && folio.isDirty() ? folio.pages() : 0;
      mapping.prefetchUsed(folio);
    } finally {
      folio.unlock();
      folio.put();
    }
    if (dirtied > 0) {
      balance(mapping, dirtied, mayWait);
    }
    if (copied == 0) {
      throw new ErrnoException(
          Errno.EFAULT, "the memory to be written to " + mapping.host() + " cannot be read");
    }
    return copied;
  }

  private static void balance(FolioAddressSpace mapping, int dirtied, boolean mayWait) {
    if (mayWait) {
      mapping.listener().balance(mapping, dirtied);
    } else {
      // The pages are counted; the answer comes again before the next store.
      boolean unused = mapping.listener().tryBalance(mapping, dirtied);
    }
  }

  /** The order of the largest folio that so many bytes fill ({@code fgf_set_order}). */
  private static int orderFor(int bytes) {
    int log = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(bytes);
    return Math.max(0, log - PageCache.PAGE_SHIFT);
  }

  private static int storeLocked(
      FolioAddressSpace mapping,
      Folio folio,
      long position,
      MemorySegment source,
      long offset,
      int bytes,
      boolean mayWait)
      throws ErrnoException {
    boolean isPartial = ((position | bytes) & (PageCache.PAGE_SIZE - 1)) != 0;
    if (!mayWait && isPartial && !folio.isUpToDate()) {
      throw mapping.supply.wouldWait("the device to read", folio.index());
    }
    int prepared = prepare(mapping, folio, position, bytes);
    int inFolio = (int) (position - folio.position());
    int copied = copy(folio, inFolio, source, offset, prepared);
    if (copied == folio.size()) {
      folio.markUpToDate();
    }
    mapping.operations().writeEnd(folio, position, prepared, copied);
    return copied;
  }

  /**
   * Has the file system prepare the store. What cannot be done for several pages at once (the last
   * free blocks do not suffice for all, say) may still be done for the first of them.
   *
   * @return bytes prepared
   */
  private static int prepare(FolioAddressSpace mapping, Folio folio, long position, int bytes)
      throws ErrnoException {
    int first = PageCache.PAGE_SIZE - ((int) position & (PageCache.PAGE_SIZE - 1));
    try {
      mapping.operations().writeBegin(folio, position, bytes);
      return bytes;
    } catch (ErrnoException e) {
      if (bytes <= first) {
        throw e;
      }
    }
    mapping.operations().writeBegin(folio, position, first);
    return first;
  }

  /** Copies all, or nothing where the caller's memory is closed or another thread's. */
  private static int copy(Folio folio, int at, MemorySegment source, long offset, int bytes) {
    FrameTable table = folio.table;
    try {
      MemorySegment.copy(source, offset, table.memory(), table.offsetOf(folio.frame) + at, bytes);
      return bytes;
    } catch (IllegalStateException | WrongThreadException e) {
      return 0;
    }
  }
}
