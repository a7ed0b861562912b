package dev.sekiso.filesystems.ramfs;

import dev.sekiso.filesystems.block.PagedFileOperations;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.OpenFile;

/** Open regular files of a ramfs. */
final class RamFiles extends PagedFileOperations {

  /** Reading ahead what is in memory gains nothing: pages of holes are made one by one. */
  private static final int READAHEAD_PAGES = 0;

  RamFiles() {
    super(READAHEAD_PAGES);
  }

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
