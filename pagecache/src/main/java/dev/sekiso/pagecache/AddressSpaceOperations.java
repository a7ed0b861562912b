package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.lang.foreign.MemorySegment;

/**
 * How the pages of an address space come from and go to where they live: implemented by file
 * systems (the kernel's {@code address_space_operations}).
 */
public interface AddressSpaceOperations {

  /** Largest order {@link #maximumFolioOrder} may name: 2 MiB. */
  int ANY_FOLIO_ORDER = FrameTable.MAXIMUM_ORDER;

  /**
   * Largest order of the folios this file system can work with; asked once, when the address space
   * is made ({@code mapping_set_folio_order_range}). 0, the default, for single pages only. With
   * another, all other methods may be given folios of any order up to it, at indexes that are
   * multiples of their pages.
   */
  default int maximumFolioOrder() {
    return 0;
  }

  /** The file's size in bytes ({@code i_size}); read without a lock, grows under the inode's. */
  long size();

  /**
   * Starts reading a folio that is locked and not up to date. {@link Folio#endRead} must follow
   * exactly once, from any context; it unlocks the folio.
   */
  void readFolio(Folio folio);

  /**
   * Starts reading the folios of a window. Each folio taken from the control is locked and ends by
   * {@link Folio#endRead}; folios not taken are dropped by the caller. Who has nothing to gain from
   * their being neighbours reads each by itself.
   */
  default void readahead(ReadaheadControl control) {
    for (Folio folio = control.next(); folio != null; folio = control.next()) {
      readFolio(folio);
    }
  }

  /**
   * Whether the device has nearly as many reads to do as its queue takes, so that readahead which
   * nobody waits for should rather be left out ({@code bdi_read_congested}).
   */
  default boolean isReadCongested() {
    return false;
  }

  /**
   * Whether the device has nearly as many writes to do as its queue takes ({@code
   * bdi_write_congested}).
   */
  default boolean isWriteCongested() {
    return false;
  }

  /**
   * Whether a task that needs memory for a page of this file that it writes to may write dirty
   * pages of any file to get it ({@code __GFP_FS}): so if it holds no lock then that {@link
   * #writePages} takes.
   */
  default boolean letsReclaimWrite() {
    return false;
  }

  /**
   * Whether the running task's control group is held back at the device ({@code
   * blk_cgroup_congested}).
   */
  default boolean isThrottled() {
    return false;
  }

  /**
   * Prepares a locked folio for a store of {@code length} bytes at {@code position}: reserves
   * blocks, and brings in what a partial store leaves of the page, only if it must be read.
   */
  void writeBegin(Folio folio, long position, int length) throws ErrnoException;

  /**
   * Finishes a store into a locked folio: marks it dirty, grows the file.
   *
   * @param copied bytes that arrived, less than {@code length} if the source failed
   */
  void writeEnd(Folio folio, long position, int length, int copied);

  /**
   * Starts writing dirty folios as the control says. Usually {@link AddressSpace#writeDirty} with a
   * writer that gathers contiguous folios into one I/O.
   */
  void writePages(AddressSpace mapping, WritebackControl control) throws ErrnoException;

  /**
   * Makes a page of a shared mapping writable before its first store ({@code page_mkwrite}):
   * reserves its blocks. The folio is locked.
   */
  default void makeWritable(Folio folio) throws ErrnoException {
    writeBegin(folio, folio.position(), folio.size());
  }

  /**
   * A folio has been stored to through a mapping and is to be marked dirty, all of it ({@code
   * dirty_folio}). The folio is locked, or the caller holds a reference; it may have left the file.
   */
  default void dirtyFolio(Folio folio) {
    folio.markDirty();
  }

  /**
   * Whether {@link #makeWritable} must be called before a page is first stored to even where an era
   * does not track stores: for files whose pages have nowhere else to be.
   */
  default boolean needsStoreNotice() {
    return false;
  }

  /**
   * Whether a part of a folio that is not up to date as a whole can be read ({@code
   * is_partially_uptodate}).
   *
   * @param length bytes from the offset on; may be more than the folio has
   */
  default boolean isPartiallyUpToDate(Folio folio, int offset, int length) {
    return false;
  }

  /** Bytes of a locked folio leave the file; forget what is kept about them. */
  default void invalidateFolio(Folio folio, int offset, int length) {}

  /**
   * Whether a locked clean folio may leave memory ({@code release_folio}). It may stay all the
   * same, since somebody else may hold a reference: the note on it ({@link Folio#fileSystemData})
   * is still needed then, and goes by itself when the folio does.
   */
  default boolean releaseFolio(Folio folio) {
    return true;
  }

  /**
   * Transfers directly between the device and the caller's memory, past the cache, and waits. The
   * address space has made the range coherent before and does so again after.
   *
   * @return bytes transferred; less than asked at the end of the file, or where a write would have
   *     to fill a hole (the rest then goes through the cache)
   * @throws ErrnoException EINVAL if direct I/O is not supported, as it is not unless this method
   *     is overridden, or misaligned
   */
  default int transferDirectly(Transfer direction, long position, MemorySegment memory)
      throws ErrnoException {
    throw new ErrnoException(
        Errno.EINVAL, "this file has no device to transfer directly to; open it without O_DIRECT");
  }

  /** Which way the data goes. */
  enum Transfer {
    READ,
    WRITE
  }
}
