package dev.sekiso.pagecache;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Errseq;
import dev.sekiso.machine.Tracepoint;
import dev.sekiso.pagecache.Reclaimer.Effort;
import dev.sekiso.pagecache.XArray.Mark;
import java.lang.foreign.MemorySegment;

/**
 * The address space of both page caches: the index of its folios, how one is found, and the calls.
 * Its parts stand beside it: where single folios come from ({@link FolioSupply}), how they come and
 * go ({@link Residency}), which are dirty ({@link DirtyState}), what went wrong ({@link
 * WritebackErrors}); and so does what walks over many: {@link CachedAccess}, {@link WritebackWalk},
 * {@link Truncation}, {@link DirectAccess}.
 *
 * <p><b>The short lock</b> is the monitor of {@link #pages}. It guards the index with its marks,
 * the counts, and the moment at which a folio's flag and its mark change together. Taken from any
 * context; inside it only replacement's lock, the node pool's, and the listener's counting.
 */
final class FolioAddressSpace implements AddressSpace {

  /** Bits of the page index in a replacement key; the address space's number stands above. */
  private static final int KEY_INDEX_BITS = 40;

  /** Largest page index: file positions are positive longs. */
  static final long LAST_INDEX = Long.MAX_VALUE >> PageCache.PAGE_SHIFT;

  final CacheCore core;
  final XArray pages;
  final FolioSupply supply;
  final Residency residency;
  final DirtyState dirtyState;
  final WritebackErrors errors;
  final PageBarrier barrier;

  private final long id;
  private final Object host;
  private final AddressSpaceOperations operations;
  private final DirtyListener listener;
  private final int maximumOrder;

  /** Written under the short lock. */
  private volatile boolean closed;

  /** Who maps the pages; null until somebody does. */
  private volatile ReverseMap reverse;

  /** Where the next cyclic writeback goes on ({@code writeback_index}). A hint. */
  volatile long writebackIndex;

  FolioAddressSpace(
      CacheCore core,
      long id,
      Object host,
      AddressSpaceOperations operations,
      DirtyListener listener) {
    this.core = core;
    this.id = id;
    this.host = host;
    this.operations = operations;
    this.listener = listener;
    this.pages = new XArray(core.nodes, id);
    this.supply = new FolioSupply(this);
    this.residency = new Residency(this);
    this.dirtyState = new DirtyState(this);
    this.errors = new WritebackErrors(this);
    this.barrier = new PageBarrier(this);
    this.maximumOrder = Math.min(operations.maximumFolioOrder(), core.maximumOrder());
  }

  /** Largest order of its folios ({@code mapping_max_folio_order}); 0 when they have one page. */
  int maximumOrder() {
    return maximumOrder;
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public Object host() {
    return host;
  }

  @Override
  public AddressSpaceOperations operations() {
    return operations;
  }

  DirtyListener listener() {
    return listener;
  }

  @Override
  public Errseq errors() {
    return errors.sequence();
  }

  @Override
  public long residentPages() {
    return residency.residentPages();
  }

  @Override
  public long dirtyPages() {
    return dirtyState.dirtyPages();
  }

  @Override
  public long writebackPages() {
    return dirtyState.writebackPages();
  }

  // ---- mappings --------------------------------------------------------------------------------

  /** From pages to the page-table entries that show them; made for the first area. */
  ReverseMap reverse() {
    ReverseMap known = reverse;
    if (known == null) {
      synchronized (pages) {
        known = reverse;
        if (known == null) {
          known = new ReverseMap(core);
          reverse = known;
        }
      }
    }
    return known;
  }

  /** Takes away page-table entries for a range of pages ({@code unmap_mapping_pages}). */
  void unmapRange(long firstIndex, long lastIndex, ReverseMap.Copies copies) {
    ReverseMap known = reverse;
    if (known != null && firstIndex <= lastIndex) {
      known.unmapRange(firstIndex, lastIndex, copies);
    }
  }

  /**
   * Takes away all page-table entries for a folio, which the caller has locked. On return the folio
   * knows of all stores: who has taken entries away before, and has not told it yet, is waited for;
   * moments ({@link Zap}).
   */
  void unmap(Folio folio) {
    if (core.table.mappings(folio.frame) > 0) {
      reverse().unmap(folio, ReverseMap.Locked.OVERRIDDEN);
      while (core.table.mappings(folio.frame) > 0) {
        core.machine.yieldProcessor();
      }
    }
  }

  /** Has stores through mappings be heard of again before a locked folio is written. */
  void protectForWriting(Folio folio) {
    if (core.table.mappings(folio.frame) > 0 && reverse().clean(folio)) {
      operations.dirtyFolio(folio);
    }
  }

  // ---- finding ---------------------------------------------------------------------------------

  @Override
  public Folio lookup(long index) {
    long entry = pages.load(index);
    if (!XArray.isFolio(entry)) {
      return null;
    }
    Folio folio = core.table.folio(XArray.frameOf(entry));
    if (folio.tryGet()) {
      if (pages.load(index) == entry) {
        return folio;
      }
      folio.put();
    }
    return lookupSettled(index);
  }

  /**
   * Looks under the short lock, under which no folio of the index is frozen: who freezes one holds
   * it until the index says what has become of the folio. To turn round until then would keep the
   * processor from whoever holds it.
   */
  private Folio lookupSettled(long index) {
    synchronized (pages) {
      return XArray.isFolio(pages.load(index)) ? hold(index) : null;
    }
  }

  /** The first folio with the mark in a range, with a reference, or null. */
  Folio nextMarked(Mark mark, long first, long last) {
    synchronized (pages) {
      long index = pages.findMarked(mark, first, last);
      return index < 0 ? null : hold(index);
    }
  }

  /** The first folio in a range, with a reference, or null. */
  Folio nextResident(long first, long last) {
    synchronized (pages) {
      long index = pages.findFolio(first, last);
      return index < 0 ? null : hold(index);
    }
  }

  /** A folio in the index has a reference, the cache's, that cannot go while we hold the lock. */
  private Folio hold(long index) {
    Folio folio = core.table.folio(XArray.frameOf(pages.load(index)));
    folio.get();
    return folio;
  }

  /** Whether the folio, which the caller has locked, is still this address space's. */
  boolean owns(Folio folio) {
    return folio.mapping == this;
  }

  @Override
  public void forEachResident(long firstIndex, long lastIndex, FolioVisitor visitor) {
    long index = firstIndex;
    while (index <= lastIndex) {
      Folio folio = nextResident(index, lastIndex);
      if (folio == null) {
        return;
      }
      index = folio.index() + folio.pages();
      try {
        visitor.visit(folio);
      } finally {
        folio.put();
      }
    }
  }

  // ---- bringing in -----------------------------------------------------------------------------

  @Override
  public Folio grab(long index) throws ErrnoException {
    return supply.grab(index, Effort.FULL);
  }

  void failIfClosed() {
    if (closed) {
      throw new IllegalStateException("the address space of " + host + " is closed");
    }
  }

  @Override
  public Folio readFolio(long index) throws ErrnoException {
    return supply.readFolio(index);
  }

  /** Notes a use of a folio on which the caller holds a reference. */
  void markAccessed(Folio folio) {
    prefetchUsed(folio);
    core.replacement.accessed(XArray.entryOf(folio));
  }

  /** A folio is used: if readahead brought it in, that was worth it. */
  void prefetchUsed(Folio folio) {
    if (folio.has(FolioFlags.PREFETCHED)
        && (core.table.clearFlags(folio.frame, FolioFlags.PREFETCHED) & FolioFlags.PREFETCHED)
            != 0) {
      core.counters.readaheadUsed.add(folio.pages());
    }
  }

  /** A page's key to replacement: the same whenever it comes back. */
  long key(long index) {
    return (id << KEY_INDEX_BITS | (index & ((1L << KEY_INDEX_BITS) - 1))) & Long.MAX_VALUE;
  }

  void accountReadError(Folio folio) {
    core.counters.readErrors.add(folio.pages());
  }

  /** Reading a folio has ended; it is unlocked and may be anybody's. */
  void settled(long index) {
    core.reclaimer.moved();
    core.access.settled(this, index);
  }

  // ---- walks -----------------------------------------------------------------------------------

  @Override
  public int read(ReadaheadState readahead, long position, MemorySegment destination, int flags)
      throws ErrnoException {
    return core.access.read(this, readahead, position, destination, flags);
  }

  @Override
  public int write(long position, MemorySegment source, int flags) throws ErrnoException {
    return core.access.write(this, position, source, flags);
  }

  @Override
  public int readDirectly(long position, MemorySegment destination, int flags)
      throws ErrnoException {
    return new DirectAccess(this).read(position, destination, flags);
  }

  @Override
  public int writeDirectly(long position, MemorySegment source, int flags) throws ErrnoException {
    return new DirectAccess(this).write(position, source, flags);
  }

  @Override
  public void advise(ReadaheadState readahead, long offset, long length, Advice advice)
      throws ErrnoException {
    new Advising(this).advise(readahead, offset, length, advice);
  }

  @Override
  public void readAhead(ReadaheadState readahead, long offset, long length) throws ErrnoException {
    new Advising(this).advise(readahead, offset, length, Advice.WILL_NEED);
  }

  @Override
  public void writePages(WritebackControl control) throws ErrnoException {
    if (dirtyPages() > 0 || control.syncMode() == WritebackControl.SyncMode.ALL) {
      operations.writePages(this, control);
    }
  }

  @Override
  public void writeDirty(WritebackControl control, FolioWriter writer) throws ErrnoException {
    WritebackWalk.run(this, control, writer);
  }

  @Override
  public void waitForWriteback(long firstIndex, long lastIndex) {
    long index = firstIndex;
    while (index <= lastIndex) {
      Folio folio = nextMarked(Mark.WRITEBACK, index, lastIndex);
      if (folio == null) {
        return;
      }
      index = folio.index() + folio.pages();
      trace(Tracepoints.WAIT_WRITEBACK, folio);
      folio.waitForWriteback();
      folio.put();
    }
  }

  @Override
  public void writeAndWait(long firstByte, long lastByte) throws ErrnoException {
    if (lastByte < firstByte) {
      return;
    }
    long before = errors.failures();
    ErrnoException failed = null;
    try {
      writePages(WritebackControl.integrity(firstByte, lastByte));
    } catch (ErrnoException e) {
      failed = e;
    }
    waitForWriteback(firstByte >> PageCache.PAGE_SHIFT, lastByte >> PageCache.PAGE_SHIFT);
    if (failed != null) {
      throw failed;
    }
    errors.throwIfFailedSince(before);
  }

  @Override
  public void truncate(long newSize) {
    new Truncation(this).removeBytes(newSize, Long.MAX_VALUE);
  }

  @Override
  public void truncateRange(long firstByte, long lastByte) {
    new Truncation(this).removeBytes(firstByte, lastByte);
  }

  @Override
  public Barred bar(long firstByte, long lastByte) {
    return barrier.raise(firstByte >> PageCache.PAGE_SHIFT, lastByte >> PageCache.PAGE_SHIFT);
  }

  @Override
  public long invalidateClean(long firstIndex, long lastIndex) {
    return new Truncation(this).invalidateClean(firstIndex, lastIndex);
  }

  @Override
  public void invalidate(long firstIndex, long lastIndex) throws ErrnoException {
    new Truncation(this).invalidate(firstIndex, lastIndex);
  }

  @Override
  public void close() {
    synchronized (pages) {
      if (closed) {
        return;
      }
      closed = true;
    }
    new Truncation(this).removeBytes(0, Long.MAX_VALUE);
    core.addressSpaceClosed();
  }

  // ---- faults of mappings ----------------------------------------------------------------------

  /** A fault is about to look for its page. */
  void faulting(ReadaheadState readahead, long index, FaultPattern pattern) {
    core.access.faulting(this, readahead, index, pattern);
  }

  /** A fault has found no page; afterwards look again, and make one if there is still none. */
  void faultMissed(ReadaheadState readahead, long index, FaultPattern pattern) {
    core.access.faultMissed(this, readahead, index, pattern);
  }

  /** A fault has found its folio, on which the caller holds a reference. Once a fault. */
  void faultFound(ReadaheadState readahead, Folio folio, long index, FaultPattern pattern) {
    core.access.faultFound(this, readahead, folio, index, pattern);
  }

  /** Pages have been mapped along with one that faulted. */
  void faultsAvoided(ReadaheadState readahead, int pages) {
    core.access.faultsAvoided(readahead, pages);
  }

  // ---- tracing ---------------------------------------------------------------------------------

  void trace(Tracepoint point, Folio folio) {
    if (core.machine.tracer().enabled(point)) {
      if (point == Tracepoints.WAIT_WRITEBACK || point == Tracepoints.DIRTY) {
        core.machine.tracer().emit(point, String.valueOf(host), folio.index);
      } else {
        core.machine.tracer().emit(point, String.valueOf(host), folio.index, (int) folio.order);
      }
    }
  }

  @Override
  public String toString() {
    return "pages of " + host;
  }
}
