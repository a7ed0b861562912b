package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Errseq;
import java.lang.foreign.MemorySegment;

/**
 * Data: what an open file can do (the kernel's {@code file_operations}). The VFS has checked the
 * access mode, ranges and limits.
 */
public interface FileOperations {

  /** Fail with EAGAIN rather than wait ({@code RWF_NOWAIT}). */
  int NO_WAIT = 1;

  /** Past the cache ({@code O_DIRECT}). */
  int DIRECT = 1 << 1;

  /** An open file comes to life; sets its {@link OpenFile#attachment}. */
  default void open(OpenFile file) throws ErrnoException {}

  /**
   * Whether the file can be read and written past the cache; if not, opening with {@link
   * OpenFlag#DIRECT} fails with EINVAL.
   */
  default boolean supportsDirect(OpenFile file) {
    return true;
  }

  /** Each close of a descriptor, before the reference goes; errors are the close's result. */
  default void flush(OpenFile file) throws ErrnoException {}

  /** The last reference is gone. */
  default void release(OpenFile file) {}

  /**
   * Reads at a position; the file's own position is the VFS's affair.
   *
   * @param flags {@link #NO_WAIT}, {@link #DIRECT}
   * @return bytes read, 0 at the end of the file
   */
  default int read(OpenFile file, long position, MemorySegment destination, int flags)
      throws ErrnoException {
    throw new ErrnoException(Errno.EINVAL, file + " cannot be read");
  }

  /**
   * Writes at a position. The inode's lock is held for writing, the position is final (append has
   * been applied), the length respects the limits.
   *
   * @return bytes written, at least 1 unless the source is empty
   */
  default int write(OpenFile file, long position, MemorySegment source, int flags)
      throws ErrnoException {
    throw new ErrnoException(Errno.EINVAL, file + " cannot be written");
  }

  /** Where the contents end, in bytes: what SEEK_END counts from. */
  default long end(OpenFile file) {
    return file.inode().size();
  }

  /**
   * The first position at or after the given one that holds data ({@code SEEK_DATA}). Without
   * knowledge of holes, that is the position itself.
   *
   * @param position within the file
   * @throws ErrnoException ENXIO when only a hole follows
   */
  default long findData(OpenFile file, long position) throws ErrnoException {
    return position;
  }

  /**
   * The first position at or after the given one that is in a hole ({@code SEEK_HOLE}); the end of
   * the file counts as one.
   *
   * @param position within the file
   */
  default long findHole(OpenFile file, long position) throws ErrnoException {
    return end(file);
  }

  /**
   * Gives the entries of a directory from {@link OpenFile#position} on, until the sink refuses
   * ({@code iterate_shared}). "." and ".." included. The directory's inode is locked for reading;
   * the VFS moves the position to each taken entry's next.
   */
  default void readDirectory(OpenFile file, DirectorySink sink) throws ErrnoException {
    throw new ErrnoException(Errno.ENOTDIR, file + " is not a directory");
  }

  /**
   * Makes a byte range and what is needed to read it back durable, device cache included. Errors of
   * earlier writeback are reported by the VFS ({@link OpenFile#errorCursor}), not here.
   *
   * @param lastByte inclusive, {@link Long#MAX_VALUE} for the end
   */
  default void sync(OpenFile file, long firstByte, long lastByte, SyncScope scope)
      throws ErrnoException {
    throw new ErrnoException(Errno.EINVAL, file + " cannot be synced");
  }

  /** Waits for writing under way before anything else ({@code SYNC_FILE_RANGE_WAIT_BEFORE}). */
  int WAIT_BEFORE = 1;

  /** Starts writing dirty pages ({@code SYNC_FILE_RANGE_WRITE}). */
  int START_WRITE = 1 << 1;

  /** Waits for writing under way at the end ({@code SYNC_FILE_RANGE_WAIT_AFTER}). */
  int WAIT_AFTER = 1 << 2;

  /**
   * Starts, or waits for, writing of data alone ({@code sync_file_range}). Errors found by waiting
   * are reported by the VFS.
   *
   * @param lastByte inclusive, {@link Long#MAX_VALUE} for the end
   * @param flags of {@link #WAIT_BEFORE}, {@link #START_WRITE}, {@link #WAIT_AFTER}
   */
  default void syncRange(OpenFile file, long firstByte, long lastByte, int flags)
      throws ErrnoException {
    throw new ErrnoException(Errno.ESPIPE, file + " has no pages");
  }

  /** {@code posix_fadvise(2)}, numbers as POSIX_FADV_*; length 0 means to the end. */
  default void advise(OpenFile file, long offset, long length, int advice) throws ErrnoException {}

  /** {@code readahead(2)}. */
  default void readAhead(OpenFile file, long offset, long length) throws ErrnoException {
    throw new ErrnoException(Errno.EINVAL, file + " has no readahead");
  }

  /** Whether there is any {@code fallocate(2)}; without, it fails with EOPNOTSUPP. */
  default boolean supportsAllocate(OpenFile file) {
    return false;
  }

  /**
   * {@code fallocate(2)} with the kernel's mode bits, which the VFS has checked. The inode's lock
   * is held for writing.
   *
   * @throws ErrnoException EOPNOTSUPP for a mode it does not have
   */
  default void allocate(OpenFile file, int mode, long offset, long length) throws ErrnoException {
    throw new ErrnoException(Errno.EOPNOTSUPP, file + " cannot reserve space");
  }

  /**
   * Tells the device that a range of it is no longer needed ({@code BLKDISCARD}).
   *
   * @throws ErrnoException ENOTTY for what is no block device
   */
  default void discard(OpenFile file, long offset, long length) throws ErrnoException {
    throw new ErrnoException(
        Errno.ENOTTY, file + " is no block device; only blocks of a device can be discarded");
  }

  /**
   * What a mapping of the file shows ({@code mmap}). Access has been checked.
   *
   * @throws ErrnoException ENODEV for a file that cannot be mapped
   */
  default Mappable mmap(OpenFile file, Sharing sharing) throws ErrnoException {
    throw new ErrnoException(Errno.ENODEV, file + " cannot be mapped into memory");
  }

  /** Errors of writeback of this file's data, from which cursors are sampled. */
  default Errseq errors(OpenFile file) {
    return file.inode().superBlock().errors();
  }

  /** How much a sync covers. */
  enum SyncScope {
    /** Data and all metadata ({@code fsync}). */
    ALL,
    /** Data and the metadata needed to read it back ({@code fdatasync}). */
    DATA
  }

  /** Takes directory entries. */
  @FunctionalInterface
  interface DirectorySink {
    /**
     * Takes one entry.
     *
     * @param nextPosition where the directory continues after this entry
     * @return false when it took nothing and is full
     */
    boolean entry(FileName name, long inode, FileType type, long nextPosition);
  }
}
