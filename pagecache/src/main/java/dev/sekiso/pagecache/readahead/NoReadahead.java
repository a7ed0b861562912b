package dev.sekiso.pagecache.readahead;

import dev.sekiso.pagecache.ReadaheadState;

/** Reads what a call asks for and nothing ahead of it. Explicit requests are still served. */
public final class NoReadahead implements ReadaheadPolicy {

  @Override
  public void missed(ReadaheadWindow window, ReadaheadState state, long index, long requested) {
    window.load(index, Math.min(requested, FixedReadahead.MAXIMUM_PAGES), 0);
  }

  @Override
  public void marked(
      ReadaheadWindow window, ReadaheadState state, long index, int pages, long requested) {}

  @Override
  public void requested(ReadaheadWindow window, ReadaheadState state, long index, long pages) {
    window.load(index, pages, 0);
  }
}
