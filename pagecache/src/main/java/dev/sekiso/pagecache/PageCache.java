package dev.sekiso.pagecache;

/**
 * Memory that holds pieces of files: the layer as its users see it.
 *
 * <p>{@code folio} is the real one; {@code pass-through} keeps nothing beyond the call that needed
 * it. All address spaces of one page cache compete for its frames.
 */
public interface PageCache extends AutoCloseable {

  /** log2 of {@link #PAGE_SIZE}. */
  int PAGE_SHIFT = 12;

  /** Bytes in a page, the unit of indexes, frames and counters. */
  int PAGE_SIZE = 1 << PAGE_SHIFT;

  /**
   * Makes an empty address space.
   *
   * @param host what it caches for (an inode), named in traces by its {@code toString()}
   * @param operations how its pages come from and go to the device
   * @param listener who accounts for its dirty pages; {@link DirtyListener#NONE} if nobody
   */
  AddressSpace newAddressSpace(
      Object host, AddressSpaceOperations operations, DirtyListener listener);

  /**
   * Makes the memory of a process, empty, into which files of this page cache can be mapped ({@code
   * mm_alloc}).
   */
  MemoryMap newMemoryMap(MemoryMapSettings settings);

  /** Counts since creation, over all address spaces. */
  PageCacheCounters counters();

  /** How memory stands now. */
  MemoryStatus memory();

  /** The control groups that its memory is charged to. */
  MemoryGroups memoryGroups();

  /**
   * Drops every page that is clean, unmapped and not in use ({@code /proc/sys/vm/drop_caches} 1).
   *
   * @return pages dropped
   */
  long dropClean();

  /** Frees the frames. All address spaces must be closed. */
  @Override
  void close();
}
