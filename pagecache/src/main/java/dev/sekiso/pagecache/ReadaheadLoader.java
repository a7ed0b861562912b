package dev.sekiso.pagecache;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Tracepoint;
import dev.sekiso.machine.Tracer;
import dev.sekiso.pagecache.Reclaimer.Effort;
import dev.sekiso.pagecache.readahead.ReadaheadWindow;

/**
 * The mechanism of readahead: for a range a policy has chosen, gets frames, inserts them locked,
 * and hands each run of new folios to the file system ({@code page_cache_ra_unbounded}, {@code
 * read_pages}). One object serves one decision at a time.
 *
 * <p>Truncation: the size is looked at again when a run has been inserted. A truncation sets the
 * size first and then goes through the index under its lock; so either it finds the new folios, or
 * we see the new size here and take them out ourselves, before the file system is asked where they
 * are on the device. The same goes for pages that are barred ({@link PageBarrier}).
 */
final class ReadaheadLoader implements ReadaheadWindow, ReadaheadControl {

  /** Windows of the default {@code read_ahead_kb}, 128 KiB, are never cut. */
  private static final int LEAST_WINDOW_PAGES = 32;

  /** A window is at most this part of the cache's frames. */
  private static final int WINDOW_SHARE = 8;

  private final CacheCore core;
  private FolioAddressSpace mapping;
  private ReadaheadState state;
  private Effort effort;

  /** The next one nobody uses; under the monitor of {@link Spares}. */
  private ReadaheadLoader nextSpare;

  /** What the reader has asked for: the rest is ahead of time. */
  private long askedFirst;

  private long askedPages;

  /** The run of new folios, and how far the file system has taken it. */
  private long next;

  private int left;

  private ReadaheadLoader(CacheCore core) {
    this.core = core;
  }

  /** Loaders not in use, so that a busy cache allocates nothing. */
  static final class Spares {
    private ReadaheadLoader first;

    /** A loader for one decision about a file. */
    ReadaheadLoader take(FolioAddressSpace mapping, ReadaheadState state, Effort effort) {
      ReadaheadLoader loader;
      synchronized (this) {
        loader = first;
        if (loader != null) {
          first = loader.nextSpare;
          loader.nextSpare = null;
        }
      }
      if (loader == null) {
        loader = new ReadaheadLoader(mapping.core);
      }
      loader.mapping = mapping;
      loader.state = state;
      loader.effort = effort;
      return loader;
    }

    /** Takes back a loader whose decision has been carried out. */
    void giveBack(ReadaheadLoader loader) {
      loader.mapping = null;
      loader.state = null;
      loader.askedPages = 0;
      synchronized (this) {
        loader.nextSpare = first;
        first = loader;
      }
    }
  }

  void asked(long first, long pages) {
    askedFirst = first;
    askedPages = pages;
  }

  // ---- what a policy sees ----------------------------------------------------------------------

  @Override
  public int maximumOrder() {
    return mapping.maximumOrder();
  }

  @Override
  public boolean congested() {
    return mapping.operations().isReadCongested();
  }

  @Override
  public boolean throttled() {
    return mapping.operations().isThrottled();
  }

  @Override
  public long nextMiss(long from, long limit) {
    return mapping.pages.nextMiss(from, limit);
  }

  @Override
  public long previousMiss(long from, long limit) {
    return mapping.pages.previousMiss(from, limit);
  }

  @Override
  public void chose(long start, int size, int asyncSize, int order) {
    Tracer tracer = core.machine.tracer();
    if (tracer.enabled(Tracepoints.READAHEAD_ORDER)) {
      tracer.emit(
          Tracepoints.READAHEAD_ORDER, host(), start, order, size, asyncSize, state.maximumPages);
    }
  }

  @Override
  public long load(long first, long pages, long lookahead) {
    long size = mapping.operations().size();
    if (size <= 0) {
      return 0;
    }
    long lastOfFile = (size - 1) >> PageCache.PAGE_SHIFT;
    if (first > lastOfFile) {
      return 0;
    }
    long count = Math.min(fitting(pages), lastOfFile - first + 1);
    Tracer tracer = core.machine.tracer();
    if (tracer.enabled(Tracepoints.READAHEAD_UNBOUNDED)) {
      tracer.emit(Tracepoints.READAHEAD_UNBOUNDED, host(), first, count, lookahead);
    }
    long mark = lookahead <= count ? first + count - lookahead : -1;
    long end = first + count;
    next = first;
    left = 0;
    long started = 0;
    for (long index = first; index < end; index++) {
      if (XArray.isFolio(mapping.pages.load(index))) {
        submit();
        next = index + 1;
        continue;
      }
      Folio folio = allocate(0);
      if (folio == null) {
        break;
      }
      if (!insert(folio, index, mark)) {
        submit();
        next = index + 1;
        continue;
      }
      started++;
    }
    submit();
    return started;
  }

  @Override
  public long load(long first, long pages, long lookahead, int order) {
    if (maximumOrder() == 0) {
      return load(first, pages, lookahead);
    }
    long size = mapping.operations().size();
    if (size <= 0) {
      return 0;
    }
    long limit = Math.min((size - 1) >> PageCache.PAGE_SHIFT, first + fitting(pages) - 1);
    long mark = first + pages - lookahead;
    next = first;
    left = 0;
    long index = first;
    while (index <= limit) {
      int fitting = fittingOrder(index, limit, order);
      Folio folio = allocate(fitting);
      if (folio == null || !insert(folio, index, mark & -(1L << fitting))) {
        break;
      }
      index += 1L << fitting;
    }
    submit();
    if (index > limit) {
      return index - first;
    }
    // Something is cached there already, or memory is in pieces: fill the gaps with single pages.
    return index - first + load(index, fitting(pages) - (index - first), lookahead);
  }

  /**
   * As many of the pages as a small cache can have locked at one time. The file system needs memory
   * itself to find out where they are on the device, and there is none to be had from pages that
   * wait for it (a guard the kernel had until 3.14, {@code max_sane_readahead}).
   */
  private long fitting(long pages) {
    return Math.min(pages, Math.max(LEAST_WINDOW_PAGES, core.table.frames() / WINDOW_SHARE));
  }

  /** The largest order that is aligned at an index and ends within the limit. */
  private static int fittingOrder(long index, long limit, int order) {
    int fitting = Math.min(order, Long.numberOfTrailingZeros(index));
    while (fitting > 0 && index + (1L << fitting) - 1 > limit) {
      fitting--;
    }
    return fitting;
  }

  /** A run of frames that must be found is worth no reclaim: single pages do as well. */
  private Folio allocate(int order) {
    try {
      return core.reclaimer.allocate(order, order == 0 ? effort : Effort.NONE);
    } catch (ErrnoException e) {
      // Too little memory: what has been got is read, the rest is left to whoever needs it.
      return null;
    }
  }

  /** Adds a new folio to the run; false, and it is gone, when its place is taken. */
  private boolean insert(Folio folio, long index, long mark) {
    int count = folio.pages();
    boolean isAhead = index + count <= askedFirst || index >= askedFirst + askedPages;
    int flags = (index == mark ? FolioFlags.READAHEAD : 0) | (isAhead ? FolioFlags.PREFETCHED : 0);
    if (flags != 0) {
      core.table.setFlags(folio.frame, flags);
    }
    if (!mapping.residency.insert(folio, index, FolioSupply.Purpose.READ)) {
      folio.put();
      return false;
    }
    if (isAhead) {
      core.counters.readaheadPages.add(count);
    }
    left += count;
    return true;
  }

  /** Has the run of new folios read; those the file system does not take are dropped again. */
  private void submit() {
    if (left == 0) {
      return;
    }
    dropUnwanted();
    if (left > 0) {
      mapping.operations().readahead(this);
      while (left > 0) {
        Folio folio = locked(next);
        next += folio.pages();
        left -= folio.pages();
        dropUntaken(folio);
      }
    }
  }

  /** Drops, of the run, what is behind the end of the file or from the first barred page on. */
  private void dropUnwanted() {
    long lastOfFile = (mapping.operations().size() - 1) >> PageCache.PAGE_SHIFT;
    long lastOfRun = next + left - 1;
    long last = Math.min(lastOfFile, mapping.barrier.firstBarred(next, lastOfRun) - 1);
    while (left > 0 && next + left - 1 > last) {
      Folio folio = locked(next + left - 1);
      left -= folio.pages();
      mapping.residency.delete(folio);
      unlockAndLetGo(folio);
    }
  }

  private void dropUntaken(Folio folio) {
    state.size = Math.max(0, state.size - folio.pages());
    state.asyncSize = Math.max(0, state.asyncSize - folio.pages());
    mapping.residency.delete(folio);
    unlockAndLetGo(folio);
  }

  /**
   * {@link Residency#delete} gives back the cache's reference, and this loader holds none: the
   * reference taken here keeps the folio until it is unlocked.
   */
  private static void unlockAndLetGo(Folio folio) {
    folio.unlock();
    folio.put();
  }

  // ---- what the file system sees ---------------------------------------------------------------

  @Override
  public AddressSpace mapping() {
    return mapping;
  }

  @Override
  public long index() {
    return next;
  }

  @Override
  public int pagesLeft() {
    return left;
  }

  @Override
  public Folio next() {
    if (left == 0) {
      return null;
    }
    Folio folio = core.table.folio(XArray.frameOf(mapping.pages.load(next)));
    next += folio.pages();
    left -= folio.pages();
    return folio;
  }

  /** A folio of the run, locked by us, with a reference for us. */
  private Folio locked(long index) {
    Folio folio = core.table.folio(XArray.frameOf(mapping.pages.load(index)));
    folio.get();
    return folio;
  }

  // ---- tracing ---------------------------------------------------------------------------------

  void traceSync(long index, long requested) {
    trace(Tracepoints.SYNC_READAHEAD, index, requested);
  }

  void traceAsync(long index, long requested) {
    trace(Tracepoints.ASYNC_READAHEAD, index, requested);
  }

  private void trace(Tracepoint point, long index, long requested) {
    Tracer tracer = core.machine.tracer();
    if (tracer.enabled(point)) {
      tracer.emit(
          point,
          host(),
          index,
          requested,
          state.order,
          state.size,
          state.asyncSize,
          state.maximumPages,
          state.mmapMisses,
          state.previousPosition);
    }
  }

  private String host() {
    return String.valueOf(mapping.host());
  }
}
