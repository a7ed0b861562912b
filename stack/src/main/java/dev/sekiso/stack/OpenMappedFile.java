package dev.sekiso.stack;

import dev.sekiso.filesystems.block.PagedFileOperations.Opened;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.MappedFile;
import dev.sekiso.pagecache.ReadaheadState;
import dev.sekiso.vfs.FileMapping;

/** An open file of the VFS, as the page cache's memory maps know it. */
final class OpenMappedFile implements MappedFile {

  private final FileMapping mapping;
  private final Opened opened;

  OpenMappedFile(FileMapping mapping, Opened opened) {
    this.mapping = mapping;
    this.opened = opened;
  }

  @Override
  public AddressSpace pages() {
    return opened.owner().addressSpace();
  }

  @Override
  public ReadaheadState readahead() {
    return opened.readahead();
  }

  @Override
  public void keep() {
    mapping.keep();
  }

  @Override
  public void letGo() {
    mapping.release();
  }

  @Override
  public boolean isWritable() {
    return mapping.isWritable();
  }

  @Override
  public boolean mayProbe() {
    return mapping.mayProbe();
  }

  @Override
  public void startStore() throws ErrnoException {
    mapping.startStore();
  }

  @Override
  public void endStore() {
    mapping.endStore();
  }

  @Override
  public void sync(long firstByte, long lastByte) throws ErrnoException {
    mapping.sync(firstByte, lastByte);
  }

  @Override
  public void punchHole(long offset, long length) throws ErrnoException {
    mapping.punchHole(offset, length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof OpenMappedFile that && that.mapping.file() == mapping.file();
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(mapping.file());
  }

  @Override
  public String toString() {
    return mapping.toString();
  }
}
