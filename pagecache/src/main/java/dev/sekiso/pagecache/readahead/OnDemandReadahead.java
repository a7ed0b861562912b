package dev.sekiso.pagecache.readahead;

import dev.sekiso.pagecache.ReadaheadState;

/**
 * On-demand readahead as in Linux 6.18 ({@code mm/readahead.c}).
 *
 * <p>A window [start, start + size) is read ahead of the reader; the folio asyncSize pages before
 * its end carries a mark, and a reader that meets it has the next window read while it still works
 * through this one. A miss starts a window if it looks like the start of a sequential read or the
 * continuation of one; else only what was asked for is read and the state is left alone, so that
 * random reads in between do not disturb a stream.
 */
public final class OnDemandReadahead implements ReadaheadPolicy {

  /** Requests for a range are issued in pieces of 2 MiB. */
  private static final long FORCED_CHUNK_PAGES = 512;

  /** Faults that may miss in a row before reading around stops ({@code MMAP_LOTSAMISS}). */
  private static final int MANY_MISSES = 100;

  /** By how much the wished-for folio order grows per window that was really used. */
  private static final int ORDER_STEP = 2;

  @Override
  public void missed(ReadaheadWindow window, ReadaheadState state, long index, long requested) {
    if (state.maximumPages == 0 || window.throttled()) {
      // Without readahead what is needed is still read, one page at a time.
      requested(window, state, index, 1);
      return;
    }
    if (state.random) {
      requested(window, state, index, requested);
      return;
    }
    int maximum = maximum(state, requested);
    long previous = state.previousPosition >>> 12;
    if (index == 0 || requested > maximum || Long.compareUnsigned(index - previous, 1) <= 0) {
      state.start = index;
      state.size = initialSize(requested, maximum);
      state.asyncSize = state.size > requested ? (int) (state.size - requested) : state.size >> 1;
      submit(window, state, 0);
      return;
    }
    long miss = window.previousMiss(index - 1, maximum);
    long history = index - miss - 1;
    if (history <= requested) {
      window.load(index, requested, 0);
      return;
    }
    if (miss == -1) {
      history *= 2;
    }
    state.start = index;
    state.size = (int) Math.min(history + requested, maximum);
    state.asyncSize = 1;
    submit(window, state, 0);
  }

  @Override
  public void marked(
      ReadaheadWindow window, ReadaheadState state, long index, int pages, long requested) {
    if (state.maximumPages == 0 || window.throttled()) {
      return;
    }
    int maximum = maximum(state, requested);
    long expected = (state.start + state.size - state.asyncSize) & -(long) pages;
    if (index == expected) {
      state.start += state.size;
      state.size = Math.max(state.size, nextSize(state.size, maximum));
    } else {
      // A mark left by another stream: what is cached behind it tells how large its window was.
      long start = window.nextMiss(index + 1, maximum);
      if (start - index > maximum) {
        return;
      }
      state.start = start;
      state.size = nextSize((int) (start - index + requested), maximum);
    }
    state.order += ORDER_STEP;
    long unit = 1L << Math.min(state.order, Integer.numberOfTrailingZeros(maximum));
    long end = state.start + state.size;
    long aligned = end & -unit;
    if (aligned > state.start) {
      state.size -= (int) (end - aligned);
    }
    state.asyncSize = state.size;
    submit(window, state, state.order);
  }

  @Override
  public void requested(ReadaheadWindow window, ReadaheadState state, long index, long pages) {
    long left = Math.min(pages, Math.max(state.devicePreferredPages, state.maximumPages));
    long first = index;
    while (left > 0) {
      long chunk = Math.min(left, FORCED_CHUNK_PAGES);
      window.load(first, chunk, 0);
      first += chunk;
      left -= chunk;
    }
  }

  /**
   * Reads around the page, half before and half behind it, unless this file's faults have missed
   * far more often than they were served: then its accesses jump, and reading around only hurts.
   */
  @Override
  public void faulted(ReadaheadWindow window, ReadaheadState state, long index) {
    if (state.maximumPages == 0) {
      return;
    }
    if (state.mmapMisses < 10 * MANY_MISSES) {
      state.mmapMisses++;
    }
    if (state.mmapMisses > MANY_MISSES) {
      return;
    }
    state.start = Math.max(0, index - state.maximumPages / 2);
    state.size = state.maximumPages;
    state.asyncSize = state.maximumPages / 4;
    submit(window, state, 0);
  }

  @Override
  public void faultsServed(ReadaheadState state, int pages) {
    int misses = state.mmapMisses;
    if (misses > 0) {
      state.mmapMisses = Math.max(0, misses - pages);
    }
  }

  private static void submit(ReadaheadWindow window, ReadaheadState state, int order) {
    state.order = order;
    window.chose(state.start, state.size, state.asyncSize, state.order);
    // What was wished for is remembered only as far as it could be had.
    int fitting = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(state.size);
    state.order = Math.min(Math.min(order, fitting), window.maximumOrder());
    window.load(state.start, state.size, state.asyncSize, state.order);
  }

  /**
   * A request larger than the window may grow to what the device likes ({@code ractl_max_pages}).
   */
  private static int maximum(ReadaheadState state, long requested) {
    int maximum = state.maximumPages;
    if (requested > maximum && state.devicePreferredPages > maximum) {
      maximum = (int) Math.min(requested, state.devicePreferredPages);
    }
    return maximum;
  }

  /** 4 × a small request, 2 × a middling one, else all there may be ({@code get_init_ra_size}). */
  static int initialSize(long requested, int maximum) {
    long size = Math.min(requested, maximum);
    long rounded = Long.highestOneBit(size);
    if (rounded < size) {
      rounded <<= 1;
    }
    if (rounded <= maximum / 32) {
      rounded *= 4;
    } else if (rounded <= maximum / 4) {
      rounded *= 2;
    } else {
      rounded = maximum;
    }
    return (int) rounded;
  }

  /** 4 × a small window, 2 × a middling one, else all there may be ({@code get_next_ra_size}). */
  static int nextSize(int size, int maximum) {
    if (size < maximum / 16) {
      return 4 * size;
    }
    return size <= maximum / 2 ? 2 * size : maximum;
  }
}
