package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.util.Set;

/**
 * The calls that make, remove and move names ({@code fs/namei.c}).
 *
 * <p>Each walks to the parent, announces a change on the mount, takes the directory's lock, looks
 * the last component up, checks, asks the file system, and brings the dentry cache in line before
 * it lets the lock go. References on what was removed are given back after all locks, because that
 * may truncate a file.
 */
final class NameCalls {

  private final MountTable mounts;
  private final AccessTimes accessTimes;

  NameCalls(MountTable mounts, AccessTimes accessTimes) {
    this.mounts = mounts;
    this.accessTimes = accessTimes;
  }

  PathWalk walk(OpenFile base, String path) throws ErrnoException {
    return new PathWalk(mounts, accessTimes, base, path);
  }

  // Making names

  /** Makes what a call asks for in a locked directory ({@code filename_create}'s users). */
  @FunctionalInterface
  private interface Maker {
    Inode make(Inode directory, FileName name) throws ErrnoException;
  }

  /** A maker that needs permission first. */
  private static Maker permitted(Maker maker) {
    return (directory, name) -> {
      Permissions.checkCreate(directory);
      return maker.make(directory, name);
    };
  }

  private enum Makes {
    DIRECTORY,
    OTHER
  }

  private void make(OpenFile base, String path, Makes kind, Maker maker) throws ErrnoException {
    try (PathWalk walk = walk(base, path)) {
      makeAt(walk, kind, maker);
    }
  }

  private void makeAt(PathWalk walk, Makes kind, Maker maker) throws ErrnoException {
    walk.toParent();
    if (walk.lastKind() != PathWalk.LastKind.NORMAL) {
      throw exists(walk);
    }
    Mount mount = walk.mount();
    ErrnoException readOnly = tryStartWrite(mount);
    try {
      Inode directory = walk.dentry().inode();
      directory.lock().writeLock().lock();
      try {
        makeLocked(walk, kind, maker, readOnly);
      } finally {
        directory.lock().writeLock().unlock();
      }
    } finally {
      if (readOnly == null) {
        mount.endWrite();
      }
    }
  }

  private static void makeLocked(PathWalk walk, Makes kind, Maker maker, ErrnoException readOnly)
      throws ErrnoException {
    Inode directory = walk.dentry().inode();
    DentryCache cache = directory.superBlock().dentries();
    Dentry dentry = cache.lookupLocked(walk.dentry(), walk.last());
    try {
      if (!dentry.isNegative()) {
        throw exists(walk);
      }
      if (walk.hasTrailingSlash() && kind != Makes.DIRECTORY) {
        throw walk.missing();
      }
      if (readOnly != null) {
        throw readOnly;
      }
      Inode made = maker.make(directory, walk.last());
      dentry = cache.instantiate(dentry, made);
    } finally {
      dentry.put();
    }
  }

  /** EROFS is told only after EEXIST has been ruled out. */
  private static ErrnoException tryStartWrite(Mount mount) {
    try {
      mount.startWrite();
      return null;
    } catch (ErrnoException e) {
      return e;
    }
  }

  private static ErrnoException exists(PathWalk walk) {
    return new ErrnoException(Errno.EEXIST, "'" + walk.path() + "' exists already");
  }

  private static int withoutUmask(int mode, int mask) {
    return mode & mask & ~Permissions.caller().umask();
  }

  void makeDirectory(OpenFile base, String path, int mode) throws ErrnoException {
    int permissions = withoutUmask(mode, 0777 | Permissions.STICKY);
    make(
        base,
        path,
        Makes.DIRECTORY,
        permitted((directory, name) ->
            directory
                .operations()
                .makeDirectory(directory, name, FileType.DIRECTORY.modeBits() | permissions)));
  }

  void makeNode(OpenFile base, String path, int mode, long device) throws ErrnoException {
    FileType type = (mode & FileType.MASK) == 0 ? FileType.REGULAR : FileType.ofMode(mode);
    if (type == FileType.DIRECTORY) {
      throw new ErrnoException(Errno.EPERM, "mknod makes no directories; use mkdir");
    }
    if (type == null || type == FileType.SYMBOLIC_LINK) {
      throw new ErrnoException(
          Errno.EINVAL, "mode 0%o names nothing that mknod can make".formatted(mode));
    }
    boolean special = type == FileType.CHARACTER_DEVICE || type == FileType.BLOCK_DEVICE;
    int fullMode = type.modeBits() | withoutUmask(mode, 07777);
    make(
        base,
        path,
        Makes.OTHER,
        permitted((directory, name) -> {
          if (special && !Permissions.caller().isSuperUser()) {
            throw new ErrnoException(Errno.EPERM, "only the super user may make device files");
          }
          return directory.operations().create(directory, name, fullMode, special ? device : 0);
        }));
  }

  void makeSymbolicLink(String target, OpenFile base, String path) throws ErrnoException {
    byte[] bytes = FileName.encode(target);
    if (bytes.length == 0) {
      throw new ErrnoException(Errno.ENOENT, "a symbolic link cannot be empty");
    }
    if (bytes.length >= PathWalk.MAXIMUM_LENGTH) {
      throw new ErrnoException(
          Errno.ENAMETOOLONG, "a symbolic link holds at most 4095 bytes, not " + bytes.length);
    }
    for (byte b : bytes) {
      if (b == 0) {
        throw new ErrnoException(Errno.EINVAL, "a symbolic link cannot hold NUL");
      }
    }
    make(
        base,
        path,
        Makes.OTHER,
        permitted(
            (directory, name) -> directory.operations().makeSymbolicLink(directory, name, bytes)));
  }

  void link(OpenFile oldBase, String oldPath, OpenFile newBase, String newPath, PathWalk.Last mode)
      throws ErrnoException {
    try (PathWalk oldWalk = walk(oldBase, oldPath)) {
      Path old = oldWalk.resolve(mode);
      try (PathWalk newWalk = walk(newBase, newPath)) {
        makeAt(newWalk, Makes.OTHER, (directory, name) -> link(old, newWalk, directory, name));
      } finally {
        old.put();
      }
    }
  }

  private static Inode link(Path old, PathWalk walk, Inode directory, FileName name)
      throws ErrnoException {
    Inode target = old.inode();
    if (walk.mount() != old.mount()) {
      throw new ErrnoException(
          Errno.EXDEV, "'" + name + "' and " + old + " are on different mounts; copy instead");
    }
    Permissions.checkCreate(directory);
    Permissions.requireUnprotected(target);
    if (target.isDirectory()) {
      throw new ErrnoException(Errno.EPERM, old + " is a directory and cannot have two names");
    }
    target.lock().writeLock().lock();
    try {
      if (target.links() == 0) {
        throw new ErrnoException(Errno.ENOENT, old + " has been removed");
      }
      directory.operations().link(target, directory, name);
      return target.get();
    } finally {
      target.lock().writeLock().unlock();
    }
  }

  // Removing names

  void unlink(OpenFile base, String path) throws ErrnoException {
    remove(base, path, Permissions.VictimKind.NON_DIRECTORY);
  }

  void removeDirectory(OpenFile base, String path) throws ErrnoException {
    remove(base, path, Permissions.VictimKind.DIRECTORY);
  }

  private void remove(OpenFile base, String path, Permissions.VictimKind kind)
      throws ErrnoException {
    try (PathWalk walk = walk(base, path)) {
      walk.toParent();
      requireRemovable(walk, kind);
      Mount mount = walk.mount();
      mount.startWrite();
      Dentry victim = null;
      try {
        Inode directory = walk.dentry().inode();
        directory.lock().writeLock().lock();
        try {
          victim = directory.superBlock().dentries().lookupLocked(walk.dentry(), walk.last());
          if (victim.isNegative()) {
            throw walk.missing();
          }
          if (walk.hasTrailingSlash() && kind == Permissions.VictimKind.NON_DIRECTORY) {
            throw victim.isDirectory()
                ? new ErrnoException(Errno.EISDIR, "'" + path + "' is a directory; use rmdir")
                : new ErrnoException(Errno.ENOTDIR, "'" + path + "' is not a directory");
          }
          removeLocked(directory, victim, walk.last(), kind);
        } finally {
          directory.lock().writeLock().unlock();
        }
      } finally {
        mount.endWrite();
        if (victim != null) {
          victim.put();
        }
      }
    }
  }

  private static void requireRemovable(PathWalk walk, Permissions.VictimKind kind)
      throws ErrnoException {
    if (walk.lastKind() == PathWalk.LastKind.NORMAL) {
      return;
    }
    if (kind == Permissions.VictimKind.NON_DIRECTORY) {
      throw new ErrnoException(Errno.EISDIR, "'" + walk.path() + "' is a directory; use rmdir");
    }
    throw switch (walk.lastKind()) {
      case DOT -> new ErrnoException(Errno.EINVAL, "'.' cannot be removed: name the directory");
      case DOT_DOT -> new ErrnoException(Errno.ENOTEMPTY, "'..' is not empty");
      default -> new ErrnoException(Errno.EBUSY, "the root cannot be removed");
    };
  }

  private static void removeLocked(
      Inode directory, Dentry victim, FileName name, Permissions.VictimKind kind)
      throws ErrnoException {
    Inode inode = victim.inode();
    Permissions.checkDelete(directory, inode, name, kind);
    inode.lock().writeLock().lock();
    try {
      requireNotMountPoint(victim);
      if (kind == Permissions.VictimKind.DIRECTORY) {
        directory.operations().removeDirectory(directory, name, inode);
        inode.setDead();
      } else {
        directory.operations().unlink(directory, name, inode);
      }
    } finally {
      inode.lock().writeLock().unlock();
    }
    forget(victim);
  }

  /** A name has gone: no lookup finds it, and what was cached below it goes. */
  private static void forget(Dentry victim) {
    DentryCache cache = victim.inode().superBlock().dentries();
    if (victim.isHashed()) {
      cache.unhash(victim);
    }
    if (victim.isDirectory()) {
      cache.dropChildren(victim);
    }
  }

  private static void requireNotMountPoint(Dentry dentry) throws ErrnoException {
    if (dentry.isMountPoint()) {
      throw new ErrnoException(
          Errno.EBUSY, "something is mounted on '" + dentry + "'; unmount it first");
    }
  }

  // Moving names

  void rename(
      OpenFile oldBase, String oldPath, OpenFile newBase, String newPath, Set<RenameFlag> flags)
      throws ErrnoException {
    boolean noReplace = flags.contains(RenameFlag.NO_REPLACE);
    if (noReplace && flags.contains(RenameFlag.EXCHANGE)) {
      throw new ErrnoException(Errno.EINVAL, "a rename cannot both exchange and not replace");
    }
    try (PathWalk from = walk(oldBase, oldPath);
        PathWalk to = walk(newBase, newPath)) {
      from.toParent();
      to.toParent();
      if (from.mount() != to.mount()) {
        throw new ErrnoException(
            Errno.EXDEV,
            "'" + oldPath + "' and '" + newPath + "' are on different mounts; copy and remove");
      }
      if (from.lastKind() != PathWalk.LastKind.NORMAL) {
        throw new ErrnoException(
            Errno.EBUSY, "'" + oldPath + "' ends in no name that could be moved");
      }
      if (to.lastKind() != PathWalk.LastKind.NORMAL) {
        throw new ErrnoException(
            noReplace ? Errno.EEXIST : Errno.EBUSY,
            "'" + newPath + "' ends in no name that could be given");
      }
      from.mount().startWrite();
      try {
        new Renaming(from, to, flags).run();
      } finally {
        from.mount().endWrite();
      }
    }
  }
}
