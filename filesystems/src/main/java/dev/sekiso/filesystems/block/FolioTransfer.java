package dev.sekiso.filesystems.block;

import dev.sekiso.machine.Errno;
import dev.sekiso.pagecache.Folio;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * The way of one folio to or from the device, in as many pieces as its blocks lie apart. Made with
 * one count for whoever still cuts pieces, so that it cannot end too early; the last count ends the
 * folio's read or writeback, in whatever context it goes.
 */
abstract class FolioTransfer {

  private static final AtomicIntegerFieldUpdater<FolioTransfer> OPEN =
      AtomicIntegerFieldUpdater.newUpdater(FolioTransfer.class, "open");

  final Folio folio;
  private volatile int open = 1;
  private volatile Errno error;

  FolioTransfer(Folio folio) {
    this.folio = folio;
  }

  /** The memory of a piece of the folio. */
  final MemorySegment memory(int offset, int length) {
    MemorySegment whole = folio.data();
    return length == folio.size() ? whole : whole.asSlice(offset, length);
  }

  /** One more piece is on its way. */
  final void begin() {
    OPEN.incrementAndGet(this);
  }

  /** A piece has ended, or (with the initial count) no more pieces will come. */
  final void end(Errno status) {
    if (status != null && error == null) {
      error = status;
    }
    if (OPEN.decrementAndGet(this) == 0) {
      finished(error);
    }
  }

  /** A piece has ended, given by its place in the folio in bytes; before {@link #end}. */
  void pieceEnded(int offset, int length, Errno status) {}

  /** Everything has ended. Must not wait. */
  abstract void finished(Errno firstError);
}
