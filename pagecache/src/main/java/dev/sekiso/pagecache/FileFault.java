package dev.sekiso.pagecache;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Tracer;
import dev.sekiso.pagecache.PageFault.Result;
import dev.sekiso.pagecache.Reclaimer.Effort;

/**
 * Finds or brings in the page of a file that a fault wants ({@code filemap_fault}), with readahead.
 * Belongs to one attempt of one fault, whose {@link FaultLock} it lets go before it waits.
 */
final class FileFault {

  private final CacheCore core;
  private final Area area;
  private final FaultLock lock;
  private boolean isMajor;
  private Result failure;
  private ErrnoException cause;

  FileFault(CacheCore core, Area area, FaultLock lock) {
    this.core = core;
    this.area = area;
    this.lock = lock;
  }

  /** Whether a device had to be asked. */
  boolean isMajor() {
    return isMajor;
  }

  /** How {@link #find} ended when it found no folio. */
  Result failure() {
    return failure;
  }

  /** Why there is no such page, if the device is to blame; else null. */
  ErrnoException cause() {
    return cause;
  }

  /**
   * Finds or brings in a page of the file ({@code filemap_fault}).
   *
   * @return its folio, locked, up to date, with a reference; null when {@link #failure} says why
   */
  Folio find(long index) throws ErrnoException {
    if (index >= FileEntries.pagesInFile(area)) {
      return fail(Result.BUS);
    }
    trace(index);
    Folio folio = upToDate(lookFor(index), index);
    if (folio == null) {
      return null;
    }
    PageBarrier barrier = area.pages.barrier;
    boolean isBarred = barrier.bars(folio);
    if (lock.isHeld() && !isBarred && index < FileEntries.pagesInFile(area)) {
      return folio;
    }
    long first = folio.index;
    long last = first + folio.pages() - 1;
    folio.unlock();
    folio.put();
    if (isBarred) {
      lock.letGo(area.file);
      barrier.await(first, last);
      return fail(Result.RETRY);
    }
    return fail(lock.isHeld() ? Result.BUS : Result.RETRY);
  }

  /** The folio of an index, locked, made if absent, with readahead; null behind the end. */
  private Folio lookFor(long index) throws ErrnoException {
    FolioAddressSpace pages = area.pages;
    ReadaheadState readahead = area.file.readahead();
    FaultPattern pattern = area.pattern();
    boolean readsAhead = pattern != FaultPattern.RANDOM && readahead.maximumPages > 0;
    if (lock.mayLetGo()) {
      pages.faulting(readahead, index, pattern);
    }
    Folio folio = pages.lookup(index);
    if (folio == null) {
      isMajor = true;
      core.counters.misses.increment();
      if (readsAhead) {
        lock.letGo(area.file);
      }
      pages.faultMissed(readahead, index, pattern);
      return findOrMake(index);
    }
    if (lock.mayLetGo()) {
      if (readsAhead && folio.isReadaheadMark()) {
        lock.letGo(area.file);
      }
      pages.faultFound(readahead, folio, index, pattern);
    }
    lock(folio);
    return folio;
  }

  /** Has a locked folio read if need be; gives the one that has its place if it has lost it. */
  private Folio upToDate(Folio found, long index) throws ErrnoException {
    FolioAddressSpace pages = area.pages;
    Folio folio = found;
    while (folio != null) {
      if (!pages.owns(folio)) {
        folio.unlock();
        folio.put();
        folio = findOrMake(index);
        continue;
      }
      if (folio.isUpToDate()) {
        return folio;
      }
      lock.letGo(area.file);
      boolean filled = pages.supply.fill(folio);
      if (lock.isHeld() && filled) {
        lock(folio);
        continue;
      }
      folio.put();
      if (!lock.isHeld()) {
        return fail(Result.RETRY);
      }
      cause = pages.supply.readFailed(index);
      return fail(Result.BUS);
    }
    return fail(Result.BUS);
  }

  private Folio fail(Result result) {
    failure = result;
    return null;
  }

  private void lock(Folio folio) {
    if (!folio.tryLock()) {
      lock.letGo(area.file);
      folio.lock();
    }
  }

  /** The folio of an index, locked, made if absent; null behind the end of the file. */
  private Folio findOrMake(long index) throws ErrnoException {
    FolioAddressSpace pages = area.pages;
    while (true) {
      Folio folio = pages.lookup(index);
      if (folio != null) {
        lock(folio);
        return folio;
      }
      folio = pages.supply.newFolio(index, Effort.FULL, FolioSupply.Purpose.READ);
      if (folio == null) {
        continue;
      }
      // A truncation that did not find the folio has set the size before, and we see it now.
      if (index < FileEntries.pagesInFile(area)) {
        return folio;
      }
      pages.residency.delete(folio);
      folio.unlock();
      folio.put();
      return null;
    }
  }

  private void trace(long index) {
    Tracer tracer = core.machine.tracer();
    if (tracer.enabled(Tracepoints.FAULT)) {
      tracer.emit(Tracepoints.FAULT, String.valueOf(area.pages.host()), index);
    }
  }
}
