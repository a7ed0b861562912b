package dev.sekiso.filesystems.ext2;

import dev.sekiso.filesystems.block.PagedFileOperations;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.AddressSpaceOwner;
import dev.sekiso.pagecache.ReadaheadState;
import dev.sekiso.vfs.OpenFile;
import java.lang.foreign.MemorySegment;

/** Open regular files ({@code fs/ext2/file.c}). */
final class Ext2Files extends PagedFileOperations {

  private final Ext2Inodes inodes;

  Ext2Files(Ext2Inodes inodes) {
    this.inodes = inodes;
  }

  @Override
  protected ReadaheadState newReadahead(AddressSpaceOwner owner) {
    return readaheadOf(inodes.volume().buffers().io().device());
  }

  @Override
  public int write(OpenFile file, long position, MemorySegment source, int flags)
      throws ErrnoException {
    Ext2Inode inode = (Ext2Inode) file.inode();
    long oldSize = inode.size();
    int written;
    try {
      written = super.write(file, position, source, flags);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EAGAIN) {
        inodes.dropBlocksBehindEnd(inode);
      }
      throw e;
    }
    if (written < source.byteSize()) {
      inodes.dropBlocksBehindEnd(inode);
    }
    if (written > 0 && position > oldSize && (flags & DIRECT) == 0) {
      inodes.zeroBehindEnd(inode, oldSize, position);
    }
    if (written > 0 && inode.has(RawInode.FLAG_SYNC)) {
      sync(file, position, position + written - 1, SyncScope.ALL);
    }
    return written;
  }

  @Override
  public boolean supportsAllocate(OpenFile file) {
    return true;
  }

  /**
   * What Linux does with an ext2 image, which it mounts by the ext4 driver ({@code
   * CONFIG_EXT4_USE_FOR_EXT2}): holes are punched; everything else needs extents, as it finds out
   * after the file counts as changed.
   */
  @Override
  public void allocate(OpenFile file, int mode, long offset, long length) throws ErrnoException {
    Ext2Inode inode = (Ext2Inode) file.inode();
    boolean punches = (mode & PUNCH_HOLE) != 0;
    if ((mode & UNSHARE_RANGE) == 0) {
      inode.modified();
    }
    if (!punches) {
      throw new ErrnoException(
          Errno.EOPNOTSUPP,
          "ext2 reserves no space (fallocate mode 0x%x); write zeroes instead".formatted(mode));
    }
    inodes.punchHole(inode, offset, length);
  }

  @Override
  public void release(OpenFile file) {
    if (file.isWritable()) {
      ((Ext2Inode) file.inode()).tree().discardWindow();
    }
  }

  @Override
  public void sync(OpenFile file, long firstByte, long lastByte, SyncScope scope)
      throws ErrnoException {
    inodes.sync((Ext2Inode) file.inode(), firstByte, lastByte, scope);
  }
}
