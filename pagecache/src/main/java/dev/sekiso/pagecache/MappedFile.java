package dev.sekiso.pagecache;

import dev.sekiso.machine.ErrnoException;

/**
 * What a mapping needs of the file it shows: implemented by whoever opens files. Two are equal when
 * they are the same open file, so that neighbouring areas can become one.
 *
 * <p>Each area holds the file once: {@link #keep} when it comes to be, {@link #letGo} when it goes.
 * All calls but these two may wait.
 */
public interface MappedFile {

  /** The file's pages. */
  AddressSpace pages();

  /** The open file's readahead, which faults and reads share. */
  ReadaheadState readahead();

  /** Takes another hold of the open file. Does not wait. */
  void keep();

  /** Gives a hold back. May wait if it is the last. */
  void letGo();

  /** Whether the file is open for writing, so that a shared mapping may be stored to. */
  boolean isWritable();

  /**
   * Whether the caller may know which pages are in memory, and have them reclaimed: it owns the
   * file or could write to it ({@code can_do_mincore}).
   */
  default boolean mayProbe() {
    return true;
  }

  /**
   * A page is about to be stored to for the first time since it was written: sets the file's times,
   * and keeps the file system from being frozen until {@link #endStore} ({@code
   * sb_start_pagefault}, {@code file_update_time}).
   */
  default void startStore() throws ErrnoException {}

  /** Ends what {@link #startStore} began. */
  default void endStore() {}

  /** Makes data durable and reports errors once ({@code vfs_fsync_range} with data only). */
  default void sync(long firstByte, long lastByte) throws ErrnoException {
    pages().writeAndWait(firstByte, lastByte);
  }

  /** Frees a byte range of the file ({@code MADV_REMOVE}); EOPNOTSUPP unless it can. */
  default void punchHole(long offset, long length) throws ErrnoException {
    throw new ErrnoException(
        dev.sekiso.machine.Errno.EOPNOTSUPP, "holes cannot be punched into " + pages().host());
  }

  /** Pages that are nobody's file but the caller's own affair. */
  static MappedFile of(AddressSpace pages, ReadaheadState readahead) {
    return new PlainMappedFile(pages, readahead);
  }
}
