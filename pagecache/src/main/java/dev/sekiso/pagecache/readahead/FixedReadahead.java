package dev.sekiso.pagecache.readahead;

import dev.sekiso.pagecache.ReadaheadState;

/**
 * Always the same window: a miss reads it, its middle starts the next one, however the file is
 * read. What adapting buys can be measured against it.
 */
public final class FixedReadahead implements ReadaheadPolicy {

  /** Largest window, 8 MiB: more would flush a small cache at one miss. */
  public static final int MAXIMUM_PAGES = 2048;

  private final int pages;

  /**
   * @param pages the window, 1 to {@link #MAXIMUM_PAGES}
   */
  public FixedReadahead(int pages) {
    if (pages < 1 || pages > MAXIMUM_PAGES) {
      throw new IllegalArgumentException(
          "a readahead window of " + pages + " pages is not within 1 to " + MAXIMUM_PAGES);
    }
    this.pages = pages;
  }

  @Override
  public void missed(ReadaheadWindow window, ReadaheadState state, long index, long requested) {
    long size = Math.max(pages, Math.min(requested, MAXIMUM_PAGES));
    read(window, state, index, size);
  }

  @Override
  public void marked(
      ReadaheadWindow window, ReadaheadState state, long index, int folioPages, long requested) {
    read(window, state, window.nextMiss(index + folioPages, MAXIMUM_PAGES), pages);
  }

  @Override
  public void requested(ReadaheadWindow window, ReadaheadState state, long index, long wanted) {
    window.load(index, wanted, 0);
  }

  private static void read(ReadaheadWindow window, ReadaheadState state, long first, long size) {
    state.start = first;
    state.size = (int) size;
    state.asyncSize = (int) Math.max(1, size / 2);
    window.chose(state.start, state.size, state.asyncSize, 0);
    window.load(first, size, state.asyncSize);
  }
}
