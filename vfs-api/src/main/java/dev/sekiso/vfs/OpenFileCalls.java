package dev.sekiso.vfs;

import dev.sekiso.machine.ErrnoException;
import java.util.List;

/**
 * The system calls on an open file, but for those that {@linkplain TransferCalls move data}.
 *
 * <p>A closed file, and mostly one open with {@link OpenFlag#PATH}, is refused with EBADF.
 */
public sealed interface OpenFileCalls permits Vfs {

  // Life

  /** Takes another reference, to be given back by {@link #close} ({@code dup}). */
  OpenFile duplicate(OpenFile file) throws ErrnoException;

  /**
   * Gives back a reference that {@link #duplicate} took for a call that outlived its caller's
   * ({@code fput}): no system call, so nothing is flushed, charged or traced. May wait if it is the
   * last.
   */
  void release(OpenFile file);

  /**
   * {@code close(2)}: gives a reference back, the last one ends the open file. An error the file
   * system reports then is told, and the file is closed all the same. Errors of writeback are for
   * {@link #fsync} to tell.
   *
   * @throws ErrnoException EBADF when it is closed already
   */
  void close(OpenFile file) throws ErrnoException;

  /**
   * Changes the flags that may change while open ({@code F_SETFL}): append, direct, non-blocking,
   * no access time, asynchronous signals.
   *
   * @param flags bits of {@link OpenFlag}; others are ignored
   */
  void setFlags(OpenFile file, int flags) throws ErrnoException;

  /**
   * {@code mmap(2)} as far as it concerns the file: whether it may be mapped so, and what then is
   * to be shown. Addresses are the affair of whoever keeps the process's memory, for whom this is;
   * programs use that.
   *
   * @param offset byte position in the file, a multiple of 4096
   * @param protection bits of PROT_READ (1), PROT_WRITE (2), PROT_EXEC (4)
   * @return what holds the open file until it is {@linkplain FileMapping#release released}
   * @throws ErrnoException EINVAL for an offset or a length that cannot be; EBADF; EOVERFLOW beyond
   *     the largest file; EACCES when it is not open for reading or, to store to a shared mapping,
   *     for writing, or only for appending; EPERM to execute what is on a noexec mount; ENODEV
   */
  FileMapping mmap(OpenFile file, long offset, long length, int protection, Sharing sharing)
      throws ErrnoException;

  // Position and space

  /**
   * {@code lseek(2)}.
   *
   * @return the new position
   */
  long lseek(OpenFile file, long offset, SeekFrom from) throws ErrnoException;

  /** {@code ftruncate(2)}. */
  void ftruncate(OpenFile file, long size) throws ErrnoException;

  /**
   * {@code fallocate(2)} with the kernel's mode bits (FALLOC_FL_*, {@link
   * FileOperations#PUNCH_HOLE} and the others). ext2 punches holes, as Linux does in files without
   * extents, and reserves nothing; ramfs does both, as tmpfs does.
   *
   * @throws ErrnoException in this order: EBADF for a closed file; EINVAL for a negative offset or
   *     a length below 1; EOPNOTSUPP for unknown modes and those that exclude each other; EBADF
   *     unless open for writing; EPERM for append-only and immutable files; ESPIPE, EISDIR, ENODEV
   *     for what is neither a regular file nor a block device; EFBIG beyond the largest file;
   *     EOPNOTSUPP for what the file system does not do; then EFBIG beyond the task's limit,
   *     ENOSPC, EIO
   */
  void fallocate(OpenFile file, int mode, long offset, long length) throws ErrnoException;

  /**
   * {@code ioctl(2)} BLKDISCARD: tells a block device that a range of bytes is no longer needed.
   * What is cached of the range goes; what reads find there afterwards is the device's affair. On a
   * device that a mounted file system holds, cached pages are written rather than dropped.
   *
   * @throws ErrnoException in this order: EBADF for a closed file; ENOTTY for what is no block
   *     device; EBADF unless open for writing; EOPNOTSUPP when the device cannot discard; EPERM
   *     when it is read-only; EINVAL for an empty range, one not made of whole logical blocks, or
   *     one beyond the end; EBUSY when pages of a device in use cannot be dropped; EIO
   */
  void discard(OpenFile file, long offset, long length) throws ErrnoException;

  /** {@code posix_fadvise(2)} with the kernel's numbers (POSIX_FADV_*); length 0 is to the end. */
  void fadvise(OpenFile file, long offset, long length, int advice) throws ErrnoException;

  /** {@code readahead(2)}. */
  void readahead(OpenFile file, long offset, long length) throws ErrnoException;

  // Attributes and names

  /** {@code fstat(2)}. */
  Attributes fstat(OpenFile file) throws ErrnoException;

  /** {@code fstatfs(2)}. */
  FileSystemStatus fstatfs(OpenFile file) throws ErrnoException;

  /** {@code fchmod(2)}. */
  void fchmod(OpenFile file, int mode) throws ErrnoException;

  /** {@code fchown(2)}. */
  void fchown(OpenFile file, int uid, int gid) throws ErrnoException;

  /** {@code futimens(3)}. */
  void futimens(OpenFile file, TimeChange access, TimeChange modification) throws ErrnoException;

  /**
   * {@code getdents(2)}: entries from the file's position on, "." and ".." among them.
   *
   * @param maximum most entries to return, at least 1
   * @return empty at the end
   */
  List<DirectoryEntry> getdents(OpenFile file, int maximum) throws ErrnoException;

  /**
   * Where an open file is now ({@code /proc/self/fd/N}, for a directory {@code getcwd}): a path
   * from the root, with " (deleted)" behind it when the name has been removed.
   */
  String path(OpenFile file);

  // Durability

  /** {@code fsync(2)}: data and metadata, device cache included; tells of earlier failures once. */
  void fsync(OpenFile file) throws ErrnoException;

  /** {@code fdatasync(2)}: data, and of the metadata what reading it back needs. */
  void fdatasync(OpenFile file) throws ErrnoException;

  /** A range of a file, as {@code msync(2)} and synchronous writes do ({@code vfs_fsync_range}). */
  void syncRange(OpenFile file, long firstByte, long lastByte, FileOperations.SyncScope scope)
      throws ErrnoException;

  /** {@code syncfs(2)}: the file system a file is in; tells of its failures once per open file. */
  void syncfs(OpenFile file) throws ErrnoException;

  /**
   * {@code sync_file_range(2)}: starts and waits for writing of data, without metadata and without
   * the device's cache: no durability.
   *
   * @param length 0 for to the end
   * @param flags of {@link FileOperations#WAIT_BEFORE}, {@link FileOperations#START_WRITE}, {@link
   *     FileOperations#WAIT_AFTER}
   */
  void syncFileRange(OpenFile file, long offset, long length, int flags) throws ErrnoException;

  /**
   * {@code ioctl(2)} FIFREEZE: freezes the file system a file is in. New calls and first stores
   * into mappings that would change it wait, those under way are waited for; then everything is
   * written, so that the device can be copied as it is. Reading goes on, {@code sync} does not
   * wait, {@code RWF_NOWAIT} fails with EAGAIN. An unmount takes the mount away and leaves the file
   * system frozen; mounted again, it can be thawed.
   *
   * @throws ErrnoException EBADF; EPERM unless super user; EOPNOTSUPP when the file system cannot
   *     be frozen; EBUSY when it is; what writing failed with, and then it is not frozen
   */
  void freeze(OpenFile file) throws ErrnoException;

  /**
   * {@code ioctl(2)} FITHAW: lets changes of a frozen file system go ahead.
   *
   * @throws ErrnoException EBADF; EPERM unless super user; EINVAL when it is not frozen
   */
  void thaw(OpenFile file) throws ErrnoException;
}
