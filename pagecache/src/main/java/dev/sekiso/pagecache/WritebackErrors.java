package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Errseq;

/**
 * The errors of an address space's writeback: kept until every open file has heard of them, and
 * counted for whoever waits for pages of its own.
 */
final class WritebackErrors {

  private final FolioAddressSpace space;
  private final Errseq sequence = new Errseq();

  // Written under the monitor.
  private volatile long failures;
  private volatile Errno lastFailure;

  WritebackErrors(FolioAddressSpace space) {
    this.space = space;
  }

  Errseq sequence() {
    return sequence;
  }

  /** Keeps an error of writeback until each open file has heard of it. */
  void set(Errno error) {
    sequence.set(error);
    synchronized (this) {
      lastFailure = error;
      failures++;
    }
    if (space.core.machine.tracer().enabled(Tracepoints.SET_ERROR)) {
      space
          .core
          .machine
          .tracer()
          .emit(Tracepoints.SET_ERROR, String.valueOf(space.host()), error.number());
    }
  }

  /** Writebacks that have failed so far. */
  long failures() {
    return failures;
  }

  /** Throws the last error of writeback if there was one since the count was taken. */
  void throwIfFailedSince(long failuresBefore) throws ErrnoException {
    if (failures != failuresBefore) {
      throw new ErrnoException(
          lastFailure,
          "pages of "
              + space.host()
              + " could not be written; their data is only in memory until evicted");
    }
  }
}
