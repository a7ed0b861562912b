package dev.sekiso.filesystems.block;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;

/**
 * A file whose data lies in blocks of a device, as {@link BlockMappedOperations} sees it: the
 * kernel's {@code get_block_t} with the few facts that go with it.
 */
public interface BlockMappedFile {

  /** log2 of the block size in bytes; from 9 up to the page's 12. */
  int blockShift();

  /**
   * Largest order of folios that suit the file; 0, the default, for single pages. Asked once, when
   * it gets its pages.
   */
  default int maximumFolioOrder() {
    return 0;
  }

  /** The file's size in bytes. */
  long size();

  /**
   * Whether who needs memory to write to the file may write other pages to get it: so if it holds
   * no lock then that {@link #map} or {@link #allocate} of any file takes.
   */
  default boolean letsReclaimWrite() {
    return false;
  }

  /**
   * Where blocks lie. Never allocates; may wait for metadata.
   *
   * @param block first block of the file
   * @param maximum how many blocks are of interest, at least 1
   * @return a run of at most {@code maximum} blocks that starts at {@code block}
   * @throws ErrnoException EIO or EUCLEAN when the file's block tree cannot be followed
   */
  Extent map(long block, long maximum) throws ErrnoException;

  /**
   * Blocks will be mapped before long: what is needed to find them may be brought in meanwhile.
   * Does not wait for that, and leaves it to {@link #map} to find that it failed.
   *
   * @param block a block of the file
   * @param count how many, at least 1, none behind the end of the file
   * @throws ErrnoException EFBIG when the file cannot have such blocks
   */
  default void expect(long block, long count) throws ErrnoException {}

  /**
   * As {@link #map}, but gives holes blocks.
   *
   * @throws ErrnoException ENOSPC, EFBIG, EIO, EUCLEAN
   */
  Extent allocate(long block, long maximum) throws ErrnoException;

  /** A store went past the end: the file is now so large. The writer holds the inode's lock. */
  void grown(long newSize);

  /** A clean page of the file became dirty. Must not wait. */
  void dirtied();

  /** Writing data or metadata of the file back has failed. Any context; must not wait. */
  void writebackFailed(Errno error);
}
