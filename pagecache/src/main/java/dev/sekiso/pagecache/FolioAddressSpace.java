package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Errseq;
import dev.sekiso.machine.Tracepoint;
import dev.sekiso.pagecache.Reclaimer.Effort;
import dev.sekiso.pagecache.XArray.Mark;
import java.lang.foreign.MemorySegment;

/**
 * The address space of both page caches: the index of its folios, what may be done to a single one,
 * and the accounts. What walks over many is beside it: {@link CachedAccess}, {@link WritebackWalk},
 * {@link Truncation}, {@link DirectAccess}.
 *
 * <p><b>The short lock</b> is the monitor of {@link #pages}. It guards the index with its marks,
 * the counts, and the moment at which a folio's flag and its mark change together. Taken from any
 * context; inside it only replacement's lock, the node pool's, and the listener's counting.
 *
 * <p><b>Marks and flags.</b> WRITEBACK: mark and flag change together. DIRTY: the mark is set with
 * the flag, but survives it from the moment the folio is taken for writing until {@link
 * #startWriteback}, so that nobody who looks for dirty pages misses one that is neither dirty any
 * more nor under writeback yet; during that time the folio is locked. TOWRITE goes with the DIRTY
 * mark.
 */
final class FolioAddressSpace implements AddressSpace {

  /** Bits of the page index in a replacement key; the address space's number stands above. */
  private static final int KEY_INDEX_BITS = 40;

  /** Largest page index: file positions are positive longs. */
  static final long LAST_INDEX = Long.MAX_VALUE >> PageCache.PAGE_SHIFT;

  final CacheCore core;
  final XArray pages;
  final Errseq errors = new Errseq();

  private final long id;
  private final Object host;
  private final AddressSpaceOperations operations;
  private final DirtyListener listener;
  private final int maximumOrder;

  // Written under the short lock.
  private volatile long resident;
  private volatile long dirty;
  private volatile long writeback;
  private volatile long failures;
  private volatile Errno lastFailure;
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
    return errors;
  }

  @Override
  public long residentPages() {
    return resident;
  }

  @Override
  public long dirtyPages() {
    return dirty;
  }

  @Override
  public long writebackPages() {
    return writeback;
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

  /** What a page is brought in for. */
  enum Purpose {
    /** To be read; that it was here before tells about the working set. */
    READ,
    /** To be written; that tells nothing, the log that comes round again is no working set. */
    WRITE
  }

  @Override
  public Folio grab(long index) throws ErrnoException {
    return grab(index, Effort.FULL);
  }

  /**
   * As {@link #grab(long)}; with an effort less than {@link Effort#FULL} fails with EAGAIN rather
   * than wait.
   */
  Folio grab(long index, Effort effort) throws ErrnoException {
    return grab(index, 0, effort);
  }

  /**
   * As {@link #grab(long)}; if it makes a folio, then one of up to the given order, as far as the
   * index is aligned, its place is free, and a run of frames can be had ({@code fgf_set_order}).
   */
  Folio grab(long index, int order, Effort effort) throws ErrnoException {
    while (true) {
      Folio folio = lookup(index);
      if (folio != null) {
        if (effort == Effort.FULL) {
          folio.lock();
        } else if (!folio.tryLock()) {
          folio.put();
          throw wouldWait("the lock of", index);
        }
        if (owns(folio)) {
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
    int fitting = Math.min(Math.min(order, maximumOrder), Long.numberOfTrailingZeros(index));
    for (; fitting > 0; fitting--) {
      failIfClosed();
      Folio folio = core.reclaimer.allocate(fitting, Effort.NONE);
      if (folio != null) {
        folio.get();
        if (insert(folio, index, Purpose.WRITE)) {
          return folio;
        }
        folio.put();
        folio.put();
      }
    }
    return newFolio(index, effort, Purpose.WRITE);
  }

  /**
   * Makes and inserts a locked folio, with a reference for the caller.
   *
   * @return null when somebody else has inserted one meanwhile
   */
  Folio newFolio(long index, Effort effort, Purpose purpose) throws ErrnoException {
    failIfClosed();
    Folio folio = core.reclaimer.allocate(0, effort);
    if (folio == null) {
      throw wouldWait("memory for", index);
    }
    folio.get();
    if (insert(folio, index, purpose)) {
      return folio;
    }
    folio.put();
    folio.put();
    return null;
  }

  private void failIfClosed() {
    if (closed) {
      throw new IllegalStateException("the address space of " + host + " is closed");
    }
  }

  ErrnoException wouldWait(String what, long index) {
    return new ErrnoException(
        Errno.EAGAIN,
        "would wait for " + what + " page " + index + " of " + host + "; retry or allow waiting");
  }

  @Override
  public Folio readFolio(long index) throws ErrnoException {
    while (true) {
      Folio folio = lookup(index);
      if (folio == null) {
        folio = newFolio(index, Effort.FULL, Purpose.READ);
        if (folio == null) {
          continue;
        }
        core.counters.misses.increment();
      } else if (folio.isUpToDate()) {
        core.counters.hits.add(1);
        markAccessed(folio);
        return folio;
      } else {
        core.counters.misses.increment();
        folio.lock();
        if (!owns(folio)) {
          folio.unlock();
          folio.put();
          continue;
        }
      }
      markAccessed(folio);
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
    operations.readFolio(folio);
    core.table.waiters().waitUntilUnlocked(folio);
    return folio.isUpToDate();
  }

  ErrnoException readFailed(long index) {
    return new ErrnoException(
        Errno.EIO,
        "page "
            + index
            + " of "
            + host
            + " (byte "
            + (index << PageCache.PAGE_SHIFT)
            + ") cannot be read from its device");
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

  // ---- coming and going ------------------------------------------------------------------------

  /**
   * Inserts a new folio and locks it ({@code filemap_add_folio}). One of its references becomes the
   * cache's.
   *
   * @param index a multiple of the folio's pages
   * @return false, and nothing has changed, when there is a folio already on any of its pages
   */
  boolean insert(Folio folio, long index, Purpose purpose) {
    long old;
    core.table.setFlags(folio.frame, FolioFlags.LOCKED);
    synchronized (pages) {
      failIfClosed();
      old = pages.conflict(index, folio.order);
      if (XArray.isFolio(old)) {
        core.table.clearFlags(folio.frame, FolioFlags.LOCKED);
        return false;
      }
      folio.mapping = this;
      folio.index = index;
      pages.store(index, folio.order, XArray.entryOf(folio));
      resident += folio.pages();
    }
    core.replacement.added(folio, key(index), purpose == Purpose.READ ? old : 0);
    core.counters.added.add(folio.pages());
    trace(Tracepoints.ADD, folio);
    return true;
  }

  /**
   * Removes a locked folio, dirty or not, whoever else holds references ({@code
   * filemap_remove_folio}); gives back the cache's reference. The caller has waited for writeback.
   */
  void delete(Folio folio) {
    trace(Tracepoints.DELETE, folio);
    int count = folio.pages();
    synchronized (pages) {
      pages.store(folio.index, folio.order, 0);
      folio.mapping = null;
      resident -= count;
      if ((core.table.clearFlags(folio.frame, FolioFlags.DIRTY) & FolioFlags.DIRTY) != 0) {
        accountCleaned(folio, count);
      }
    }
    core.replacement.removed(folio);
    left(folio, count);
    folio.put();
  }

  private void left(Folio folio, int count) {
    if ((core.table.clearFlags(folio.frame, FolioFlags.PREFETCHED) & FolioFlags.PREFETCHED) != 0) {
      core.counters.readaheadWasted.add(count);
    }
  }

  /**
   * Evicts a locked clean folio and leaves replacement's shadow ({@code __remove_mapping}). The
   * caller holds one reference, which is gone afterwards along with the lock.
   *
   * @param selector the vector that chose it
   * @return false, and nothing has changed, when it is dirty or somebody else holds a reference
   */
  boolean evict(Folio folio, LruVector selector) {
    int count = folio.pages();
    if (!removeFrozen(folio, selector)) {
      return false;
    }
    core.counters.evicted.add(count);
    core.table.free(folio);
    return true;
  }

  /**
   * Splits a folio, locked by the caller and referenced by nobody else but the cache, so that the
   * page at an index becomes a folio of its own, and everything else stays in the largest folios
   * possible ({@code folio_split}, which halves the part that holds the page again and again). The
   * caller keeps lock and reference of the folio, which is the first of the pieces then.
   *
   * <p>Optimistic readers of the whole find their entry gone, in whichever of its slots they look:
   * all are replaced before any piece can leave.
   *
   * @return false, and nothing has changed, when the folio is dirty, under writeback or in use
   */
  boolean split(Folio folio, long at) {
    if (folio.order == 0
        || folio.has(FolioFlags.DIRTY | FolioFlags.WRITEBACK)
        || !operations.releaseFolio(folio)) {
      return false;
    }
    synchronized (pages) {
      if (!folio.freeze(2)) {
        return false;
      }
      if (folio.has(FolioFlags.DIRTY | FolioFlags.WRITEBACK)) {
        folio.unfreeze(2);
        return false;
      }
      core.replacement.removed(folio);
      LruVector vector = core.table.owner(folio.frame);
      SplitPieces pieces = new SplitPieces(folio.index, folio.order, at);
      while (pieces.next()) {
        Folio piece = core.table.folio(folio.frame + (int) (pieces.index() - folio.index));
        if (piece != folio) {
          core.table.pieceOf(folio, piece, pieces.order());
          piece.index = pieces.index();
          piece.mapping = this;
          core.table.setOwner(piece.frame, vector);
          piece.unfreeze(1);
        }
      }
      pieces.rewind();
      while (pieces.next()) {
        Folio piece = core.table.folio(folio.frame + (int) (pieces.index() - folio.index));
        piece.order = (byte) pieces.order();
        pages.store(piece.index, piece.order, XArray.entryOf(piece));
        core.replacement.added(piece, key(piece.index), 0);
      }
      folio.unfreeze(2);
    }
    return true;
  }

  /**
   * Freezes and removes a folio on which only the cache and the caller hold references. A folio
   * that nobody can reach any more needs neither its lock nor its flags.
   *
   * @param selector the vector whose victim it is; null if it leaves for another reason
   */
  private boolean removeFrozen(Folio folio, LruVector selector) {
    synchronized (pages) {
      if (!folio.freeze(2)) {
        return false;
      }
      // Whoever could make it dirty needs a reference: it stays clean if it is clean now.
      if (folio.has(FolioFlags.DIRTY | FolioFlags.WRITEBACK)) {
        folio.unfreeze(2);
        return false;
      }
      trace(Tracepoints.DELETE, folio);
      long shadow = 0;
      if (selector != null) {
        shadow = core.replacement.evicted(folio, key(folio.index), selector);
      } else {
        core.replacement.removed(folio);
      }
      pages.store(folio.index, folio.order, shadow);
      folio.mapping = null;
      resident -= folio.pages();
    }
    left(folio, folio.pages());
    return true;
  }

  /**
   * Drops a folio on which the caller holds a reference if it is clean, unlocked, and nobody else
   * uses it ({@code mapping_evict_folio}). The caller keeps its reference.
   *
   * @return pages dropped
   */
  int dropIfClean(Folio folio) {
    int count = folio.pages();
    if (folio.has(FolioFlags.DIRTY | FolioFlags.WRITEBACK) || !folio.tryLock()) {
      return 0;
    }
    boolean dropped =
        owns(folio)
            && !folio.has(FolioFlags.DIRTY | FolioFlags.WRITEBACK)
            && folio.references() <= 2
            && operations.releaseFolio(folio)
            && removeFrozen(folio, null);
    if (dropped) {
      core.counters.invalidated.add(count);
      folio.unfreeze(1);
    }
    folio.unlock();
    return dropped ? count : 0;
  }

  /** Forgets the shadows of a range. */
  void clearShadows(long first, long last) {
    synchronized (pages) {
      long index = pages.findEntry(first, last);
      while (index >= 0) {
        if (XArray.isShadow(pages.load(index))) {
          pages.store(index, 0);
        }
        index = index == last ? -1 : pages.findEntry(index + 1, last);
      }
    }
  }

  private long key(long index) {
    return (id << KEY_INDEX_BITS | (index & ((1L << KEY_INDEX_BITS) - 1))) & Long.MAX_VALUE;
  }

  // ---- dirty and writeback ---------------------------------------------------------------------

  /** Sets a folio's dirty flag; true if it was clean. */
  boolean markDirty(Folio folio) {
    int count = folio.pages();
    synchronized (pages) {
      if ((core.table.setFlags(folio.frame, FolioFlags.DIRTY) & FolioFlags.DIRTY) != 0) {
        return false;
      }
      if (folio.mapping != this) {
        return true;
      }
      pages.set(folio.index, folio.order, Mark.DIRTY);
      dirty += count;
      core.counters.dirtied.add(count);
      MemoryGroup group = group(folio);
      group.dirtied(count);
      listener.dirtied(this, group.cgroup(), count);
    }
    trace(Tracepoints.DIRTY, folio);
    return true;
  }

  /** The group that a folio of this mapping is charged to; stable under the short lock. */
  private MemoryGroup group(Folio folio) {
    return core.table.owner(folio.frame).group();
  }

  /** Moves a folio and its counts from one vector to another if it is still there. */
  void moveGroup(Folio folio, LruVector from, LruVector to) {
    synchronized (pages) {
      if (folio.mapping != this || !from.moveTo(to, folio, key(folio.index))) {
        return;
      }
      int count = folio.pages();
      MemoryGroup source = from.group();
      MemoryGroup target = to.group();
      source.moveCharge(target, count);
      if (folio.isDirty()) {
        source.dirtied(-count);
        target.dirtied(count);
      }
      if (folio.isWriteback()) {
        source.writebackChanged(-count);
        target.writebackChanged(count);
      }
    }
  }

  private void accountCleaned(Folio folio, int count) {
    group(folio).dirtied(-count);
    dirty -= count;
    core.counters.cleaned.add(count);
    listener.cleaned(this, count);
  }

  /** Takes the dirty flag off a locked folio that is to be written; its mark stays. */
  boolean clearDirtyForWriting(Folio folio) {
    synchronized (pages) {
      if ((core.table.clearFlags(folio.frame, FolioFlags.DIRTY) & FolioFlags.DIRTY) == 0) {
        return false;
      }
      accountCleaned(folio, folio.pages());
      return true;
    }
  }

  /** Takes off marks of a folio that turned out not to be dirty, or was not written after all. */
  void settleMarks(Folio folio) {
    synchronized (pages) {
      if (folio.mapping == this) {
        clearMarksUnlessDirty(folio);
      }
    }
  }

  /** A folio that is dirty again keeps TOWRITE, too: another integrity walk may have set it. */
  private void clearMarksUnlessDirty(Folio folio) {
    if (!folio.isDirty()) {
      pages.clear(folio.index, folio.order, Mark.TOWRITE);
      pages.clear(folio.index, folio.order, Mark.DIRTY);
    }
  }

  void startWriteback(Folio folio) {
    int count = folio.pages();
    synchronized (pages) {
      int before = core.table.setFlags(folio.frame, FolioFlags.WRITEBACK);
      if ((before & FolioFlags.WRITEBACK) != 0) {
        throw new IllegalStateException("already under writeback: " + folio);
      }
      pages.set(folio.index, folio.order, Mark.WRITEBACK);
      clearMarksUnlessDirty(folio);
      writeback += count;
      core.counters.writebackStarted.add(count);
      MemoryGroup group = group(folio);
      group.writebackChanged(count);
      listener.writebackStarted(this, group.cgroup(), count);
    }
  }

  void endWriteback(Folio folio, Errno error) {
    int count = folio.pages();
    int frame = folio.frame;
    long index = folio.index;
    int order = folio.order;
    if (error != null) {
      core.counters.writeErrors.add(count);
      setError(error);
    }
    // One bit in the kernel: writing a page takes its readahead mark, too (folio_end_writeback).
    int marks = FolioFlags.RECLAIM | FolioFlags.READAHEAD;
    if ((core.table.clearFlags(frame, marks) & marks) != 0) {
      core.replacement.rotated(folio);
    }
    int before;
    synchronized (pages) {
      pages.clear(index, order, Mark.WRITEBACK);
      writeback -= count;
      core.counters.written.add(count);
      group(folio).writebackChanged(-count);
      listener.writebackEnded(this, count);
      // From here on the folio may be evicted; what follows looks at the frame's queue only.
      before = core.table.clearFlags(frame, FolioFlags.WRITEBACK | FolioFlags.WAITERS);
    }
    if ((before & FolioFlags.WAITERS) != 0) {
      core.table.waiters().wake(frame);
    }
    core.reclaimer.moved();
    core.access.settled(this, index);
  }

  /** Keeps an error of writeback until each open file has heard of it. */
  void setError(Errno error) {
    errors.set(error);
    synchronized (pages) {
      lastFailure = error;
      failures++;
    }
    if (core.machine.tracer().enabled(Tracepoints.SET_ERROR)) {
      core.machine.tracer().emit(Tracepoints.SET_ERROR, String.valueOf(host), error.number());
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
          "pages of " + host + " could not be written; their data is only in memory until evicted");
    }
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
    if (dirty > 0 || control.syncMode() == WritebackControl.SyncMode.ALL) {
      operations.writePages(this, control);
    }
  }

  @Override
  public void writeDirty(WritebackControl control, FolioWriter writer) throws ErrnoException {
    new WritebackWalk(this, control, writer).run();
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
    long before = failures;
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
    throwIfFailedSince(before);
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

  private void trace(Tracepoint point, Folio folio) {
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
