package dev.sekiso.vfs;

import dev.sekiso.machine.ErrnoException;
import java.util.Set;

/**
 * The system calls that name a file by its path.
 *
 * <p>Each has the form with a starting directory that today's Linux has ({@code …at}), and where
 * older Unix had one without, that form too. A path is absolute, or starts at the open directory,
 * or without one at the root.
 */
public sealed interface PathCalls permits Vfs {

  // Opening

  /** {@code open(2)} of something that exists. */
  default OpenFile open(String path, OpenFlag... flags) throws ErrnoException {
    return openAt(null, path, OpenFlag.bits(flags), 0);
  }

  /** {@code open(2)}; the mode, less the umask, is for a file that is made. */
  default OpenFile open(String path, int mode, OpenFlag... flags) throws ErrnoException {
    return openAt(null, path, OpenFlag.bits(flags), mode);
  }

  /** {@code openat(2)}. */
  default OpenFile openAt(OpenFile directory, String path, int mode, OpenFlag... flags)
      throws ErrnoException {
    return openAt(directory, path, OpenFlag.bits(flags), mode);
  }

  /**
   * {@code openat(2)} with the flags as a number.
   *
   * @param directory where a relative path starts; null for the root
   * @param flags bits of {@link OpenFlag}
   */
  OpenFile openAt(OpenFile directory, String path, int flags, int mode) throws ErrnoException;

  // Attributes

  /** {@code stat(2)}. */
  default Attributes stat(String path) throws ErrnoException {
    return statAt(null, path, LinkMode.FOLLOW);
  }

  /** {@code lstat(2)}: of a symbolic link itself. */
  default Attributes lstat(String path) throws ErrnoException {
    return statAt(null, path, LinkMode.NO_FOLLOW);
  }

  /** {@code fstatat(2)}. */
  Attributes statAt(OpenFile directory, String path, LinkMode links) throws ErrnoException;

  /**
   * {@code access(2)}: succeeds if the caller may do all that the mask says.
   *
   * @param mask {@link Vfs#MAY_READ}, {@link Vfs#MAY_WRITE}, {@link Vfs#MAY_EXECUTE}; 0 asks for
   *     existence
   */
  default void access(String path, int mask) throws ErrnoException {
    accessAt(null, path, mask, LinkMode.FOLLOW);
  }

  /** {@code faccessat2(2)}. */
  void accessAt(OpenFile directory, String path, int mask, LinkMode links) throws ErrnoException;

  /** {@code chmod(2)}; 07777. */
  default void chmod(String path, int mode) throws ErrnoException {
    chmodAt(null, path, mode, LinkMode.FOLLOW);
  }

  /** {@code fchmodat2(2)}. */
  void chmodAt(OpenFile directory, String path, int mode, LinkMode links) throws ErrnoException;

  /** {@code chown(2)}; −1 leaves a number alone. */
  default void chown(String path, int uid, int gid) throws ErrnoException {
    chownAt(null, path, uid, gid, LinkMode.FOLLOW);
  }

  /** {@code lchown(2)}: of a symbolic link itself. */
  default void lchown(String path, int uid, int gid) throws ErrnoException {
    chownAt(null, path, uid, gid, LinkMode.NO_FOLLOW);
  }

  /** {@code fchownat(2)}. */
  void chownAt(OpenFile directory, String path, int uid, int gid, LinkMode links)
      throws ErrnoException;

  /** {@code utimensat(2)} of a path. */
  default void utimens(String path, TimeChange access, TimeChange modification)
      throws ErrnoException {
    utimensAt(null, path, access, modification, LinkMode.FOLLOW);
  }

  /** {@code utimensat(2)}. */
  void utimensAt(
      OpenFile directory, String path, TimeChange access, TimeChange modification, LinkMode links)
      throws ErrnoException;

  /** {@code truncate(2)}: shorter or longer; what is added reads as zeros. */
  void truncate(String path, long size) throws ErrnoException;

  /** {@code statfs(2)}. */
  FileSystemStatus statfs(String path) throws ErrnoException;

  // Names

  /** {@code mkdir(2)}. */
  default void mkdir(String path, int mode) throws ErrnoException {
    mkdirAt(null, path, mode);
  }

  /** {@code mkdirat(2)}. */
  void mkdirAt(OpenFile directory, String path, int mode) throws ErrnoException;

  /** {@code rmdir(2)}. */
  default void rmdir(String path) throws ErrnoException {
    rmdirAt(null, path);
  }

  /** {@code unlinkat(2)} with AT_REMOVEDIR. */
  void rmdirAt(OpenFile directory, String path) throws ErrnoException;

  /**
   * {@code mknod(2)}.
   *
   * @param mode type and permissions; no type means a regular file
   * @param device number of a device file
   */
  default void mknod(String path, int mode, long device) throws ErrnoException {
    mknodAt(null, path, mode, device);
  }

  /** {@code mknodat(2)}. */
  void mknodAt(OpenFile directory, String path, int mode, long device) throws ErrnoException;

  /** {@code link(2)}: a symbolic link gets the new name itself. */
  default void link(String existing, String created) throws ErrnoException {
    linkAt(null, existing, null, created, LinkMode.NO_FOLLOW);
  }

  /** {@code linkat(2)}. */
  void linkAt(
      OpenFile existingDirectory,
      String existing,
      OpenFile createdDirectory,
      String created,
      LinkMode links)
      throws ErrnoException;

  /** {@code symlink(2)}: the target is kept as it is, whether it exists or not. */
  default void symlink(String target, String path) throws ErrnoException {
    symlinkAt(target, null, path);
  }

  /** {@code symlinkat(2)}. */
  void symlinkAt(String target, OpenFile directory, String path) throws ErrnoException;

  /** {@code readlink(2)}. */
  default String readlink(String path) throws ErrnoException {
    return readlinkAt(null, path);
  }

  /** {@code readlinkat(2)}. */
  String readlinkAt(OpenFile directory, String path) throws ErrnoException;

  /** {@code unlink(2)}; the file itself goes when nobody has it open and no other name is left. */
  default void unlink(String path) throws ErrnoException {
    unlinkAt(null, path);
  }

  /** {@code unlinkat(2)}. */
  void unlinkAt(OpenFile directory, String path) throws ErrnoException;

  /** {@code rename(2)}: replaces what the new name led to. */
  default void rename(String from, String to) throws ErrnoException {
    renameAt(null, from, null, to, Set.of());
  }

  /** {@code renameat2(2)}. */
  void renameAt(
      OpenFile fromDirectory, String from, OpenFile toDirectory, String to, Set<RenameFlag> flags)
      throws ErrnoException;
}
