package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.util.Set;

/**
 * Names and attributes: what a directory or any inode can do (the kernel's {@code
 * inode_operations}). The VFS has checked permissions and limits and holds the locks of the
 * directories involved for writing ({@link #lookup}: at least for reading). Inodes returned carry a
 * reference for the caller.
 */
public interface InodeOperations {

  /** The inode a name leads to, or null. */
  default Inode lookup(Inode directory, FileName name) throws ErrnoException {
    throw new ErrnoException(Errno.ENOTDIR, name + " was looked up in " + directory);
  }

  /**
   * Makes a regular file, fifo, socket or device file.
   *
   * @param mode type and permissions
   * @param specialDevice device number for device files, else 0
   */
  default Inode create(Inode directory, FileName name, int mode, long specialDevice)
      throws ErrnoException {
    throw notPermitted(directory, "create a file");
  }

  default Inode makeDirectory(Inode directory, FileName name, int mode) throws ErrnoException {
    throw notPermitted(directory, "make a directory");
  }

  default Inode makeSymbolicLink(Inode directory, FileName name, byte[] target)
      throws ErrnoException {
    throw notPermitted(directory, "make a symbolic link");
  }

  default void link(Inode target, Inode directory, FileName name) throws ErrnoException {
    throw notPermitted(directory, "make a hard link");
  }

  default void unlink(Inode directory, FileName name, Inode victim) throws ErrnoException {
    throw notPermitted(directory, "unlink");
  }

  default void removeDirectory(Inode directory, FileName name, Inode victim) throws ErrnoException {
    throw notPermitted(directory, "remove a directory");
  }

  /**
   * Moves a name. What the new name led to ({@code victim}, may be null) is replaced.
   *
   * @param flags {@link RenameFlag#EXCHANGE} may be refused with EINVAL
   */
  default void rename(
      Inode oldDirectory,
      FileName oldName,
      Inode moved,
      Inode newDirectory,
      FileName newName,
      Inode victim,
      Set<RenameFlag> flags)
      throws ErrnoException {
    throw notPermitted(oldDirectory, "rename");
  }

  /** A symbolic link's target. */
  default byte[] readLink(Inode link) throws ErrnoException {
    throw new ErrnoException(Errno.EINVAL, link + " is not a symbolic link");
  }

  /** Sets attributes; a size change truncates or extends. */
  void setAttributes(Inode inode, AttributeChange change) throws ErrnoException;

  /** What the files opened on the inode do. */
  FileOperations fileOperations(Inode inode);

  private static ErrnoException notPermitted(Inode directory, String what) {
    return new ErrnoException(Errno.EPERM, "the file system of " + directory + " cannot " + what);
  }
}
