package dev.sekiso.filesystems.ramfs;

import dev.sekiso.filesystems.block.PagedFileOperations;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.OpenFile;
import java.lang.foreign.MemorySegment;

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

  @Override
  public int write(OpenFile file, long position, MemorySegment source, int flags)
      throws ErrnoException {
    RamInode inode = (RamInode) file.inode();
    if (position > inode.size()) {
      inode.zeroBehindEnd(position);
    }
    return super.write(file, position, source, flags);
  }

  @Override
  public boolean supportsAllocate(OpenFile file) {
    return true;
  }

  /** As tmpfs does ({@code shmem_fallocate}): space is pages that are kept. */
  @Override
  public void allocate(OpenFile file, int mode, long offset, long length) throws ErrnoException {
    if ((mode & ~(KEEP_SIZE | PUNCH_HOLE)) != 0) {
      throw new ErrnoException(
          Errno.EOPNOTSUPP,
          "ramfs reserves space and punches holes, no more (fallocate mode 0x%x)".formatted(mode));
    }
    RamInode inode = (RamInode) file.inode();
    if ((mode & PUNCH_HOLE) != 0) {
      inode.addressSpace().truncateRange(offset, offset + length - 1);
    } else {
      // The limits hold even if the size stays.
      inode.requireMayGrowTo(offset + length);
      inode.reserve(offset, length);
      if ((mode & KEEP_SIZE) == 0 && offset + length > inode.size()) {
        inode.zeroBehindEnd(offset + length);
        inode.setSize(offset + length);
      }
    }
    inode.modified();
  }

  /** There is nothing more durable than memory. */
  @Override
  public void sync(OpenFile file, long firstByte, long lastByte, SyncScope scope) {}
}
