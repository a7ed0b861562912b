package dev.sekiso.pagecache;

import dev.sekiso.machine.WaitQueue;

/**
 * Keeps the pages of a range from coming in, and from becoming writable, while a file system takes
 * away the blocks they are read from and written to ({@code filemap_invalidate_lock}, and for
 * direct reads {@code inode_dio_wait}). Truncation needs none: behind the end of a file nobody
 * brings in anything.
 *
 * <p>Whoever finds a page in the cache knows nothing of this. Whoever brings one in inserts it,
 * locked, and looks for the barrier before he asks where it is on the device; whoever is about to
 * make one writable looks with its lock held. The barrier is raised first, and then its owner goes
 * through the index and locks each folio. So either he finds the folio, or its maker sees the
 * barrier, lets go of the folio and waits.
 *
 * <p>{@link #range} and {@link #directReads} change under the address space's short lock; looking
 * at the range takes no lock. Nobody waits here with a folio locked.
 */
final class PageBarrier {

  private final FolioAddressSpace space;

  /** What is barred; null, as nearly always, when nothing is. */
  private volatile Range range;

  /** Direct reads of the device that are under way, anywhere in the file. */
  private int directReads;

  /** Pages, both inclusive. */
  private record Range(long first, long last) {}

  PageBarrier(FolioAddressSpace space) {
    this.space = space;
  }

  private WaitQueue changes() {
    return space.core.barriers;
  }

  /** Raises the barrier; on return no direct read that began before is under way. */
  AddressSpace.Barred raise(long first, long last) {
    Range own = new Range(first, last);
    synchronized (space.pages) {
      if (range != null) {
        throw new IllegalStateException(
            space + " has a barrier already; whoever raises one holds the file's lock");
      }
      range = own;
    }
    changes().await(space, () -> !readsDirectly());
    return this::lower;
  }

  private boolean readsDirectly() {
    synchronized (space.pages) {
      return directReads > 0;
    }
  }

  private void lower() {
    synchronized (space.pages) {
      range = null;
    }
    changes().wakeAll();
  }

  /** Whether pages from one to another, inclusive, are barred in part. */
  boolean bars(long first, long last) {
    Range barred = range;
    return barred != null && first <= barred.last && last >= barred.first;
  }

  boolean bars(Folio folio) {
    return range != null && bars(folio.index, folio.index + folio.pages() - 1);
  }

  /** The first page that is barred from one to another, inclusive; behind the last when none is. */
  long firstBarred(long first, long last) {
    Range barred = range;
    return barred != null && first <= barred.last && last >= barred.first
        ? Math.max(first, barred.first)
        : last + 1;
  }

  /** Waits until none of the pages is barred. */
  void await(long first, long last) {
    changes().await(space, () -> !bars(first, last));
  }

  /** Begins a direct read, unless the pages are barred in part. */
  boolean tryBeginDirectRead(long first, long last) {
    synchronized (space.pages) {
      if (bars(first, last)) {
        return false;
      }
      directReads++;
      return true;
    }
  }

  void endDirectRead() {
    synchronized (space.pages) {
      directReads--;
      if (directReads > 0 || range == null) {
        return;
      }
    }
    changes().wakeAll();
  }
}
