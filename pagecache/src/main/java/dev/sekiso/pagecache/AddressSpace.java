package dev.sekiso.pagecache;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Errseq;
import java.lang.foreign.MemorySegment;

/**
 * The cached pages of one file or device (the kernel's {@code address_space}).
 *
 * <p>Positions and lengths are bytes, indexes are pages. Reads and writes take and return ints: a
 * call moves at most 2 GiB. Page ranges are inclusive, {@link Long#MAX_VALUE} for no end.
 */
public interface AddressSpace extends AutoCloseable {

  /** Fail with EAGAIN rather than wait for I/O or a lock. */
  int NO_WAIT = 1;

  /** A number unique within its page cache. */
  long id();

  Object host();

  AddressSpaceOperations operations();

  /**
   * Copies from the cache, bringing in what is missing ({@code filemap_read}). Takes no lock and
   * allocates nothing when everything is cached.
   *
   * @param readahead the open file's readahead state
   * @param flags 0 or {@link #NO_WAIT}
   * @return bytes copied, short at the end of the file, 0 at or after it
   * @throws ErrnoException EIO when a page cannot be read and nothing was copied before it
   */
  int read(ReadaheadState readahead, long position, MemorySegment destination, int flags)
      throws ErrnoException;

  /**
   * Copies into the cache page by page ({@code generic_perform_write}). The caller holds the file's
   * write lock, has checked limits, and handles synchronous semantics afterwards.
   *
   * @return bytes copied; short when a later page failed
   */
  int write(long position, MemorySegment source, int flags) throws ErrnoException;

  /** Reads past the cache, coherently with it ({@code generic_file_direct_read}). */
  int readDirectly(long position, MemorySegment destination, int flags) throws ErrnoException;

  /**
   * Writes past the cache, coherently with it; falls back to the cache where it must. The caller
   * holds the file's write lock.
   */
  int writeDirectly(long position, MemorySegment source, int flags) throws ErrnoException;

  /** Applies {@code posix_fadvise(2)} to an open file. Length 0 means to the end. */
  void advise(ReadaheadState readahead, long offset, long length, Advice advice)
      throws ErrnoException;

  /** Starts reading a range ({@code readahead(2)}). */
  void readAhead(ReadaheadState readahead, long offset, long length) throws ErrnoException;

  /** The folio that holds a page, with a reference for the caller, or null. */
  Folio lookup(long index);

  /** As {@link #lookup}, but brings the page in, waits, and fails with EIO if it cannot. */
  Folio readFolio(long index) throws ErrnoException;

  /**
   * The folio that holds a page, locked, with a reference for the caller, made if absent; not
   * necessarily up to date. ENOMEM when no frame can be had.
   */
  Folio grab(long index) throws ErrnoException;

  /** Starts writing dirty pages as the control says, through the operations. */
  void writePages(WritebackControl control) throws ErrnoException;

  /**
   * Walks dirty folios in index order ({@code write_cache_pages}): locks each, waits for earlier
   * writeback of it if the control says so, clears its dirty flag and hands it to the writer, which
   * calls {@link Folio#startWriteback} and unlocks it.
   */
  void writeDirty(WritebackControl control, FolioWriter writer) throws ErrnoException;

  /** Waits until no page of the range is under writeback. Errors stay in {@link #errors}. */
  void waitForWriteback(long firstIndex, long lastIndex);

  /** Writes the dirty pages of a byte range and waits ({@code filemap_write_and_wait_range}). */
  void writeAndWait(long firstByte, long lastByte) throws ErrnoException;

  /**
   * Removes everything behind a new end of the file and zeroes the rest of its last page; waits for
   * writeback of what goes ({@code truncate_pagecache}). The file's size is already the new one.
   */
  void truncate(long newSize);

  /**
   * Removes whole pages and zeroes parts of pages of a byte range; waits for writeback of what goes
   * ({@code truncate_pagecache_range}). Pages of which a part stays are written by mappings only
   * after {@link AddressSpaceOperations#makeWritable}. The size does not tell readers of this: a
   * caller that takes blocks away from a file others may read has the range {@link #bar barred}.
   */
  void truncateRange(long firstByte, long lastByte);

  /**
   * Keeps pages that a byte range touches from being brought in, and from being made writable, and
   * lets no direct read begin there, until the result is closed; direct reads under way are waited
   * for ({@code filemap_invalidate_lock}). Whoever wants such a page waits, or fails with EAGAIN if
   * he must not. What is in the cache stays there and can be read.
   *
   * <p>One at a time: the caller keeps writers and other callers away by a lock of its own.
   */
  Barred bar(long firstByte, long lastByte);

  /**
   * Drops clean, unlocked, unmapped pages of a range ({@code invalidate_mapping_pages}).
   *
   * @return pages dropped
   */
  long invalidateClean(long firstIndex, long lastIndex);

  /**
   * Drops all pages of a range, waiting for writeback ({@code invalidate_inode_pages2_range}).
   *
   * @throws ErrnoException EBUSY when a page is dirty again or in use
   */
  void invalidate(long firstIndex, long lastIndex) throws ErrnoException;

  /** Errors of reads are returned; errors of writeback are kept here until each file has heard. */
  Errseq errors();

  long residentPages();

  long dirtyPages();

  long writebackPages();

  /** Calls the visitor for each resident folio of a range, in index order, without waiting. */
  void forEachResident(long firstIndex, long lastIndex, FolioVisitor visitor);

  /** Drops every page, dirty or not: the file is gone. Waits for I/O in flight. */
  @Override
  void close();

  /** A range of pages is barred until this is closed. */
  interface Barred extends AutoCloseable {
    @Override
    void close();
  }

  /** Receives dirty folios to write. */
  @FunctionalInterface
  interface FolioWriter {
    /** Takes a locked folio whose dirty flag has been cleared; must unlock it. */
    void write(Folio folio) throws ErrnoException;
  }

  /** Looks at folios. */
  @FunctionalInterface
  interface FolioVisitor {
    void visit(Folio folio);
  }
}
