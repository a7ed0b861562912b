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

  /** Whether it can be frozen on demand ({@code FIFREEZE}). */
  default boolean supportsFreeze() {
    return false;
  }

  /**
   * The last step of freezing, when everything has been synced and nothing changes any more: makes
   * of the device what an unmount would leave ({@code freeze_fs}).
   */
  default void freeze() throws ErrnoException {
    sync(SyncMode.WAIT);
  }

  /** The first step of thawing: changes are about to go ahead ({@code unfreeze_fs}). */
  default void thaw() throws ErrnoException {}

  /**
   * The last mount is gone, everything has been synced, the inodes are about to be evicted: lets go
   * of the references the file system holds on its own inodes ({@code kill_sb}).
   */
  default void shutDown() {}

  FileSystemStatus status() throws ErrnoException;

  /**
   * Changes between read-only and read-write, or the file system's own options ({@code
   * remount_fs}). The VFS has synced before a change to read-only and refused it while files are
   * open for writing.
   */
  void remount(MountRequest request) throws ErrnoException;

  /**
   * The last mount is gone, everything has been synced, every inode evicted: releases the device
   * ({@code put_super}).
   */
  void release() throws ErrnoException;
}
