package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Tracer;
import dev.sekiso.vfs.SuperBlockOperations.SyncMode;
import java.util.List;

/** The calls that make data durable ({@code fs/sync.c}). */
final class SyncCalls {

  private static final int RANGE_FLAGS =
      FileOperations.WAIT_BEFORE | FileOperations.START_WRITE | FileOperations.WAIT_AFTER;

  private final MountTable mounts;
  private final InodeWriteback writeback;
  private final Tracer tracer;

  SyncCalls(MountTable mounts, InodeWriteback writeback, Tracer tracer) {
    this.mounts = mounts;
    this.writeback = writeback;
    this.tracer = tracer;
  }

  /**
   * Makes a range durable and tells, once, of earlier failures ({@code vfs_fsync_range}), as the
   * settings' {@link ErrorReporting} has it. An error of the sync itself comes first; an earlier
   * one counts as told all the same, so that one failure is not told twice.
   */
  void sync(OpenFile file, long firstByte, long lastByte, FileOperations.SyncScope scope)
      throws ErrnoException {
    if (file.isPathOnly() || file.isClosed()) {
      throw DataCalls.notOpenFor(file, "syncing");
    }
    SyncPhase.SYNC_FILE.begins(tracer, file, SyncMode.WAIT);
    try {
      file.operations().sync(file, firstByte, lastByte, scope);
    } catch (ErrnoException e) {
      file.takeError(file.operations().errors(file));
      throw e;
    }
    throwError(file);
  }

  private static void throwError(OpenFile file) throws ErrnoException {
    Errno error = file.takeError(file.operations().errors(file));
    if (error != null) {
      throw new ErrnoException(
          error,
          "earlier writes to "
              + file
              + " did not reach the device; what it holds is unknown, write it again");
    }
  }

  /**
   * Everything, everywhere ({@code ksys_sync}): wakes the flushers; writes and waits for the inodes
   * of each file system; lets each write the rest, first without, then with waiting; starts, then
   * waits for, the block devices' own page caches. Errors stay where {@code fsync} and {@code
   * syncfs} find them.
   */
  void syncAll() {
    SyncPhase.WAKE_FLUSHERS.begins(tracer, "all", SyncMode.NO_WAIT);
    writeback.wakeFlushers();
    List<SuperBlock> all = mounts.superBlocks();
    forEach(
        all,
        superBlock -> {
          if (isWritten(superBlock)) {
            SyncPhase.SYNC_INODES.begins(tracer, superBlock, SyncMode.WAIT);
            writeback.syncInodes(superBlock);
          }
        });
    forEach(all, superBlock -> syncRest(superBlock, SyncMode.NO_WAIT));
    forEach(all, superBlock -> syncRest(superBlock, SyncMode.WAIT));
    syncBlockDevices(SyncMode.NO_WAIT);
    syncBlockDevices(SyncMode.WAIT);
    SyncPhase.LAPTOP_MODE.begins(tracer, "all", SyncMode.NO_WAIT);
    writeback.syncCompleted();
  }

  private void syncBlockDevices(SyncMode mode) {
    SyncPhase.SYNC_BLOCK_DEVICES.begins(tracer, "all", mode);
    mounts.types().forEach(type -> type.syncBlockDevices(mode));
  }

  private void syncRest(SuperBlock superBlock, SyncMode mode) throws ErrnoException {
    if (isWritten(superBlock)) {
      SyncPhase.SYNC_FILE_SYSTEM.begins(tracer, superBlock, mode);
      superBlock.operations().sync(mode);
    }
  }

  /** A frozen file system is on the device already, and not to be touched there. */
  private static boolean isWritten(SuperBlock superBlock) {
    return !superBlock.isReadOnly() && !superBlock.isFrozen();
  }

  private static void forEach(List<SuperBlock> superBlocks, SuperBlock.SyncStep step) {
    for (SuperBlock superBlock : superBlocks) {
      try {
        superBlock.whileAlive(step);
      } catch (ErrnoException e) {
        superBlock.errors().set(e.errno());
      }
    }
  }

  void syncFileSystem(OpenFile file) throws ErrnoException {
    if (file.isPathOnly() || file.isClosed()) {
      throw DataCalls.notOpenFor(file, "syncing");
    }
    SuperBlock superBlock = file.inode().superBlock();
    try {
      superBlock.whileAlive(SuperBlock::sync);
    } catch (ErrnoException e) {
      file.takeSuperBlockError();
      throw e;
    }
    Errno error = file.takeSuperBlockError();
    if (error != null) {
      throw new ErrnoException(
          error, "earlier writes to " + superBlock + " did not reach the device");
    }
  }

  void syncRange(OpenFile file, long offset, long length, int flags) throws ErrnoException {
    if (file.isPathOnly() || file.isClosed()) {
      throw DataCalls.notOpenFor(file, "syncing");
    }
    if ((flags & ~RANGE_FLAGS) != 0) {
      throw new ErrnoException(
          Errno.EINVAL, "sync_file_range flags 0x%x are not all known".formatted(flags));
    }
    if (offset < 0 || length < 0 || offset + length < 0) {
      throw new ErrnoException(
          Errno.EINVAL, length + " bytes at " + offset + " do not lie within a file");
    }
    switch (file.inode().type()) {
      case REGULAR, BLOCK_DEVICE, DIRECTORY, SYMBOLIC_LINK -> {}
      default -> throw new ErrnoException(Errno.ESPIPE, file + " has no pages to write");
    }
    long last = length == 0 ? Long.MAX_VALUE : offset + length - 1;
    file.operations().syncRange(file, offset, last, flags);
    if ((flags & (FileOperations.WAIT_BEFORE | FileOperations.WAIT_AFTER)) != 0) {
      throwError(file);
    }
  }
}
