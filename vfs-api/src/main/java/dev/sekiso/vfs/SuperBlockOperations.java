package dev.sekiso.vfs;

import dev.sekiso.machine.ErrnoException;

/** What the VFS asks of a mounted file system (the kernel's {@code super_operations}). */
public interface SuperBlockOperations {

  /** Whether a method waits for I/O. */
  enum SyncMode {
    NO_WAIT,
    WAIT
  }

  /**
   * Writes the inode's metadata to its place in the file system ({@code write_inode}); with {@link
   * SyncMode#WAIT} it is on the device's way to durability when this returns: written, the volatile
   * cache not yet flushed.
   */
  void writeInode(Inode inode, SyncMode mode) throws ErrnoException;

  /**
   * The last reference is gone ({@code evict_inode}): drops the inode's pages and, if it has no
   * links, gives its blocks and its number back.
   */
  void evictInode(Inode inode);

  /** Writes what the file system keeps besides inodes ({@code sync_fs}). */
  void sync(SyncMode mode) throws ErrnoException;

  FileSystemStatus status() throws ErrnoException;

  /** Changes between read-only and read-write, or the file system's own options. */
  void remount(MountRequest request) throws ErrnoException;

  /** The last mount is gone: everything has been synced; releases the device ({@code put_super}). */
  void release() throws ErrnoException;
}
