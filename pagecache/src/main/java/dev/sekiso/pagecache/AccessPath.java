package dev.sekiso.pagecache;

import dev.sekiso.machine.ErrnoException;
import java.lang.foreign.MemorySegment;

/**
 * How reads and writes go through the cache, and what becomes of a folio nobody uses: where the
 * implementations of the layer differ. One object per page cache.
 */
interface AccessPath {

  /** Makes the path for a core that is nearly complete. */
  @FunctionalInterface
  interface Factory {
    AccessPath create(CacheCore core);
  }

  int read(
      FolioAddressSpace mapping,
      ReadaheadState readahead,
      long position,
      MemorySegment destination,
      int flags)
      throws ErrnoException;

  int write(FolioAddressSpace mapping, long position, MemorySegment source, int flags)
      throws ErrnoException;

  /** Somebody wants pages brought in that nobody reads yet. */
  void request(FolioAddressSpace mapping, ReadaheadState readahead, long first, long pages);

  /** A folio's count has fallen to one, which may be the cache's. Any context. */
  default void idle(Folio folio) {}

  /** Reading or writing a folio has ended; nobody may hold it. Interrupt context. */
  default void settled(FolioAddressSpace mapping, long index) {}

  default void close() {}
}
