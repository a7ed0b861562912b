package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SleepingLock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * One rename ({@code do_renameat2}, {@code vfs_rename}).
 *
 * <p>Locks, in this order: the super block's rename lock if the directories differ; the
 * directories, an ancestor first, otherwise by number; then the inodes that move or go, directories
 * before others, by number. A moved directory is locked only when its parent changes. With the
 * rename lock held no directory changes its place, so the questions who is whose ancestor have
 * lasting answers.
 */
@SuppressWarnings("ReferenceEquality") // dentries and inodes are themselves, not their values
final class Renaming {

  private final PathWalk from;
  private final PathWalk to;
  private final boolean exchange;
  private final boolean noReplace;
  private final Set<RenameFlag> flags;
  private final SuperBlock superBlock;
  private final DentryCache cache;
  private final Inode oldDirectory;
  private final Inode newDirectory;
  private final boolean sameDirectory;
  private final List<SleepingLock> held = new ArrayList<>(5);
  private Dentry source;
  private Dentry target;

  Renaming(PathWalk from, PathWalk to, Set<RenameFlag> flags) {
    this.from = from;
    this.to = to;
    this.flags = flags;
    this.exchange = flags.contains(RenameFlag.EXCHANGE);
    this.noReplace = flags.contains(RenameFlag.NO_REPLACE);
    this.oldDirectory = from.dentry().inode();
    this.newDirectory = to.dentry().inode();
    this.sameDirectory = from.dentry() == to.dentry();
    this.superBlock = oldDirectory.superBlock();
    this.cache = superBlock.dentries();
  }

  void run() throws ErrnoException {
    try {
      Dentry trap = lockDirectories();
      source = cache.lookupLocked(from.dentry(), from.last());
      if (source.isNegative()) {
        throw from.missing();
      }
      target = cache.lookupLocked(to.dentry(), to.last());
      checkNames();
      checkLoops(trap);
      if (source.inode() != target.inode()) {
        rename();
      }
    } finally {
      unlock();
      if (source != null) {
        source.put();
      }
      if (target != null) {
        target.put();
      }
    }
  }

  private void take(SleepingLock lock) {
    lock.lock();
    held.add(lock);
  }

  private void unlock() {
    for (int i = held.size() - 1; i >= 0; i--) {
      held.get(i).unlock();
    }
  }

  /**
   * The child of one directory through which the other is reached, or null ({@code lock_rename}).
   */
  private Dentry lockDirectories() {
    Dentry first = from.dentry();
    Dentry second = to.dentry();
    if (sameDirectory) {
      take(oldDirectory.lock().writeLock());
      return null;
    }
    take(superBlock.renameLock());
    Dentry trap = childTowards(second, first);
    if (trap != null) {
      take(newDirectory.lock().writeLock());
      take(oldDirectory.lock().writeLock());
      return trap;
    }
    trap = childTowards(first, second);
    if (trap != null || oldDirectory.number() < newDirectory.number()) {
      take(oldDirectory.lock().writeLock());
      take(newDirectory.lock().writeLock());
    } else {
      take(newDirectory.lock().writeLock());
      take(oldDirectory.lock().writeLock());
    }
    return trap;
  }

  /** The child of the ancestor on the way down to the descendant, or null if it is no ancestor. */
  private static Dentry childTowards(Dentry ancestor, Dentry descendant) {
    Dentry at = descendant;
    for (Dentry parent = at.parent(); parent != null; parent = at.parent()) {
      if (parent == ancestor) {
        return at;
      }
      at = parent;
    }
    return null;
  }

  private void checkNames() throws ErrnoException {
    if (noReplace && !target.isNegative()) {
      throw new ErrnoException(Errno.EEXIST, "'" + to.path() + "' exists already");
    }
    if (exchange) {
      if (target.isNegative()) {
        throw to.missing();
      }
      if (to.hasTrailingSlash() && !target.isDirectory()) {
        throw notDirectory(to);
      }
    }
    if (!source.isDirectory()) {
      if (from.hasTrailingSlash()) {
        throw notDirectory(from);
      }
      if (!exchange && to.hasTrailingSlash()) {
        throw notDirectory(to);
      }
    }
  }

  private static ErrnoException notDirectory(PathWalk walk) {
    return new ErrnoException(
        Errno.ENOTDIR, "'" + walk.path() + "' ends in a slash and is not a directory");
  }

  private void checkLoops(Dentry trap) throws ErrnoException {
    if (source == trap) {
      throw new ErrnoException(
          Errno.EINVAL, "'" + from.path() + "' cannot move into itself: '" + to.path() + "'");
    }
    if (target == trap && trap != null) {
      throw new ErrnoException(
          exchange ? Errno.EINVAL : Errno.ENOTEMPTY,
          "'" + to.path() + "' holds '" + from.path() + "' and cannot be replaced by it");
    }
  }

  private void rename() throws ErrnoException {
    checkPermissions();
    lockInodes();
    if (source.isMountPoint() || target.isMountPoint()) {
      throw new ErrnoException(
          Errno.EBUSY,
          "something is mounted on '" + (source.isMountPoint() ? source : target) + "'");
    }
    Inode victim = target.inode();
    oldDirectory
        .operations()
        .rename(oldDirectory, from.last(), source.inode(), newDirectory, to.last(), victim, flags);
    if (exchange) {
      cache.exchange(source, target);
      return;
    }
    cache.move(source, target);
    if (victim != null && victim.isDirectory()) {
      victim.setDead();
      cache.dropChildren(target);
    }
  }

  private void checkPermissions() throws ErrnoException {
    Permissions.checkDelete(oldDirectory, source.inode(), from.last(), kind(source));
    if (target.isNegative()) {
      Permissions.checkCreate(newDirectory);
    } else {
      Permissions.checkDelete(
          newDirectory, target.inode(), to.last(), exchange ? kind(target) : kind(source));
    }
    if (!sameDirectory) {
      checkParentChange(source);
      if (exchange) {
        checkParentChange(target);
      }
    }
  }

  /** A directory that gets another parent is written: its ".." changes. */
  private static void checkParentChange(Dentry moved) throws ErrnoException {
    if (moved.isDirectory()) {
      Permissions.check(moved.inode(), Permissions.WRITE);
    }
  }

  private static Permissions.VictimKind kind(Dentry dentry) {
    return dentry.isDirectory()
        ? Permissions.VictimKind.DIRECTORY
        : Permissions.VictimKind.NON_DIRECTORY;
  }

  private void lockInodes() {
    List<Inode> inodes = new ArrayList<>(2);
    if (!source.isDirectory() || !sameDirectory) {
      inodes.add(source.inode());
    }
    if (!target.isNegative() && (!exchange || !target.isDirectory() || !sameDirectory)) {
      inodes.add(target.inode());
    }
    inodes.sort(
        Comparator.comparing((Inode inode) -> !inode.isDirectory())
            .thenComparingLong(Inode::number));
    for (Inode inode : inodes) {
      take(inode.lock().writeLock());
    }
  }
}
