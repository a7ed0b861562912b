package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SleepingLock;
import java.util.ArrayList;
import java.util.List;

/** The other calls on open files: position, directories, space and advice. */
final class FileCalls {

  private static final int KEEP_SIZE = 0x01;
  private static final int PUNCH_HOLE = 0x02;
  private static final int COLLAPSE_RANGE = 0x08;
  private static final int ZERO_RANGE = 0x10;
  private static final int INSERT_RANGE = 0x20;
  private static final int UNSHARE_RANGE = 0x40;
  private static final int ALLOCATE_MODES =
      KEEP_SIZE | PUNCH_HOLE | COLLAPSE_RANGE | ZERO_RANGE | INSERT_RANGE | UNSHARE_RANGE;

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
            case END -> inode.size() + offset;
            case DATA, HOLE -> findDataOrHole(file, offset, from);
          };
      if (position < 0 || (inode.isRegularFile() && position > maximumSize(inode))) {
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

  private static long maximumSize(Inode inode) {
    return inode.superBlock().maximumFileSize();
  }

  private static long findDataOrHole(OpenFile file, long offset, SeekFrom what)
      throws ErrnoException {
    if (offset < 0 || offset >= file.inode().size()) {
      throw new ErrnoException(Errno.ENXIO, "position " + offset + " is not within " + file);
    }
    return what == SeekFrom.DATA
        ? file.operations().findData(file, offset)
        : file.operations().findHole(file, offset);
  }

  /** Entries from the position on, at most that many; none at the end. */
  List<DirectoryEntry> readDirectory(OpenFile file, int maximum) throws ErrnoException {
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
    if (!file.isReadable() || file.isClosed()) {
      throw DataCalls.notOpenFor(file, "reading");
    }
    Inode inode = file.inode();
    if (!inode.isDirectory()) {
      throw new ErrnoException(Errno.ENOTDIR, file + " is not a directory");
    }
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
    checkAllocate(file, mode, offset, length);
    Inode inode = file.inode();
    inode.superBlock().startWrite();
    try {
      inode.lock().writeLock().lock();
      try {
        if ((mode & (KEEP_SIZE | PUNCH_HOLE)) == 0) {
          AttributeCalls.checkNewSize(inode, offset + length);
        }
        file.operations().allocate(file, mode, offset, length);
        DataCalls.prepare(inode);
      } finally {
        inode.lock().writeLock().unlock();
      }
    } finally {
      inode.superBlock().endWrite();
    }
  }

  /** The checks of {@code vfs_fallocate}, in its order. */
  private static void checkAllocate(OpenFile file, int mode, long offset, long length)
      throws ErrnoException {
    requireOpen(file, "writing");
    if (offset < 0 || length <= 0) {
      throw new ErrnoException(
          Errno.EINVAL, "%d bytes at %d cannot be reserved".formatted(length, offset));
    }
    if ((mode & ~ALLOCATE_MODES) != 0) {
      throw new ErrnoException(
          Errno.EOPNOTSUPP, "fallocate mode 0x%x is not known".formatted(mode));
    }
    if ((mode & (PUNCH_HOLE | ZERO_RANGE)) == (PUNCH_HOLE | ZERO_RANGE)
        || ((mode & PUNCH_HOLE) != 0 && (mode & KEEP_SIZE) == 0)) {
      throw new ErrnoException(
          Errno.EOPNOTSUPP, "punching a hole goes with keeping the size and nothing else");
    }
    boolean moves = (mode & (COLLAPSE_RANGE | INSERT_RANGE)) != 0;
    if (moves && Integer.bitCount(mode) != 1) {
      throw new ErrnoException(
          Errno.EINVAL, "collapsing or inserting a range goes with no other mode");
    }
    if ((mode & UNSHARE_RANGE) != 0 && (mode & ~(UNSHARE_RANGE | KEEP_SIZE)) != 0) {
      throw new ErrnoException(Errno.EINVAL, "unsharing goes with keeping the size only");
    }
    if (!file.isWritable()) {
      throw DataCalls.notOpenFor(file, "writing");
    }
    switch (file.inode().type()) {
      case FIFO -> throw new ErrnoException(Errno.ESPIPE, file + " has no space to reserve");
      case DIRECTORY -> throw new ErrnoException(Errno.EISDIR, file + " is a directory");
      case REGULAR, BLOCK_DEVICE -> {}
      default -> throw new ErrnoException(Errno.ENODEV, file + " has no space to reserve");
    }
    if (offset + length < 0 || offset + length > maximumSize(file.inode())) {
      throw new ErrnoException(
          Errno.EFBIG,
          "%d bytes at %d end beyond the largest file, %d bytes"
              .formatted(length, offset, maximumSize(file.inode())));
    }
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
