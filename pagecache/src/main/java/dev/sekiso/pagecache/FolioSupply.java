package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.Reclaimer.Effort;
import dev.sekiso.pagecache.Reclaimer.Means;

/**
 * Where an address space's single folios come from: found, or made, inserted, and read ({@code
 * __filemap_get_folio}, {@code read_mapping_folio}). Readahead brings in many at once by itself.
 */
final class FolioSupply {

  private final FolioAddressSpace space;
  private final CacheCore core;

  FolioSupply(FolioAddressSpace space) {
    this.space = space;
    this.core = space.core;
  }

  /** What a page is brought in for. */
  enum Purpose {
    /** To be read; that it was here before tells about the working set. */
    READ,
    /** To be written; that tells nothing, the log that comes round again is no working set. */
    WRITE
  }

  /**
   * As {@link AddressSpace#grab}; with an effort less than {@link Effort#FULL} fails with EAGAIN
   * rather than wait.
   */
  Folio grab(long index, Effort effort) throws ErrnoException {
    return grab(index, 0, effort);
  }

  /**
   * As {@link AddressSpace#grab}; if it makes a folio, then one of up to the given order, as far as
   * the index is aligned, its place is free, and a run of frames can be had ({@code
   * fgf_set_order}).
   */
  Folio grab(long index, int order, Effort effort) throws ErrnoException {
    while (true) {
      Folio folio = space.lookup(index);
      if (folio != null) {
        if (effort == Effort.FULL) {
          folio.lock();
        } else if (!folio.tryLock()) {
          folio.put();
          throw wouldWait("the lock of", index);
        }
        if (space.owns(folio)) {
          return folio;
        }
        folio.unlock();
        folio.put();
      } else {
        folio = newFolio(index, order, effort);
        if (folio != null) {
          return folio;
        }
      }
    }
  }

  private Folio newFolio(long index, int order, Effort effort) throws ErrnoException {
    int fitting =
        Math.min(Math.min(order, space.maximumOrder()), Long.numberOfTrailingZeros(index));
    for (; fitting > 0; fitting--) {
      space.failIfClosed();
      Folio folio = core.reclaimer.allocate(fitting, Effort.NONE);
      if (folio != null) {
        folio.get();
        if (space.residency.insert(folio, index, Purpose.WRITE)) {
          return folio;
        }
        folio.put();
        folio.put();
      }
    }
    return newFolio(index, effort, Purpose.WRITE);
  }

  /**
   * Makes and inserts a locked folio, with a reference for the caller. Where the page is barred,
   * waits for that to end.
   *
   * @return null when somebody else has inserted one meanwhile, or may have
   */
  Folio newFolio(long index, Effort effort, Purpose purpose) throws ErrnoException {
    space.failIfClosed();
    Means means =
        purpose == Purpose.WRITE && space.operations().letsReclaimWrite()
            ? Means.WRITE
            : Means.EVICT;
    Folio folio = core.reclaimer.allocate(0, effort, means);
    if (folio == null) {
      throw wouldWait("memory for", index);
    }
    folio.get();
    if (!space.residency.insert(folio, index, purpose)) {
      folio.put();
      folio.put();
      return null;
    }
    if (!space.barrier.bars(index, index)) {
      return folio;
    }
    space.residency.delete(folio);
    folio.unlock();
    folio.put();
    if (effort != Effort.FULL) {
      throw wouldWait("the end of a change of", index);
    }
    space.barrier.await(index, index);
    return null;
  }

  /** As {@link AddressSpace#readFolio}. */
  Folio readFolio(long index) throws ErrnoException {
    while (true) {
      Folio folio = space.lookup(index);
      if (folio == null) {
        folio = newFolio(index, Effort.FULL, Purpose.READ);
        if (folio == null) {
          continue;
        }
        core.counters.misses.increment();
      } else if (folio.isUpToDate()) {
        core.counters.hits.add(1);
        space.markAccessed(folio);
        return folio;
      } else {
        core.counters.misses.increment();
        folio.lock();
        if (!space.owns(folio)) {
          folio.unlock();
          folio.put();
          continue;
        }
      }
      space.markAccessed(folio);
      if (fill(folio)) {
        return folio;
      }
      folio.put();
      throw readFailed(index);
    }
  }

  /** Has a locked folio read, and waits; unlocks it. False if it did not become up to date. */
  boolean fill(Folio folio) {
    if (folio.isUpToDate()) {
      folio.unlock();
      return true;
    }
    space.operations().readFolio(folio);
    core.table.waiters().waitUntilUnlocked(folio);
    return folio.isUpToDate();
  }

  ErrnoException wouldWait(String what, long index) {
    return new ErrnoException(
        Errno.EAGAIN,
        "would wait for "
            + what
            + " page "
            + index
            + " of "
            + space.host()
            + "; retry or allow waiting");
  }

  ErrnoException readFailed(long index) {
    return new ErrnoException(
        Errno.EIO,
        "page "
            + index
            + " of "
            + space.host()
            + " (byte "
            + (index << PageCache.PAGE_SHIFT)
            + ") cannot be read from its device");
  }
}
