package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SleepingLock;
import java.util.ArrayList;
import java.util.List;

/** The other calls on open files: position, directories, space and advice. */
final class FileCalls {

  /** The ioctl's number, as traces show it. */
  static final long BLKDISCARD = 0x1277L;

  /** POSIX_FADV_NORMAL is 0, POSIX_FADV_NOREUSE is 5. */
  private static final int LAST_ADVICE = 5;

  private final AccessTimes accessTimes;

  FileCalls(AccessTimes accessTimes) {
    this.accessTimes = accessTimes;
  }

  private static void requireOpen(OpenFile file, String what) throws ErrnoException {
    if (file.isPathOnly() || file.isClosed()) {
      throw DataCalls.notOpenFor(file, what);
    }
  }

  long seek(OpenFile file, long offset, SeekFrom from) throws ErrnoException {
    requireOpen(file, "seeking");
    Inode inode = file.inode();
    if (inode.type() == FileType.FIFO || inode.type() == FileType.SOCKET) {
      throw new ErrnoException(Errno.ESPIPE, file + " has no position");
    }
    SleepingLock lock = file.positionLock();
    lock.lock();
    try {
      long position =
          switch (from) {
            case START -> offset;
            case CURRENT -> file.position() + offset;
            case END -> file.operations().end(file) + offset;
            case DATA, HOLE -> findDataOrHole(file, offset, from);
          };
      if (position < 0 || position > lastPosition(file)) {
        throw new ErrnoException(
            Errno.EINVAL,
            "position %d (%d from %s) of %s is out of range"
                .formatted(position, offset, from, file));
      }
      file.setPosition(position);
      return position;
    } finally {
      lock.unlock();
    }
  }

  /** A device is as large as it is ({@code fixed_size_llseek}); a file may have its end behind. */
  private static long lastPosition(OpenFile file) {
    return switch (file.inode().type()) {
      case REGULAR -> maximumSize(file.inode());
      case BLOCK_DEVICE -> file.operations().end(file);
      default -> Long.MAX_VALUE;
    };
  }

  private static long maximumSize(Inode inode) {
    return inode.superBlock().maximumFileSize();
  }

  private static long findDataOrHole(OpenFile file, long offset, SeekFrom what)
      throws ErrnoException {
    if (offset < 0 || offset >= file.operations().end(file)) {
      throw new ErrnoException(Errno.ENXIO, "position " + offset + " is not within " + file);
    }
    return what == SeekFrom.DATA
        ? file.operations().findData(file, offset)
        : file.operations().findHole(file, offset);
  }

  /** Entries from the position on, at most that many; none at the end. */
  List<DirectoryEntry> readDirectory(OpenFile file, int maximum) throws ErrnoException {
    requireOpen(file, "reading");
    if (!file.inode().isDirectory()) {
      throw new ErrnoException(Errno.ENOTDIR, file + " is not a directory");
    }
    if (maximum < 1) {
      throw new ErrnoException(
          Errno.EINVAL, "a buffer for " + maximum + " directory entries holds none");
    }
    List<DirectoryEntry> entries = new ArrayList<>();
    readDirectory(
        file,
        (name, inode, type, next) -> {
          if (entries.size() == maximum) {
            return false;
          }
          entries.add(new DirectoryEntry(name, inode, type, next));
          return true;
        });
    return entries;
  }

  private void readDirectory(OpenFile file, FileOperations.DirectorySink sink)
      throws ErrnoException {
    Inode inode = file.inode();
    SleepingLock positionLock = file.positionLock();
    positionLock.lock();
    try {
      SleepingLock inodeLock = inode.lock().readLock();
      inodeLock.lock();
      try {
        if (inode.isDead()) {
          throw new ErrnoException(Errno.ENOENT, file + " has been removed");
        }
        file.operations()
            .readDirectory(
                file,
                (name, number, type, next) -> {
                  boolean taken = sink.entry(name, number, type, next);
                  if (taken) {
                    file.setPosition(next);
                  }
                  return taken;
                });
      } finally {
        inodeLock.unlock();
      }
    } finally {
      positionLock.unlock();
    }
    accessTimes.touch(file);
  }

  void allocate(OpenFile file, int mode, long offset, long length) throws ErrnoException {
    requireOpen(file, "writing");
    checkMode(mode, offset, length);
    checkAllocate(file, mode, offset, length);
    Inode inode = file.inode();
    inode.superBlock().startWrite();
    try {
      inode.lock().writeLock().lock();
      try {
        file.operations().allocate(file, mode, offset, length);
      } finally {
        inode.lock().writeLock().unlock();
      }
    } finally {
      inode.superBlock().endWrite();
    }
  }

  /** The first checks of {@code vfs_fallocate}: the modes exclude each other. */
  private static void checkMode(int mode, long offset, long length) throws ErrnoException {
    if (offset < 0 || length <= 0) {
      throw new ErrnoException(
          Errno.EINVAL, "%d bytes at %d cannot be reserved".formatted(length, offset));
    }
    boolean keepsSize = (mode & FileOperations.KEEP_SIZE) != 0;
    switch (mode & ~FileOperations.KEEP_SIZE) {
      case 0, FileOperations.UNSHARE_RANGE, FileOperations.ZERO_RANGE -> {}
      case FileOperations.PUNCH_HOLE -> {
        if (!keepsSize) {
          throw notSupported(mode, "a hole is punched with FALLOC_FL_KEEP_SIZE only");
        }
      }
      case FileOperations.COLLAPSE_RANGE,
          FileOperations.INSERT_RANGE,
          FileOperations.WRITE_ZEROES -> {
        if (keepsSize) {
          throw notSupported(mode, "this mode does not go with FALLOC_FL_KEEP_SIZE");
        }
      }
      default -> throw notSupported(mode, "it is unknown, or several that exclude each other");
    }
  }

  private static ErrnoException notSupported(int mode, String reason) {
    return new ErrnoException(
        Errno.EOPNOTSUPP, "fallocate mode 0x%x is not supported: %s".formatted(mode, reason));
  }

  /** The further checks of {@code vfs_fallocate}, in its order. */
  private static void checkAllocate(OpenFile file, int mode, long offset, long length)
      throws ErrnoException {
    if (!file.isWritable()) {
      throw DataCalls.notOpenFor(file, "writing");
    }
    Inode inode = file.inode();
    if (inode.isImmutable() || (inode.isAppendOnly() && (mode & ~FileOperations.KEEP_SIZE) != 0)) {
      throw new ErrnoException(Errno.EPERM, file + " is immutable or append-only (chattr +i, +a)");
    }
    switch (inode.type()) {
      case FIFO -> throw new ErrnoException(Errno.ESPIPE, file + " has no space to reserve");
      case DIRECTORY -> throw new ErrnoException(Errno.EISDIR, file + " is a directory");
      case REGULAR, BLOCK_DEVICE -> {}
      default -> throw new ErrnoException(Errno.ENODEV, file + " has no space to reserve");
    }
    if (offset + length < 0 || offset + length > maximumSize(inode)) {
      throw new ErrnoException(
          Errno.EFBIG,
          "%d bytes at %d end beyond the largest file, %d bytes"
              .formatted(length, offset, maximumSize(inode)));
    }
    if (!file.operations().supportsAllocate(file)) {
      throw notSupported(
          mode, inode.superBlock().type().name() + " has no fallocate; write zeroes instead");
    }
  }

  void discard(OpenFile file, long offset, long length) throws ErrnoException {
    requireOpen(file, "ioctl");
    file.operations().discard(file, offset, length);
  }

  void advise(OpenFile file, long offset, long length, int advice) throws ErrnoException {
    requireOpen(file, "advising");
    if (file.inode().type() == FileType.FIFO) {
      throw new ErrnoException(Errno.ESPIPE, file + " has no pages");
    }
    if (length < 0) {
      throw new ErrnoException(Errno.EINVAL, "a range cannot have " + length + " bytes");
    }
    if (advice < 0 || advice > LAST_ADVICE) {
      throw new ErrnoException(
          Errno.EINVAL, "advice " + advice + " is not one of POSIX_FADV_NORMAL (0) to NOREUSE (5)");
    }
    file.operations().advise(file, offset, length, advice);
  }

  void readAhead(OpenFile file, long offset, long length) throws ErrnoException {
    if (!file.isReadable() || file.isClosed()) {
      throw DataCalls.notOpenFor(file, "reading");
    }
    FileType type = file.inode().type();
    if (type != FileType.REGULAR && type != FileType.BLOCK_DEVICE) {
      throw new ErrnoException(Errno.EINVAL, file + " is neither a regular file nor a disk");
    }
    file.operations().readAhead(file, offset, length);
  }
}
