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

  /** Whether a page stays in memory when nobody uses it. */
  default boolean keepsUnused() {
    return true;
  }

  /** Somebody wants pages brought in that nobody reads yet. */
  void request(FolioAddressSpace mapping, ReadaheadState readahead, long first, long pages);

  /**
   * A fault is about to look for its page. Only mappings that are read in order matter here, to a
   * policy that watches reads.
   */
  default void faulting(
      FolioAddressSpace mapping, ReadaheadState readahead, long index, FaultPattern pattern) {}

  /** A fault has found no page; afterwards there may be one ({@code do_sync_mmap_readahead}). */
  default void faultMissed(
      FolioAddressSpace mapping, ReadaheadState readahead, long index, FaultPattern pattern) {}

  /**
   * A fault has found its folio, on which the caller holds a reference; it may be locked and not up
   * to date ({@code do_async_mmap_readahead}). Once a fault, not again after waiting.
   */
  default void faultFound(
      FolioAddressSpace mapping,
      ReadaheadState readahead,
      Folio folio,
      long index,
      FaultPattern pattern) {}

  /** Pages have been mapped along with one that faulted ({@code filemap_map_pages}). */
  default void faultsAvoided(ReadaheadState readahead, int pages) {}

  /** Largest order of folios this path can work with. */
  default int maximumOrder() {
    return 0;
  }

  /** A folio's count has fallen to one, which may be the cache's. Any context. */
  default void idle(Folio folio) {}

  /** Reading or writing a folio has ended; nobody may hold it. Interrupt context. */
  default void settled(FolioAddressSpace mapping, long index) {}

  default void close() {}
}
