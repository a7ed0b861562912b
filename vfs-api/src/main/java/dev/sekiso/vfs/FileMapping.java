package dev.sekiso.vfs;

import dev.sekiso.machine.ErrnoException;

/**
 * A file that is to be mapped, or is: what {@link Vfs#mmap} gives to whoever builds processes'
 * memory. It holds the open file once, from the beginning; further holds are taken and given back
 * by {@link #keep} and {@link #release}, so a mapping outlives the close of its descriptor.
 */
public final class FileMapping {

  private final OpenFile file;
  private final Mappable content;
  private final Sharing sharing;
  private final MappingCalls calls;

  FileMapping(OpenFile file, Mappable content, Sharing sharing, MappingCalls calls) {
    this.file = file;
    this.content = content;
    this.sharing = sharing;
    this.calls = calls;
  }

  public OpenFile file() {
    return file;
  }

  /** What the file system gave. */
  public Mappable content() {
    return content;
  }

  public Sharing sharing() {
    return sharing;
  }

  /** Whether a shared mapping may be stored to. */
  public boolean isWritable() {
    return file.isWritable();
  }

  /**
   * Whether the caller may know what of the file is in memory: it owns the file, or could write to
   * it ({@code can_do_mincore}).
   */
  public boolean mayProbe() {
    Inode inode = file.inode();
    return Permissions.caller().isSuperUser()
        || Permissions.caller().uid() == inode.uid()
        || (!inode.superBlock().isReadOnly() && Permissions.allows(inode, Permissions.WRITE));
  }

  /** Takes another hold of the open file. Does not wait. */
  public void keep() {
    if (!file.tryGet()) {
      throw new IllegalStateException(file + " was let go of more often than kept");
    }
  }

  /** Gives a hold back ({@code fput}). May wait if it is the last. */
  public void release() {
    calls.release(file);
  }

  /**
   * A page is about to be stored to for the first time since it was written: waits while the file
   * system is frozen and sets the file's times; {@link #endStore} must follow ({@code
   * sb_start_pagefault}, {@code file_update_time}).
   */
  public void startStore() throws ErrnoException {
    file.inode().superBlock().startPageFault();
    DataCalls.touchModified(file.inode());
  }

  public void endStore() {
    file.inode().superBlock().endPageFault();
  }

  /**
   * Makes a range durable, and what is needed to read it back; tells of earlier failures once
   * ({@code vfs_fsync_range}).
   */
  public void sync(long firstByte, long lastByte) throws ErrnoException {
    calls.sync(file, firstByte, lastByte);
  }

  /** Frees a byte range of the file ({@code MADV_REMOVE}). */
  public void punchHole(long offset, long length) throws ErrnoException {
    calls.punchHole(file, offset, length);
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
