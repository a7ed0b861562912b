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
    if (written > 0 && inode.has(RawInode.FLAG_SYNC)) {
      sync(file, position, position + written - 1, SyncScope.ALL);
    }
    return written;
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
