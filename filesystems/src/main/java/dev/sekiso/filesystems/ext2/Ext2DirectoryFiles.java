package dev.sekiso.filesystems.ext2;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Errseq;
import dev.sekiso.vfs.FileOperations;
import dev.sekiso.vfs.OpenFile;
import java.lang.foreign.MemorySegment;

/** Open directories. */
final class Ext2DirectoryFiles implements FileOperations {

  private final Ext2Inodes inodes;

  Ext2DirectoryFiles(Ext2Inodes inodes) {
    this.inodes = inodes;
  }

  @Override
  public int read(OpenFile file, long position, MemorySegment destination, int flags)
      throws ErrnoException {
    throw new ErrnoException(Errno.EISDIR, file + " is a directory; list it");
  }

  @Override
  public void readDirectory(OpenFile file, DirectorySink sink) throws ErrnoException {
    new Directory((Ext2Inode) file.inode()).list(file.position(), sink, inodes.table());
  }

  @Override
  public void sync(OpenFile file, long firstByte, long lastByte, SyncScope scope)
      throws ErrnoException {
    inodes.sync((Ext2Inode) file.inode(), firstByte, lastByte, scope);
  }

  @Override
  public Errseq errors(OpenFile file) {
    return ((Ext2Inode) file.inode()).addressSpace().errors();
  }
}
