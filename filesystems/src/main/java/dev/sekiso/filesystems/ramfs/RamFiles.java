package dev.sekiso.filesystems.ramfs;

import dev.sekiso.filesystems.block.PagedFileOperations;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.OpenFile;

/**
 * Open regular files of a ramfs. Reading ahead what is in memory would gain nothing: pages of holes
 * are made one by one.
 */
final class RamFiles extends PagedFileOperations {

  @Override
  public void open(OpenFile file) throws ErrnoException {
    if (file.isDirect()) {
      throw new ErrnoException(
          Errno.EINVAL, "ramfs has no device to transfer directly to; open without O_DIRECT");
    }
    super.open(file);
  }

  /** There is nothing more durable than memory. */
  @Override
  public void sync(OpenFile file, long firstByte, long lastByte, SyncScope scope) {}
}
