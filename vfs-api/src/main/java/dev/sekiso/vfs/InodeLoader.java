package dev.sekiso.vfs;

import dev.sekiso.machine.ErrnoException;

/** Brings an inode in from where its file system keeps it. */
@FunctionalInterface
public interface InodeLoader {

  /**
   * A new object for the inode, filled in, with its one reference. May wait for I/O; must not ask
   * the super block for the same number.
   *
   * @throws ErrnoException ESTALE or ENOENT when the number is free, EUCLEAN when what is there is
   *     no inode, EIO when it cannot be read
   */
  Inode load(long number) throws ErrnoException;
}
