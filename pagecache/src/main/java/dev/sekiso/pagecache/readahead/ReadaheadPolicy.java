package dev.sekiso.pagecache.readahead;

import dev.sekiso.pagecache.ReadaheadState;

/**
 * Decides how much is read, and when, beyond what is asked for.
 *
 * <p>One object serves all files; what it remembers of a file is in the {@link ReadaheadState}. It
 * can be slow but never wrong: a page it does not bring in is read by whoever needs it. Calls come
 * from any number of tasks at once, may wait for memory, and hold no lock.
 */
public interface ReadaheadPolicy {

  /**
   * A read needs a page that is not cached ({@code page_cache_sync_ra}).
   *
   * @param requested pages the read still wants, from this index on; at least 1
   */
  void missed(ReadaheadWindow window, ReadaheadState state, long index, long requested);

  /**
   * A read has met the folio with the readahead mark, which is cleared now ({@code
   * page_cache_async_ra}).
   *
   * @param pages pages of that folio, from index on
   * @param requested pages the read still wants, from this index on
   */
  void marked(ReadaheadWindow window, ReadaheadState state, long index, int pages, long requested);

  /** Somebody wants a range brought in: {@code readahead(2)}, {@code POSIX_FADV_WILLNEED}. */
  void requested(ReadaheadWindow window, ReadaheadState state, long index, long pages);

  /**
   * A read is about to look at a page, cached or not. Only for policies that say so by {@link
   * #seesEveryPage}.
   */
  default void used(ReadaheadWindow window, ReadaheadState state, long index, long requested) {}

  /** Whether {@link #used} is to be called; a policy that does not care keeps hits cheap. */
  default boolean seesEveryPage() {
    return false;
  }
}
