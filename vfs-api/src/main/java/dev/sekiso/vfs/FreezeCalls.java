package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;

/** Freezing and thawing by ioctl ({@code ioctl_fsfreeze}, {@code ioctl_fsthaw} of fs/ioctl.c). */
final class FreezeCalls {

  /** The ioctl's number, as traces show it. */
  static final long FIFREEZE = 0xC004_5877L;

  /** The ioctl's number, as traces show it. */
  static final long FITHAW = 0xC004_5878L;

  void freeze(OpenFile file) throws ErrnoException {
    SuperBlock superBlock = superBlock(file, "freeze");
    if (!superBlock.operations().supportsFreeze()) {
      throw new ErrnoException(
          Errno.EOPNOTSUPP,
          superBlock + " is a " + superBlock.type().name() + ", which cannot be frozen");
    }
    superBlock.freeze();
  }

  void thaw(OpenFile file) throws ErrnoException {
    superBlock(file, "thaw").thaw();
  }

  private static SuperBlock superBlock(OpenFile file, String what) throws ErrnoException {
    if (file.isPathOnly() || file.isClosed()) {
      throw DataCalls.notOpenFor(file, "ioctl");
    }
    if (!Permissions.caller().isSuperUser()) {
      throw new ErrnoException(
          Errno.EPERM,
          "only the super user may %s a file system, not %d"
              .formatted(what, Permissions.caller().uid()));
    }
    return file.inode().superBlock();
  }
}
