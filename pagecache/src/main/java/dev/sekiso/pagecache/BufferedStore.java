package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.Reclaimer.Effort;
import java.lang.foreign.MemorySegment;

/**
 * One page's part of a write ({@code generic_perform_write}'s loop body). A write does not count as
 * a use for replacement: since Linux 4.6 only reads do, so that a log which is written and never
 * read does not push out what is.
 */
final class BufferedStore {

  private BufferedStore() {}

  /**
   * Copies into one page: grabs it, prepares, copies, finishes, unlocks; then lets the throttle
   * have its say.
   *
   * @return bytes stored; fewer than asked when the source failed in between
   * @throws ErrnoException EFAULT when the source gives nothing; what the file system says; EAGAIN
   */
  static int store(
      FolioAddressSpace mapping,
      long position,
      MemorySegment source,
      long offset,
      int bytes,
      boolean mayWait)
      throws ErrnoException {
    long index = position >> PageCache.PAGE_SHIFT;
    Folio folio = mapping.grab(index, mayWait ? Effort.FULL : Effort.NONE);
    int copied;
    boolean dirtied;
    try {
      boolean wasDirty = folio.isDirty();
      copied = storeLocked(mapping, folio, position, source, offset, bytes, mayWait);
      dirtied = !wasDirty && folio.isDirty();
      mapping.prefetchUsed(folio);
    } finally {
      folio.unlock();
      folio.put();
    }
    if (dirtied) {
      mapping.listener().balance(mapping, 1);
    }
    if (copied == 0) {
      throw new ErrnoException(
          Errno.EFAULT, "the memory to be written to " + mapping.host() + " cannot be read");
    }
    return copied;
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
    if (!mayWait && bytes < PageCache.PAGE_SIZE && !folio.isUpToDate()) {
      throw mapping.wouldWait("the device to read", folio.index());
    }
    mapping.operations().writeBegin(folio, position, bytes);
    int inFolio = (int) (position - folio.position());
    int copied = copy(folio, inFolio, source, offset, bytes);
    if (copied == folio.size()) {
      folio.markUpToDate();
    }
    mapping.operations().writeEnd(folio, position, bytes, copied);
    return copied;
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
