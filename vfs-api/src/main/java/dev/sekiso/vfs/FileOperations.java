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

  /** The size stays ({@code FALLOC_FL_KEEP_SIZE}). */
  int KEEP_SIZE = 0x01;

  /** Space is given back, what was there reads as zeroes ({@code FALLOC_FL_PUNCH_HOLE}). */
  int PUNCH_HOLE = 0x02;

  /** What follows moves down ({@code FALLOC_FL_COLLAPSE_RANGE}). */
  int COLLAPSE_RANGE = 0x08;

  /** The range is reserved and reads as zeroes ({@code FALLOC_FL_ZERO_RANGE}). */
  int ZERO_RANGE = 0x10;

  /** What follows moves up ({@code FALLOC_FL_INSERT_RANGE}). */
  int INSERT_RANGE = 0x20;

  /** Nothing is shared with other files any more ({@code FALLOC_FL_UNSHARE_RANGE}). */
  int UNSHARE_RANGE = 0x40;

  /** Zeroes are on the device, not only promised ({@code FALLOC_FL_WRITE_ZEROES}). */
  int WRITE_ZEROES = 0x80;

  /**
   * {@code fallocate(2)} with the kernel's mode bits, of which the VFS has checked that they go
   * together: {@link #KEEP_SIZE} and at most one of the others, none of them for plain reservation.
   * The inode's lock is held for writing. Times, privileges and limits on the size are looked after
   * here, by {@link Inode#modified} and {@link Inode#requireMayGrowTo}: when, differs.
   *
   * @param length at least 1; the range lies within the largest file
   * @throws ErrnoException EOPNOTSUPP for a mode it does not have; EFBIG; ENOSPC; EIO
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
