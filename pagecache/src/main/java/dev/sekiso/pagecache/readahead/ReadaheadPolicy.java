package dev.sekiso.pagecache.readahead;

import dev.sekiso.pagecache.ReadaheadState;

/**
 * Decides how much is read, and when, beyond what is asked for.
 *
 * <p>One object serves all files; what it remembers of a file is in the {@link ReadaheadState}. It
 * can be slow but never wrong: a page it does not bring in is read by whoever needs it. Calls come
 * from any number of tasks at once, may wait for memory, and hold no lock.
 *
 * <p>A reader that finds a page goes on without asking, unless the page carries the mark; so a
 * policy that needs to see more says so by {@link #watchesReads}. Faults of a mapping that is read
 * in order come as {@link #missed} and {@link #marked}, too; those of one that is read at random do
 * not come at all; the others come as {@link #faulted}.
 */
public interface ReadaheadPolicy {

  /**
   * A read needs a page that is not cached ({@code page_cache_sync_ra}).
   *
   * @param requested pages the read still wants, from this index on; at least 1
   */
  void missed(ReadaheadWindow window, ReadaheadState state, long index, long requested);

  /**
   * A read or a fault has met a folio with the readahead mark, which is cleared now ({@code
   * page_cache_async_ra}).
   *
   * @param index the first page of the folio; for a fault, the page itself
   * @param pages pages of that folio
   * @param requested pages the read still wants, from this index on
   */
  void marked(ReadaheadWindow window, ReadaheadState state, long index, int pages, long requested);

  /** Somebody wants a range brought in: {@code readahead(2)}, {@code POSIX_FADV_WILLNEED}. */
  void requested(ReadaheadWindow window, ReadaheadState state, long index, long pages);

  /**
   * A fault of a mapping without advice needs a page that is not cached ({@code
   * do_sync_mmap_readahead}). What is not brought in the fault reads alone.
   */
  default void faulted(ReadaheadWindow window, ReadaheadState state, long index) {
    if (state.maximumPages > 0) {
      missed(window, state, index, 1);
    }
  }

  /**
   * Faults have found their pages cached, or have been avoided because pages were mapped along with
   * a neighbour. Must be quick; called by any number of tasks.
   */
  default void faultsServed(ReadaheadState state, int pages) {}

  /** Whether {@link #reading} is to be called; a policy that does not care keeps hits cheap. */
  default boolean watchesReads() {
    return false;
  }

  /**
   * A read is about to look at its first page, cached or not, or at the page the last call named
   * ({@code page_cache_readahead} before Linux 2.6.23). Only if {@link #watchesReads}.
   *
   * @param requested pages the read still wants, from this index on; at least 1
   * @return the page before which to ask again, if the read gets there; greater than the index
   */
  default long reading(ReadaheadWindow window, ReadaheadState state, long index, long requested) {
    return Long.MAX_VALUE;
  }
}
