package dev.sekiso.filesystems.ramfs;

import dev.sekiso.filesystems.ramfs.RamInode.RamEntry;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.FileName;
import dev.sekiso.vfs.FileOperations;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.OpenFile;
import java.lang.foreign.MemorySegment;

/** Open directories of a ramfs: names in the order they were made. */
final class RamDirectoryFiles implements FileOperations {

  @Override
  public int read(OpenFile file, long position, MemorySegment destination, int flags)
      throws ErrnoException {
    throw new ErrnoException(Errno.EISDIR, file + " is a directory; list it");
  }

  @Override
  public void readDirectory(OpenFile file, DirectorySink sink) throws ErrnoException {
    RamInode directory = (RamInode) file.inode();
    long position = file.position();
    if (position == 0) {
      if (!sink.entry(FileName.DOT, directory.number(), FileType.DIRECTORY, 1)) {
        return;
      }
      position = 1;
    }
    if (position == 1) {
      long parent = directory.parent().number();
      if (!sink.entry(FileName.DOT_DOT, parent, FileType.DIRECTORY, RamInode.FIRST_POSITION)) {
        return;
      }
    }
    for (RamEntry entry : directory.entriesFrom(position)) {
      RamInode inode = entry.inode();
      if (!sink.entry(entry.name(), inode.number(), inode.type(), entry.position() + 1)) {
        return;
      }
    }
  }

  @Override
  public void sync(OpenFile file, long firstByte, long lastByte, SyncScope scope) {}
}
