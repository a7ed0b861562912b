package dev.sekiso.vfs;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.SuperBlockOperations.SyncMode;

/** A kind of file system that can be mounted (the kernel's {@code file_system_type}). */
public interface FileSystemType {

  /** The name given to {@code mount}, such as {@code "ext2"}. */
  String name();

  /**
   * Whether the source is a device that can hold one file system only ({@code FS_REQUIRES_DEV}), so
   * that two mounts of it share a super block. Otherwise each mount makes a new one.
   */
  default boolean requiresDevice() {
    return true;
  }

  /**
   * Reads or makes a super block. Two mounts of one device share it: the VFS asks only when no
   * super block of this type and source is alive.
   *
   * @throws ErrnoException EINVAL when the source holds no such file system or an option is
   *     unknown; EIO when it cannot be read; EUCLEAN when it is corrupt
   */
  SuperBlock mount(MountRequest request) throws ErrnoException;

  /**
   * Writes the page caches of the block devices that are in use as files, mounted or not ({@code
   * sync_bdevs}): starts with {@link SyncMode#NO_WAIT}, waits with {@link SyncMode#WAIT}. Only the
   * type whose inodes are block devices has any. Errors stay in the devices' error sequences.
   */
  default void syncBlockDevices(SyncMode mode) {}
}
