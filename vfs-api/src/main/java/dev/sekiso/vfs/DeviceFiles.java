package dev.sekiso.vfs;

import dev.sekiso.machine.ErrnoException;

/**
 * What is behind device files: which operations serve a device number (the kernel's {@code
 * chrdev_open}, {@code def_blk_fops}). Handed to the {@link Vfs}; asked at each open of a character
 * or block device file, of whatever file system.
 */
@FunctionalInterface
public interface DeviceFiles {

  /** No device files: the file system that holds the inode answers itself. */
  DeviceFiles NONE = inode -> null;

  /**
   * The operations of files opened on a device inode; null to leave it to the inode's own file
   * system.
   *
   * @param inode {@link Inode#type} and {@link Inode#specialDevice} tell the device
   * @throws ErrnoException ENXIO when there is no such device
   */
  FileOperations operations(Inode inode) throws ErrnoException;
}
