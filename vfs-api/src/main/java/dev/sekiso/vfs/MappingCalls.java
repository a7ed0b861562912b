package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;

/** {@code mmap(2)} as far as it concerns files ({@code do_mmap}'s checks). */
final class MappingCalls {

  /** PROT_WRITE and PROT_EXEC. */
  private static final int WRITE = 1 << 1;

  private static final int EXECUTE = 1 << 2;

  /** FALLOC_FL_KEEP_SIZE and FALLOC_FL_PUNCH_HOLE. */
  private static final int PUNCH_HOLE = 1 | 1 << 1;

  private static final int PAGE_SIZE = 4096;

  private final OpenCalls opens;
  private final SyncCalls syncs;
  private final FileCalls files;

  MappingCalls(OpenCalls opens, SyncCalls syncs, FileCalls files) {
    this.opens = opens;
    this.syncs = syncs;
    this.files = files;
  }

  FileMapping map(OpenFile file, long offset, long length, int protection, Sharing sharing)
      throws ErrnoException {
    if (offset % PAGE_SIZE != 0 || length == 0) {
      throw new ErrnoException(
          Errno.EINVAL,
          "a mapping has at least a byte and begins at a page of the file, not %d at %d"
              .formatted(length, offset));
    }
    if (file.isPathOnly() || !file.tryGet()) {
      throw DataCalls.notOpenFor(file, "mapping");
    }
    boolean mapped = false;
    try {
      checkRange(file.inode(), offset, length);
      checkAccess(file, protection, sharing);
      FileMapping mapping =
          new FileMapping(file, file.operations().mmap(file, sharing), sharing, this);
      mapped = true;
      return mapping;
    } finally {
      if (!mapped) {
        opens.put(file);
      }
    }
  }

  /** {@code file_mmap_ok}. */
  private static void checkRange(Inode inode, long offset, long length) throws ErrnoException {
    long maximum =
        inode.isRegularFile() ? inode.superBlock().maximumFileSize() : Long.MAX_VALUE - PAGE_SIZE;
    if (offset < 0 || length < 0 || length > maximum || offset > maximum - length) {
      throw new ErrnoException(
          Errno.EOVERFLOW,
          "%d bytes at %d do not lie within a file, which may have %d"
              .formatted(length, offset, maximum));
    }
  }

  private static void checkAccess(OpenFile file, int protection, Sharing sharing)
      throws ErrnoException {
    boolean stores = sharing == Sharing.SHARED && (protection & WRITE) != 0;
    if (stores && !file.isWritable()) {
      throw new ErrnoException(
          Errno.EACCES, file + " is not open for writing; map it privately, or open it so");
    }
    if (sharing == Sharing.SHARED && file.isWritable() && file.inode().isAppendOnly()) {
      throw new ErrnoException(
          Errno.EACCES, file + " is append-only and open for writing; map it privately");
    }
    if (!file.isReadable()) {
      throw new ErrnoException(
          Errno.EACCES, file + " is not open for reading, as every mapping needs it");
    }
    if ((protection & EXECUTE) != 0 && file.mount().flags().contains(MountFlag.NO_EXEC)) {
      throw new ErrnoException(
          Errno.EPERM, file + " is on a mount where nothing is executed (noexec)");
    }
  }

  void release(OpenFile file) {
    opens.put(file);
  }

  void sync(OpenFile file, long firstByte, long lastByte) throws ErrnoException {
    syncs.sync(file, firstByte, lastByte, FileOperations.SyncScope.DATA);
  }

  void punchHole(OpenFile file, long offset, long length) throws ErrnoException {
    files.allocate(file, PUNCH_HOLE, offset, length);
  }
}
