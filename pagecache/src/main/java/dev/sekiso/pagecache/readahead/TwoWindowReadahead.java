package dev.sekiso.pagecache.readahead;

import dev.sekiso.pagecache.ReadaheadState;

/**
 * Readahead with two windows, as in Linux 2.6.11 ({@code mm/readahead.c}).
 *
 * <p>The reader walks through the <em>current</em> window, [start, start + size), while the
 * <em>ahead</em> window behind it is being read. When a read enters the ahead window, that becomes
 * the current one, and a new ahead window is begun. A read that does not follow the last one turns
 * readahead off: both windows are dropped, and just what it wants is read; the next one in order
 * turns it on again.
 *
 * <p>The policy is asked once per read, and again where its last answer ends, never about single
 * pages. Two things slow it down. When 256 pages of windows in a row were cached already, the file
 * is taken to be in memory, and nothing is read ahead until a page is missed. A page that was read
 * ahead and is gone when the reader gets there makes the next window smaller.
 *
 * <p>States of {@link ReadaheadState#size}: 0 nothing has been read yet, {@link #OFF}, or a window.
 */
public final class TwoWindowReadahead implements ReadaheadPolicy {

  /** Requests for a range are issued in pieces of 2 MiB, whatever the window may be. */
  private static final long FORCED_CHUNK_PAGES = 512;

  /** No window gets smaller than 16 KiB by misses ({@code VM_MIN_READAHEAD}). */
  private static final int MINIMUM_PAGES = 4;

  /** Pages found cached in a row that turn readahead off ({@code VM_MAX_CACHE_HIT}). */
  private static final int MANY_CACHED = 256;

  /** How many more faults may miss than hit before reading around stops. */
  private static final int MANY_MISSES = 100;

  /** The size of the current window after a read out of order. */
  static final int OFF = -1;

  /** A page that should have been there was missed ({@code RA_FLAG_MISS}). */
  static final int MISS = 1;

  /** The file is in memory ({@code RA_FLAG_INCACHE}). */
  static final int IN_CACHE = 2;

  /** Whether reading a window may wait for a device that has enough to do. */
  private enum Congestion {
    WAIT,
    SKIP
  }

  @Override
  public boolean watchesReads() {
    return true;
  }

  @Override
  public long reading(ReadaheadWindow window, ReadaheadState state, long index, long requested) {
    if (index == state.previousPage && requested == 1 && state.size != 0) {
      // Another piece of the same page.
      return index + 1;
    }
    // POSIX_FADV_RANDOM was a maximum of 0 then.
    int maximum = state.random ? 0 : state.maximumPages;
    int wanted = (int) Math.min(requested, maximum);
    if (wanted == 0 || (state.flags & IN_CACHE) != 0) {
      state.previousPage = index;
      return index + 1;
    }
    boolean sequential = index == state.previousPage + 1;
    long last = index + wanted - 1;
    if (state.size == 0 ? index == 0 : state.size == OFF && sequential) {
      begin(window, state, index, wanted, requested >= maximum);
    } else if (!sequential || state.size == 0) {
      turnOff(state);
      read(window, state, index, wanted, Congestion.WAIT);
    } else {
      advance(window, state, last);
    }
    state.previousPage = last;
    return last + 1;
  }

  /** The first read in order, or the first of all at the start of the file. */
  private static void begin(
      ReadaheadWindow window, ReadaheadState state, long index, int wanted, boolean isLarge) {
    state.size = initialSize(wanted, state.maximumPages);
    state.start = index;
    if (read(window, state, index, state.size, Congestion.WAIT) && isLarge) {
      // What comes next is wanted for certain: two windows on their way at once, without a stall.
      state.aheadSize = nextSize(state);
      state.aheadStart = state.start + state.size;
      read(window, state, state.aheadStart, state.aheadSize, Congestion.WAIT);
    }
  }

  private static void advance(ReadaheadWindow window, ReadaheadState state, long last) {
    if (state.aheadStart == 0 && !makeAheadWindow(window, state, last)) {
      return;
    }
    if (last >= state.aheadStart) {
      state.start = state.aheadStart;
      state.size = state.aheadSize;
      makeAheadWindow(window, state, last);
    }
  }

  /** Reads the window behind the current one; false when that came to nothing. */
  private static boolean makeAheadWindow(ReadaheadWindow window, ReadaheadState state, long last) {
    state.aheadSize = nextSize(state);
    state.aheadStart = state.start + state.size;
    Congestion congestion = last >= state.aheadStart ? Congestion.WAIT : Congestion.SKIP;
    if (read(window, state, state.aheadStart, state.aheadSize, congestion)) {
      return true;
    }
    state.aheadStart = 0;
    state.aheadSize = 0;
    return false;
  }

  /** Reads a range; false when it was skipped, or has shown that the file is in memory. */
  private static boolean read(
      ReadaheadWindow window, ReadaheadState state, long first, long pages, Congestion congestion) {
    if (congestion == Congestion.SKIP && window.congested()) {
      return false;
    }
    window.chose(first, (int) pages, 0, 0);
    if (window.load(first, pages, 0) > 0) {
      state.cacheHits = 0;
      return true;
    }
    state.cacheHits += (int) pages;
    if (state.cacheHits < MANY_CACHED) {
      return true;
    }
    turnOff(state);
    state.flags |= IN_CACHE;
    return false;
  }

  private static void turnOff(ReadaheadState state) {
    state.start = 0;
    state.flags = 0;
    state.size = OFF;
    state.aheadStart = 0;
    state.aheadSize = 0;
  }

  /** A page is not there although the policy was asked: evicted again, or never read ahead. */
  @Override
  public void missed(ReadaheadWindow window, ReadaheadState state, long index, long requested) {
    state.flags = (state.flags | MISS) & ~IN_CACHE;
  }

  /** There are no marks. */
  @Override
  public void marked(
      ReadaheadWindow window, ReadaheadState state, long index, int pages, long requested) {}

  @Override
  public void requested(ReadaheadWindow window, ReadaheadState state, long index, long pages) {
    for (long done = 0; done < pages; done += FORCED_CHUNK_PAGES) {
      window.load(index + done, Math.min(pages - done, FORCED_CHUNK_PAGES), 0);
    }
  }

  /** Reads around the page unless faults miss much more often than they hit. */
  @Override
  public void faulted(ReadaheadWindow window, ReadaheadState state, long index) {
    state.mmapMisses++;
    if (state.mmapMisses > MANY_MISSES || window.congested()) {
      return;
    }
    long pages = state.maximumPages;
    window.load(index > pages / 2 ? index - pages / 2 : 0, pages, 0);
  }

  @Override
  public void faultsServed(ReadaheadState state, int pages) {
    state.mmapMisses -= pages;
  }

  /**
   * The square of a small request, a quarter of the maximum for a middling one, else all there may
   * be ({@code get_init_ra_size}).
   */
  static int initialSize(long requested, int maximum) {
    long rounded = Long.highestOneBit(requested);
    if (rounded < requested) {
      rounded <<= 1;
    }
    if (rounded <= maximum / 64) {
      return (int) (rounded * rounded);
    }
    return rounded <= maximum / 4 ? maximum / 4 : maximum;
  }

  /**
   * Two pages less than the current window after a miss; else 4 × a small one, 2 × a larger one
   * ({@code get_next_ra_size}).
   */
  static int nextSize(ReadaheadState state) {
    int size = state.size;
    int maximum = state.maximumPages;
    long next;
    if ((state.flags & MISS) != 0) {
      state.flags &= ~MISS;
      next = size < 2 ? maximum : Math.max(size - 2, MINIMUM_PAGES);
    } else {
      next = size < maximum / 16 ? 4L * size : 2L * size;
    }
    return (int) Math.min(next, maximum);
  }
}
