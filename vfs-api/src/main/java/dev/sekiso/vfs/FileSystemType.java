package dev.sekiso.vfs;

import dev.sekiso.machine.ErrnoException;

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
}
