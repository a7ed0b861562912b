package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SleepingLock;
import dev.sekiso.machine.TaskContext;
import java.lang.foreign.MemorySegment;

/**
 * The calls that move data ({@code fs/read_write.c}, the checks of {@code mm/filemap.c}).
 *
 * <p>Reading takes no lock but, when it uses the file's position, that position's. Writing holds
 * the inode's lock from the final position on (append, limits) to the last byte, so writes to one
 * file never interleave; it is let go before a synchronous write waits for the device.
 */
final class DataCalls {

  /** Most bytes one call moves: INT_MAX rounded down to a page (MAX_RW_COUNT). */
  static final int MAXIMUM_TRANSFER = 0x7FFF_F000;

  /** Most segments of a vectored call (UIO_MAXIOV). */
  static final int MAXIMUM_SEGMENTS = 1024;

  private final AccessTimes accessTimes;
  private final SyncCalls syncs;

  DataCalls(AccessTimes accessTimes, SyncCalls syncs) {
    this.accessTimes = accessTimes;
    this.syncs = syncs;
  }

  // Reading

  int read(OpenFile file, MemorySegment destination) throws ErrnoException {
    SleepingLock lock = file.positionLock();
    lock.lock();
    try {
      long position = file.position();
      int count = readAt(file, position, destination, 0);
      file.setPosition(position + count);
      return count;
    } finally {
      lock.unlock();
    }
  }

  int readAt(OpenFile file, long position, MemorySegment destination, int flags)
      throws ErrnoException {
    long length = destination.byteSize();
    if ((position | (position + length)) < 0 || !file.isReadable() || file.isClosed()) {
      throw unreadable(file, position, length);
    }
    if (file.inode().isDirectory()) {
      throw new ErrnoException(Errno.EISDIR, file + " is a directory; read it with getdents");
    }
    if (length == 0) {
      return 0;
    }
    MemorySegment part =
        length <= MAXIMUM_TRANSFER ? destination : destination.asSlice(0, MAXIMUM_TRANSFER);
    int count = file.operations().read(file, position, part, operationFlags(file, flags));
    accessTimes.touch(file);
    return count;
  }

  /** Why not, in Linux's order. */
  private static ErrnoException unreadable(OpenFile file, long position, long length) {
    return position < 0 || (file.isReadable() && !file.isClosed())
        ? badPosition(file, position, length)
        : notOpenFor(file, "reading");
  }

  int readVector(OpenFile file, MemorySegment[] destinations, int flags) throws ErrnoException {
    SleepingLock lock = file.positionLock();
    lock.lock();
    try {
      long position = file.position();
      int count = readVectorAt(file, position, destinations, flags);
      file.setPosition(position + count);
      return count;
    } finally {
      lock.unlock();
    }
  }

  int readVectorAt(OpenFile file, long position, MemorySegment[] destinations, int flags)
      throws ErrnoException {
    if (position < 0 || !file.isReadable() || file.isClosed()) {
      throw unreadable(file, position, 0);
    }
    long length = checkVector(destinations);
    if (length == 0) {
      return 0;
    }
    if (position + length < 0) {
      throw badPosition(file, position, length);
    }
    checkFlags(flags);
    int total = 0;
    for (MemorySegment segment : destinations) {
      MemorySegment part = limitTo(segment, MAXIMUM_TRANSFER - total);
      int count;
      try {
        count = readAt(file, position + total, part, flags);
      } catch (ErrnoException e) {
        if (total > 0) {
          return total;
        }
        throw e;
      }
      total += count;
      if (count < segment.byteSize()) {
        break;
      }
    }
    return total;
  }

  // Writing

  int write(OpenFile file, MemorySegment source) throws ErrnoException {
    SleepingLock lock = file.positionLock();
    lock.lock();
    try {
      return write(file, file.position(), source, null, 0, PositionUse.MOVES);
    } finally {
      lock.unlock();
    }
  }

  int writeAt(OpenFile file, long position, MemorySegment source, int flags) throws ErrnoException {
    return write(file, position, source, null, flags, PositionUse.STAYS);
  }

  int writeVector(OpenFile file, MemorySegment[] sources, int flags) throws ErrnoException {
    SleepingLock lock = file.positionLock();
    lock.lock();
    try {
      return write(file, file.position(), null, sources, flags, PositionUse.MOVES);
    } finally {
      lock.unlock();
    }
  }

  int writeVectorAt(OpenFile file, long position, MemorySegment[] sources, int flags)
      throws ErrnoException {
    return write(file, position, null, sources, flags, PositionUse.STAYS);
  }

  private enum PositionUse {
    MOVES,
    STAYS
  }

  /** One of the two kinds of source is null. */
  private int write(
      OpenFile file,
      long position,
      MemorySegment source,
      MemorySegment[] sources,
      int flags,
      PositionUse use)
      throws ErrnoException {
    if (position < 0) {
      throw badPosition(file, position, 0);
    }
    if (!file.isWritable() || file.isClosed()) {
      throw notOpenFor(file, "writing");
    }
    long length = source != null ? source.byteSize() : checkVector(sources);
    if (position + length < 0) {
      throw badPosition(file, position, length);
    }
    Inode inode = file.inode();
    if (length == 0) {
      return 0;
    }
    checkFlags(flags);
    int wanted = (int) Math.min(length, MAXIMUM_TRANSFER);
    startWrite(inode, flags);
    long start;
    int count;
    try {
      SleepingLock lock = lockForWriting(inode, flags);
      try {
        // A device has no end that moves: it is written where it is said, as in block/fops.c.
        boolean appends =
            (file.isAppending() || (flags & TransferFlags.APPEND) != 0)
                && inode.type() != FileType.BLOCK_DEVICE;
        start = appends ? inode.size() : position;
        int allowed = checkLimits(file, start, wanted);
        prepare(inode);
        count =
            source != null
                ? file.operations()
                    .write(file, start, limitTo(source, allowed), operationFlags(file, flags))
                : writeEach(file, start, sources, allowed, operationFlags(file, flags));
      } finally {
        lock.unlock();
      }
    } finally {
      inode.superBlock().endWrite();
    }
    if (count > 0) {
      syncIfAsked(file, start, count, flags);
    }
    if (use == PositionUse.MOVES) {
      file.setPosition(start + count);
    }
    return count;
  }

  private static void startWrite(Inode inode, int flags) throws ErrnoException {
    if ((flags & TransferFlags.NO_WAIT) == 0) {
      inode.superBlock().startWrite();
    } else if (!inode.superBlock().tryStartWrite()) {
      throw new ErrnoException(Errno.EAGAIN, inode.superBlock() + " is frozen");
    }
  }

  private static SleepingLock lockForWriting(Inode inode, int flags) throws ErrnoException {
    SleepingLock lock = inode.lock().writeLock();
    if ((flags & TransferFlags.NO_WAIT) == 0) {
      lock.lock();
    } else if (!lock.tryLock()) {
      throw new ErrnoException(Errno.EAGAIN, inode + " is locked by another call");
    }
    return lock;
  }

  private static int writeEach(
      OpenFile file, long start, MemorySegment[] sources, int allowed, int flags)
      throws ErrnoException {
    int total = 0;
    for (MemorySegment source : sources) {
      MemorySegment part = limitTo(source, allowed - total);
      if (part.byteSize() == 0) {
        continue;
      }
      int count;
      try {
        count = file.operations().write(file, start + total, part, flags);
      } catch (ErrnoException e) {
        if (total > 0) {
          return total;
        }
        throw e;
      }
      total += count;
      if (count < part.byteSize()) {
        break;
      }
    }
    return total;
  }

  /** How much may be written from a position ({@code generic_write_checks}). */
  private static int checkLimits(OpenFile file, long position, int length) throws ErrnoException {
    Inode inode = file.inode();
    if (!inode.isRegularFile()) {
      return length;
    }
    long taskLimit = TaskContext.current().limits().fileSize();
    if (position >= taskLimit) {
      throw AttributeCalls.fileSizeLimit(inode, taskLimit);
    }
    long maximum = inode.superBlock().maximumFileSize();
    if (!file.isLarge()) {
      maximum = Math.min(maximum, OpenCalls.MAXIMUM_SMALL_FILE);
    }
    if (position >= maximum) {
      throw new ErrnoException(
          Errno.EFBIG,
          "%s cannot be written at %d: it may have %d bytes".formatted(file, position, maximum));
    }
    return (int) Math.min(length, Math.min(taskLimit, maximum) - position);
  }

  /** What a change of data does to mode and times ({@code file_modified}). */
  static void prepare(Inode inode) throws ErrnoException {
    Integer mode = AttributeCalls.modeWithoutPrivileges(inode);
    SuperBlock superBlock = inode.superBlock();
    if (mode != null) {
      inode
          .operations()
          .setAttributes(
              inode,
              AttributeChange.NOTHING
                  .withMode(mode)
                  .withTimes(null, null, superBlock.currentTime()));
    }
    touchModified(inode);
  }

  /** What a change of data does to times ({@code file_update_time}). */
  static void touchModified(Inode inode) {
    SuperBlock superBlock = inode.superBlock();
    long now = superBlock.currentTimeNanos();
    if (!inode.modificationTime().isAt(now) || !inode.changeTime().isAt(now)) {
      Timestamp time = superBlock.currentTime();
      inode.setModificationTime(time);
      inode.setChangeTime(time);
      inode.markDirty(superBlock.isLazyTime() ? Inode.DIRTY_TIME : Inode.DIRTY_SYNC);
    }
  }

  private void syncIfAsked(OpenFile file, long start, int count, int flags) throws ErrnoException {
    int open = file.flags();
    boolean data =
        (open & OpenFlag.DATA_SYNCHRONOUS.bits()) != 0
            || (flags & (TransferFlags.DATA_SYNCHRONOUS | TransferFlags.SYNCHRONOUS)) != 0
            || file.inode().superBlock().isSynchronous();
    if (!data) {
      return;
    }
    boolean all = OpenFlag.SYNCHRONOUS.isIn(open) || (flags & TransferFlags.SYNCHRONOUS) != 0;
    syncs.sync(
        file,
        start,
        start + count - 1,
        all ? FileOperations.SyncScope.ALL : FileOperations.SyncScope.DATA);
  }

  // Both

  private static void checkFlags(int flags) throws ErrnoException {
    if ((flags & ~TransferFlags.ALL) != 0) {
      throw new ErrnoException(
          Errno.EOPNOTSUPP, "transfer flags 0x%x are not all known".formatted(flags));
    }
  }

  /** Checks a vector and adds it up. */
  private static long checkVector(MemorySegment[] segments) throws ErrnoException {
    if (segments.length > MAXIMUM_SEGMENTS) {
      throw new ErrnoException(
          Errno.EINVAL, "a call takes at most 1024 segments, not " + segments.length);
    }
    long total = 0;
    for (MemorySegment segment : segments) {
      total += segment.byteSize();
    }
    return total;
  }

  private static MemorySegment limitTo(MemorySegment segment, int length) {
    return segment.byteSize() <= length ? segment : segment.asSlice(0, length);
  }

  private static int operationFlags(OpenFile file, int flags) {
    return (file.isDirect() ? FileOperations.DIRECT : 0)
        | ((flags & TransferFlags.NO_WAIT) != 0 ? FileOperations.NO_WAIT : 0);
  }

  static ErrnoException notOpenFor(OpenFile file, String what) {
    return new ErrnoException(
        Errno.EBADF, file + (file.isClosed() ? " is closed" : " is not open for " + what));
  }

  private static ErrnoException badPosition(OpenFile file, long position, long length) {
    return new ErrnoException(
        Errno.EINVAL,
        "%d bytes at %d of %s do not lie within a file".formatted(length, position, file));
  }
}
