package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SleepingLock;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The dentries of one super block (the kernel's {@code fs/dcache.c}).
 *
 * <p>Each directory's dentry has a concurrent map from name to child: together they are the hash
 * table over (parent, name). A hit reads one map and takes a reference, without a lock. A miss
 * takes the directory's inode lock for reading and asks the file system; creating, removing and
 * renaming hold it for writing, so what a miss finds is never out of date when it enters the map. A
 * reader of the map needs no protection from writers: between the two steps of a move the name is
 * in no map, the reader takes the miss path and waits there for the directory's lock.
 *
 * <p>Unreferenced hashed dentries are in {@link #unused}, oldest first, guarded by its monitor.
 * Membership is lazy as in Linux: a dentry taken up again stays in the list, and one given back
 * while in it is only marked recently used, without the monitor; such a one gets a second round. An
 * unreferenced dentry that is not hashed dies at once.
 */
final class DentryCache {

  private static final int SCAN = 4;

  private final SuperBlock superBlock;
  private final int maximumUnused;
  private final LinkedHashSet<Dentry> unused = new LinkedHashSet<>();

  /** Guards moves against readers of whole paths; never held while waiting. */
  private final Object moves = new Object();

  DentryCache(SuperBlock superBlock, int maximumUnused) {
    this.superBlock = superBlock;
    this.maximumUnused = maximumUnused;
  }

  /** The dentry of the root; takes over the reference on the inode. */
  Dentry newRoot(Inode inode) {
    Dentry root = new Dentry(this, null, null, inode);
    inode.setAlias(root);
    return root;
  }

  /** The cached dentry of a name, with a reference, or null. */
  Dentry cached(Dentry directory, FileName name) {
    Dentry child = directory.children().get(name);
    return child != null && child.tryGet() ? child : null;
  }

  /**
   * The dentry of a name, positive or negative, with a reference. The caller holds a reference on
   * the directory and no lock.
   *
   * @throws ErrnoException what the file system's lookup threw; ENOENT in a removed directory
   */
  Dentry lookup(Dentry directory, FileName name) throws ErrnoException {
    Dentry child = cached(directory, name);
    if (child != null) {
      return child;
    }
    SleepingLock lock = directory.inode().lock().readLock();
    lock.lock();
    try {
      return lookupLocked(directory, name);
    } finally {
      lock.unlock();
    }
  }

  /** As {@link #lookup}; the caller holds the directory's inode lock, at least for reading. */
  Dentry lookupLocked(Dentry directory, FileName name) throws ErrnoException {
    Dentry child = cached(directory, name);
    if (child != null) {
      return child;
    }
    Inode parent = directory.inode();
    if (parent.isDead()) {
      throw new ErrnoException(Errno.ENOENT, "directory " + directory + " has been removed");
    }
    Inode inode = parent.operations().lookup(parent, name);
    try {
      checkFound(directory, name, inode);
    } catch (ErrnoException e) {
      inode.put();
      throw e;
    }
    return attach(directory, name, inode);
  }

  /**
   * Refuses what only a corrupt file system brings: an inode that is nothing, and a directory that
   * is in the tree twice, maybe below itself ({@code d_splice_alias}).
   */
  private static void checkFound(Dentry directory, FileName name, Inode inode)
      throws ErrnoException {
    if (inode == null) {
      return;
    }
    if (inode.type() == null) {
      throw new ErrnoException(
          Errno.EUCLEAN,
          "inode %s at '%s' has mode 0%o, which is no kind of file: check the file system"
              .formatted(inode, name, inode.mode()));
    }
    if (inode.isDirectory()) {
      Dentry alias = inode.alias();
      if (alias != null
          && (alias.isRoot() || alias.isHashed())
          && !alias.location().equals(new Dentry.Location(directory, name))) {
        throw new ErrnoException(
            Errno.EUCLEAN,
            "directory %s is at '%s' and at '%s/%s': check the file system"
                .formatted(inode, alias, directory, name));
      }
    }
  }

  /** Enters a name; takes over the reference on the inode. Another task may have been first. */
  private Dentry attach(Dentry directory, FileName name, Inode inode) {
    ConcurrentHashMap<FileName, Dentry> children = directory.children();
    Dentry fresh = new Dentry(this, directory.get(), name, inode);
    fresh.setHashed(true);
    claim(fresh);
    while (true) {
      Dentry there = children.putIfAbsent(name, fresh);
      if (there == null) {
        return fresh;
      }
      if (there.tryGet()) {
        claim(there);
        fresh.setHashed(false);
        fresh.put();
        return there;
      }
      if (children.replace(name, there, fresh)) {
        return fresh;
      }
    }
  }

  private static void claim(Dentry dentry) {
    if (dentry.isDirectory()) {
      dentry.inode().setAlias(dentry);
    }
  }

  /**
   * A name has been created: replaces its negative dentry. Takes over the reference on the inode
   * and the one on the negative dentry. The directory's lock is held for writing.
   *
   * @return the positive dentry, with a reference
   */
  Dentry instantiate(Dentry negative, Inode inode) {
    Dentry directory = negative.parent();
    Dentry positive = new Dentry(this, directory.get(), negative.name(), inode);
    positive.setHashed(true);
    claim(positive);
    negative.setHashed(false);
    directory.children().put(negative.name(), positive);
    negative.put();
    return positive;
  }

  /** A name has been removed: no lookup finds it any more. The directory's lock is held. */
  void unhash(Dentry dentry) {
    dentry.setHashed(false);
    Dentry.Location location = dentry.location();
    location.parent().children().remove(location.name(), dentry);
  }

  /**
   * A name has moved ({@code d_move}): the dentry takes the target's place, the target is unhashed.
   * The caller holds references on both and the locks of both directories.
   */
  void move(Dentry dentry, Dentry target) {
    Dentry.Location from = dentry.location();
    Dentry.Location to = target.location();
    synchronized (moves) {
      to.parent().get();
      target.setHashed(false);
      from.parent().children().remove(from.name(), dentry);
      dentry.setLocation(to);
      to.parent().children().put(to.name(), dentry);
    }
    from.parent().put();
  }

  /** Two names have been swapped ({@code d_exchange}); locking as for {@link #move}. */
  void exchange(Dentry one, Dentry other) {
    Dentry.Location first = one.location();
    Dentry.Location second = other.location();
    synchronized (moves) {
      one.setLocation(second);
      other.setLocation(first);
      second.parent().children().put(second.name(), one);
      first.parent().children().put(first.name(), other);
    }
  }

  /** Runs a reader of several locations while nothing moves. It must not wait. */
  <T> T whileNothingMoves(Supplier<T> reader) {
    synchronized (moves) {
      return reader.get();
    }
  }

  /**
   * Whether the second is the first or below it. Nothing moves: the caller holds the rename lock.
   */
  static boolean isSameOrBelow(Dentry ancestor, Dentry dentry) {
    Dentry at = dentry;
    while (at != null) {
      if (at == ancestor) {
        return true;
      }
      at = at.parent();
    }
    return false;
  }

  void put(Dentry dentry) {
    release(dentry);
    trim();
  }

  /** Counts down, and takes dentries out upwards as their last reference goes. */
  private void release(Dentry dentry) {
    Dentry at = dentry;
    while (at != null && at.decrement()) {
      if (isWorthKeeping(at)) {
        park(at);
        return;
      }
      at = at.die() ? takeOut(at) : null;
    }
  }

  /** A name that a lookup can still find, or in a removed directory never will again. */
  private boolean isWorthKeeping(Dentry dentry) {
    return maximumUnused > 0 && dentry.isHashed() && !dentry.parent().inode().isDead();
  }

  private void park(Dentry dentry) {
    if (dentry.isInUnusedList()) {
      dentry.setRecentlyUsed(true);
      return;
    }
    synchronized (unused) {
      if (dentry.references() == 0 && unused.add(dentry)) {
        dentry.setInUnusedList(true);
      }
    }
  }

  /** Removes a dead dentry from map and list; returns the parent, whose reference is to be put. */
  private Dentry takeOut(Dentry dentry) {
    synchronized (unused) {
      if (unused.remove(dentry)) {
        dentry.setInUnusedList(false);
      }
    }
    Dentry.Location location = dentry.location();
    dentry.setHashed(false);
    if (location.parent() != null) {
      location.parent().children().remove(location.name(), dentry);
    }
    if (dentry.inode() != null) {
      dentry.inode().put();
    }
    return location.parent();
  }

  private void trim() {
    for (int i = 0; i < SCAN && unused.size() > maximumUnused; i++) {
      Dentry oldest;
      synchronized (unused) {
        if (unused.size() <= maximumUnused) {
          return;
        }
        oldest = unused.removeFirst();
        if (oldest.references() == 0 && oldest.isRecentlyUsed()) {
          oldest.setRecentlyUsed(false);
          unused.addLast(oldest);
          continue;
        }
        oldest.setInUnusedList(false);
      }
      kill(oldest);
    }
  }

  private void kill(Dentry dentry) {
    if (dentry.die()) {
      Dentry parent = takeOut(dentry);
      if (parent != null) {
        release(parent);
      }
    }
  }

  /** A directory has been removed: drops what is cached below it ({@code shrink_dcache_parent}). */
  void dropChildren(Dentry directory) {
    for (Dentry child : directory.children().values()) {
      kill(child);
    }
  }

  int unusedCount() {
    synchronized (unused) {
      return unused.size();
    }
  }

  /** Drops every unreferenced dentry ({@code shrink_dcache_sb}). */
  void dropUnused() {
    ArrayDeque<Dentry> all;
    do {
      synchronized (unused) {
        all = new ArrayDeque<>(unused);
        unused.clear();
        all.forEach(dentry -> dentry.setInUnusedList(false));
      }
      boolean progress = false;
      for (Dentry dentry : all) {
        progress |= dentry.references() == 0;
        kill(dentry);
      }
      if (!progress) {
        return;
      }
    } while (!all.isEmpty());
  }

  @Override
  public String toString() {
    return "dentries of " + superBlock;
  }
}
