package dev.sekiso.filesystems.ext2;

import dev.sekiso.filesystems.block.PagedFileOperations;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.AddressSpaceOwner;
import dev.sekiso.pagecache.ReadaheadState;
import dev.sekiso.vfs.Mappable;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.Sharing;
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
  public void open(OpenFile file) throws ErrnoException {
    requireAllowed(file, (Ext2Inode) file.inode());
    super.open(file);
  }

  /** Immutable files are not opened for writing, append-only ones only for appending. */
  static void requireAllowed(OpenFile file, Ext2Inode inode) throws ErrnoException {
    if (!file.isWritable()) {
      return;
    }
    if (inode.has(RawInode.FLAG_IMMUTABLE)) {
      throw new ErrnoException(Errno.EPERM, file + " is immutable (chattr +i)");
    }
    if (inode.has(RawInode.FLAG_APPEND) && !file.isAppending()) {
      throw new ErrnoException(
          Errno.EPERM, file + " is append-only (chattr +a); open it with O_APPEND");
    }
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

  /** An append-only file cannot be stored to at any place. */
  @Override
  public Mappable mmap(OpenFile file, Sharing sharing) throws ErrnoException {
    boolean appends = ((Ext2Inode) file.inode()).has(RawInode.FLAG_APPEND);
    if (appends && sharing == Sharing.SHARED && file.isWritable()) {
      throw new ErrnoException(
          Errno.EACCES, file + " is append-only (chattr +a); map it privately");
    }
    return super.mmap(file, sharing);
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
