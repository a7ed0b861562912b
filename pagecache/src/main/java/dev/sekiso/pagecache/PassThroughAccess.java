package dev.sekiso.pagecache;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.machine.WaitQueue;
import dev.sekiso.pagecache.Reclaimer.Effort;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Generic read and write through a cache that keeps nothing.
 *
 * <p>A page is in memory while somebody holds a reference on its folio, has it locked, or while it
 * is dirty or under writeback; tasks that use a page at the same time share the folio, so they
 * agree on its content. Whoever gives back the last reference drops it; where that cannot be done
 * (a completion in interrupt context) a daemon does it.
 *
 * <p>Reads bring in exactly the pages asked for, in runs of up to {@link #RUN} pages, and hold them
 * until they are copied. Writes go through the cache's pages, too (partial pages must be filled), a
 * run at a time, each written to the device before the next.
 */
final class PassThroughAccess implements AccessPath {

  /** Pages per run: what the smallest cache can hold, twice. */
  private static final int RUN = PageCacheSettings.MINIMUM_PAGES / 2;

  private final CacheCore core;
  private final WaitQueue leftovers;
  private final Queue<Leftover> queue = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  PassThroughAccess(CacheCore core) {
    this.core = core;
    this.leftovers = core.machine.newWaitQueue("pass-through");
    core.machine.spawn("pass-through", TaskKind.DAEMON, this::dropLeftovers);
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
    int wanted = CachedAccess.checkedLength(position, destination);
    boolean mayWait = (flags & AddressSpace.NO_WAIT) == 0;
    int copied = 0;
    try {
      while (copied < wanted && position + copied < mapping.operations().size()) {
        long from = position + copied;
        // Nothing, though the file goes on: the pages were dropped under us. Again, with new ones.
        copied += readRun(mapping, from, destination.asSlice(copied, wanted - copied), mayWait);
      }
    } catch (ErrnoException e) {
      if (copied == 0) {
        throw e;
      }
    }
    readahead.previousPosition = position + copied;
    core.spendCopy(copied);
    return copied;
  }

  private int readRun(
      FolioAddressSpace mapping, long from, MemorySegment destination, boolean mayWait)
      throws ErrnoException {
    try (HeldRun run = new HeldRun(mapping, RUN)) {
      long lastOfFile = (mapping.operations().size() - 1) >> PageCache.PAGE_SHIFT;
      long first = from >> PageCache.PAGE_SHIFT;
      long last = (from + destination.byteSize() - 1) >> PageCache.PAGE_SHIFT;
      run.gather(first, Math.min(last, lastOfFile), mayWait);
      int copied = 0;
      for (int i = 0; i < run.size() && copied < destination.byteSize(); i++) {
        int bytes;
        try {
          bytes = copy(run.upToDate(i, mayWait), from + copied, destination, copied);
        } catch (ErrnoException e) {
          if (copied == 0) {
            throw e;
          }
          break;
        }
        if (bytes == 0) {
          break;
        }
        copied += bytes;
      }
      return copied;
    }
  }

  private int copy(Folio folio, long from, MemorySegment destination, long offset) {
    AddressSpaceOperations operations = folio.operations();
    if (operations == null) {
      return 0;
    }
    long size = operations.size();
    if (from >= size) {
      return 0;
    }
    int inFolio = (int) (from - folio.position());
    long room = Math.min(destination.byteSize() - offset, folio.size() - inFolio);
    int bytes = (int) Math.min(room, size - from);
    long source = core.table.offsetOf(folio.frame) + inFolio;
    MemorySegment.copy(core.table.memory(), source, destination, offset, bytes);
    VarHandle.acquireFence();
    return (int) Math.max(0, Math.min(bytes, operations.size() - from));
  }

  // ---- writing ---------------------------------------------------------------------------------

  @Override
  public int write(FolioAddressSpace mapping, long position, MemorySegment source, int flags)
      throws ErrnoException {
    int wanted = CachedAccess.checkedLength(position, source);
    boolean mayWait = (flags & AddressSpace.NO_WAIT) == 0;
    if (!mayWait && wanted > 0) {
      throw mapping.supply.wouldWait("the device to write", position >> PageCache.PAGE_SHIFT);
    }
    int written = 0;
    try {
      while (written < wanted) {
        int stored = storeRun(mapping, position + written, source, written, wanted);
        if (stored == 0) {
          break;
        }
        written += stored;
      }
    } catch (ErrnoException e) {
      if (written == 0) {
        throw e;
      }
    }
    core.spendCopy(written);
    return written;
  }

  /** Stores up to a run of pages and writes them to the device; an error of either is thrown. */
  private int storeRun(
      FolioAddressSpace mapping, long position, MemorySegment source, int offset, int wanted)
      throws ErrnoException {
    int stored = 0;
    ErrnoException failed = null;
    for (int page = 0; page < RUN && offset + stored < wanted && failed == null; page++) {
      long to = position + stored;
      int inPage = (int) to & (PageCache.PAGE_SIZE - 1);
      int bytes = Math.min(wanted - offset - stored, PageCache.PAGE_SIZE - inPage);
      try {
        stored += BufferedStore.store(mapping, to, source, offset + stored, bytes, true);
      } catch (ErrnoException e) {
        failed = e;
      }
    }
    if (stored > 0) {
      mapping.writeAndWait(position, position + stored - 1);
    }
    if (failed != null && stored == 0) {
      throw failed;
    }
    return stored;
  }

  @Override
  public boolean keepsUnused() {
    return false;
  }

  @Override
  public void request(FolioAddressSpace mapping, ReadaheadState readahead, long first, long pages) {
    // What nobody uses yet would be gone before anybody did.
  }

  // ---- dropping --------------------------------------------------------------------------------

  @Override
  public void idle(Folio folio) {
    FolioAddressSpace mapping = folio.mapping;
    if (mapping == null) {
      return;
    }
    if (core.machine.inInterrupt()) {
      leave(mapping, folio.index());
    } else {
      drop(folio);
    }
  }

  /**
   * Drops an idle folio unless somebody uses it again; whoever that is calls here in turn. A folio
   * that is locked, dirty or under writeback is dropped when that ends.
   */
  private void drop(Folio folio) {
    boolean refused = false;
    while (!refused && folio.tryGet()) {
      FolioAddressSpace mapping = folio.mapping;
      if (mapping == null || mapping.residency.dropIfClean(folio) > 0) {
        folio.putQuietly();
        return;
      }
      refused = !folio.has(FolioFlags.LOCKED | FolioFlags.DIRTY | FolioFlags.WRITEBACK);
      boolean idleAgain = folio.putQuietly() == 1;
      if (!idleAgain || folio.has(FolioFlags.LOCKED | FolioFlags.DIRTY | FolioFlags.WRITEBACK)) {
        return;
      }
    }
  }

  @Override
  public void settled(FolioAddressSpace mapping, long index) {
    leave(mapping, index);
  }

  private void leave(FolioAddressSpace mapping, long index) {
    queue.add(new Leftover(mapping, index));
    leftovers.wakeAll();
  }

  private void dropLeftovers() {
    while (true) {
      leftovers.await("folios left behind", () -> closed || !queue.isEmpty());
      if (closed) {
        return;
      }
      Leftover leftover = queue.poll();
      while (leftover != null) {
        Folio folio = leftover.mapping.lookup(leftover.index);
        if (folio != null) {
          folio.put();
        }
        leftover = queue.poll();
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    leftovers.wakeAll();
  }

  private record Leftover(FolioAddressSpace mapping, long index) {}

  // ---- a run of held folios --------------------------------------------------------------------

  /** Consecutive folios with a reference each, those that were missing being read. */
  private static final class HeldRun implements AutoCloseable, ReadaheadControl {
    private final FolioAddressSpace mapping;
    private final Folio[] folios;
    private int size;

    /** The part to be read: not yet taken by the file system. */
    private int next;

    private int end;

    HeldRun(FolioAddressSpace mapping, int pages) {
      this.mapping = mapping;
      this.folios = new Folio[pages];
    }

    int size() {
      return size;
    }

    /**
     * Holds as many pages of a range as there is memory for, at least one. Waits only while it
     * holds nothing; new folios, which are locked, are handed on before anything is waited for.
     */
    void gather(long first, long last, boolean mayWait) throws ErrnoException {
      for (long index = first; index <= last && size < folios.length; index++) {
        Folio folio = mapping.lookup(index);
        if (folio != null) {
          submit();
          folios[size++] = folio;
          next = size;
          end = size;
          continue;
        }
        Effort more = size > 0 ? Effort.LIGHT : Effort.FULL;
        try {
          folio =
              mapping.supply.newFolio(
                  index, mayWait ? more : Effort.NONE, FolioSupply.Purpose.READ);
        } catch (ErrnoException e) {
          submit();
          if (size > 0) {
            return;
          }
          throw e;
        }
        if (folio == null) {
          index--;
          continue;
        }
        mapping.core.counters.misses.increment();
        folios[size++] = folio;
        end = size;
      }
      submit();
    }

    private void submit() {
      if (next == end) {
        return;
      }
      mapping.operations().readahead(this);
      while (next < end) {
        folios[next++].unlock();
      }
    }

    /** The folio, once it is up to date. */
    Folio upToDate(int i, boolean mayWait) throws ErrnoException {
      Folio folio = folios[i];
      while (!folio.isUpToDate()) {
        if (folio.tryLock()) {
          if (!mapping.owns(folio)) {
            folio.unlock();
            return folio;
          }
          if (!mayWait && !folio.isUpToDate()) {
            folio.unlock();
            throw mapping.supply.wouldWait("the device to read", folio.index());
          }
          if (!mapping.supply.fill(folio)) {
            throw mapping.supply.readFailed(folio.index());
          }
        } else if (mayWait) {
          folio.table.waiters().waitUntilUnlocked(folio);
        } else {
          throw mapping.supply.wouldWait("I/O on", folio.index());
        }
      }
      return folio;
    }

    @Override
    public void close() {
      for (int i = 0; i < size; i++) {
        folios[i].put();
      }
    }

    @Override
    public AddressSpace mapping() {
      return mapping;
    }

    @Override
    public long index() {
      return next < end ? folios[next].index() : folios[end - 1].index() + 1;
    }

    @Override
    public int pagesLeft() {
      return end - next;
    }

    @Override
    public Folio next() {
      return next < end ? folios[next++] : null;
    }
  }
}
