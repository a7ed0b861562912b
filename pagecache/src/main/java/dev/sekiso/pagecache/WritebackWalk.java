package dev.sekiso.pagecache;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.AddressSpace.FolioWriter;
import dev.sekiso.pagecache.XArray.Mark;

/**
 * Walks the dirty folios of an address space in index order ({@code writeback_iter}).
 *
 * <p>An integrity walk, and one that starts a sync, first turns the DIRTY marks of its range into
 * TOWRITE marks and then follows those, so that it ends even if others go on dirtying pages. A
 * flusher's walk follows DIRTY marks from where the last one stopped, and stops after as many pages
 * as it was given.
 *
 * <p>At an error an integrity walk goes on, so that as much as possible is written, and reports the
 * first one; any other walk stops.
 *
 * <p>It has no state of its own: where it stops is with the mapping, what it may still do is in the
 * control.
 */
final class WritebackWalk {

  private WritebackWalk() {}

  static void run(FolioAddressSpace mapping, WritebackControl control, FolioWriter writer)
      throws ErrnoException {
    long index =
        control.isCyclic() ? mapping.writebackIndex : control.firstByte() >> PageCache.PAGE_SHIFT;
    long last = control.lastByte() >> PageCache.PAGE_SHIFT;
    Mark mark = control.isTagged() ? Mark.TOWRITE : Mark.DIRTY;
    if (control.isTagged()) {
      synchronized (mapping.pages) {
        mapping.pages.tagDirtyToWrite(index, last);
      }
    }
    ErrnoException first = null;
    while (index <= last) {
      Folio folio = mapping.nextMarked(mark, index, last);
      if (folio == null) {
        setCyclicIndex(mapping, control, 0);
        break;
      }
      index = folio.index() + folio.pages();
      try {
        visit(mapping, control, writer, folio);
      } catch (ErrnoException e) {
        mapping.errors.set(e.errno());
        if (first == null) {
          first = e;
        }
        if (!control.insists()) {
          setCyclicIndex(mapping, control, index);
          break;
        }
      } finally {
        folio.put();
      }
      if (!control.insists() && (control.pagesLeft() <= 0 || control.mustStop())) {
        setCyclicIndex(mapping, control, index);
        break;
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private static void setCyclicIndex(
      FolioAddressSpace mapping, WritebackControl control, long index) {
    if (control.isCyclic()) {
      mapping.writebackIndex = index;
    }
  }

  private static void visit(
      FolioAddressSpace mapping, WritebackControl control, FolioWriter writer, Folio folio)
      throws ErrnoException {
    folio.lock();
    if (!prepare(mapping, control, folio)) {
      folio.unlock();
      return;
    }
    control.pagesWritten(folio.pages());
    try {
      writer.write(folio);
    } finally {
      if (!folio.isWriteback()) {
        mapping.dirtyState.settleMarks(folio);
      }
    }
  }

  /**
   * Takes the dirty flag off a locked folio that is to be written now ({@code
   * folio_prepare_writeback}). Whether it is dirty is asked before whether it is being written:
   * page tables tell of stores at any time, without the lock, so what is clean and being written
   * may be dirty a moment later.
   *
   * @return false when it is not to be written
   */
  private static boolean prepare(FolioAddressSpace mapping, WritebackControl control, Folio folio) {
    if (!mapping.owns(folio)) {
      return false;
    }
    if (!folio.isDirty()) {
      mapping.dirtyState.settleMarks(folio);
      return false;
    }
    if (folio.isWriteback()) {
      if (!control.insists()) {
        control.skipped(folio.pages());
        return false;
      }
      folio.waitForWriteback();
    }
    mapping.protectForWriting(folio);
    return mapping.dirtyState.clearDirtyForWriting(folio);
  }
}
