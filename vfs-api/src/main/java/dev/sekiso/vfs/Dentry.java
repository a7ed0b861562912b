package dev.sekiso.vfs;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A name in a directory, remembered (the kernel's {@code struct dentry}): positive when it leads to
 * an inode, negative when the name is known to lead nowhere. What it leads to never changes; a name
 * that is created, removed or replaced gets another dentry.
 *
 * <p>A dentry holds a reference on its inode and one on its parent, so a directory outlives what is
 * cached below it. References are counted by compare-and-set; from 0 the cache may take the dentry
 * out, which makes {@link #tryGet} refuse for ever. {@link #location} changes only by a rename,
 * under the locks of the directories involved; it is one object, so parent and name are always read
 * together. See {@link DentryCache} for the map and the list of unused ones.
 */
final class Dentry {

  private static final int DEAD = -1;

  private static final VarHandle REFERENCES;

  static {
    try {
      REFERENCES = MethodHandles.lookup().findVarHandle(Dentry.class, "references", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Where a dentry is; the parent of a root is null. */
  record Location(Dentry parent, FileName name) {}

  private final DentryCache cache;
  private final Inode inode;
  private final ConcurrentHashMap<FileName, Dentry> children;
  private volatile Location location;
  private volatile boolean hashed;
  private volatile int mountsOnTop;
  private volatile int references = 1;

  /** Guarded by the cache's monitor for writing. */
  private volatile boolean inUnusedList;

  private volatile boolean recentlyUsed;

  /** Takes over the caller's references on the parent and on the inode. */
  Dentry(DentryCache cache, Dentry parent, FileName name, Inode inode) {
    this.cache = cache;
    this.location = new Location(parent, name);
    this.inode = inode;
    this.children = inode != null && inode.isDirectory() ? new ConcurrentHashMap<>(4) : null;
  }

  /** Null when negative. */
  Inode inode() {
    return inode;
  }

  boolean isNegative() {
    return inode == null;
  }

  boolean isDirectory() {
    return children != null;
  }

  Location location() {
    return location;
  }

  void setLocation(Location value) {
    location = value;
  }

  /** The directory the name is in, null for a root. */
  Dentry parent() {
    return location.parent;
  }

  FileName name() {
    return location.name;
  }

  boolean isRoot() {
    return location.parent == null;
  }

  /** What is cached below; null unless a directory. */
  ConcurrentHashMap<FileName, Dentry> children() {
    return children;
  }

  /** Whether a lookup can find it; a removed name cannot be. */
  boolean isHashed() {
    return hashed;
  }

  void setHashed(boolean value) {
    hashed = value;
  }

  /** Whether something is mounted on it, in some mount of its file system. */
  boolean isMountPoint() {
    return mountsOnTop > 0;
  }

  /** Guarded by the mount table's lock. */
  @SuppressWarnings("NonAtomicVolatileUpdate")
  void changeMountsOnTop(int by) {
    mountsOnTop += by;
  }

  /** Takes a reference; the caller holds one already ({@code dget}). */
  Dentry get() {
    int before = (int) REFERENCES.getAndAdd(this, 1);
    if (before <= 0) {
      throw new IllegalStateException(this + " has no reference to copy");
    }
    return this;
  }

  /** Takes a reference unless the dentry has left the cache. */
  boolean tryGet() {
    int count = references;
    while (count >= 0) {
      int witness = (int) REFERENCES.compareAndExchange(this, count, count + 1);
      if (witness == count) {
        return true;
      }
      count = witness;
    }
    return false;
  }

  /** Gives a reference back ({@code dput}). May wait for an inode to be evicted. */
  void put() {
    cache.put(this);
  }

  /** Counts down; true when no reference is left. */
  boolean decrement() {
    int before = (int) REFERENCES.getAndAdd(this, -1);
    if (before <= 0) {
      throw new IllegalStateException(this + " was given back more often than taken");
    }
    return before == 1;
  }

  /** Wins the right to take an unreferenced dentry out. */
  boolean die() {
    return REFERENCES.compareAndSet(this, 0, DEAD);
  }

  int references() {
    return references;
  }

  boolean isInUnusedList() {
    return inUnusedList;
  }

  void setInUnusedList(boolean value) {
    inUnusedList = value;
  }

  boolean isRecentlyUsed() {
    return recentlyUsed;
  }

  void setRecentlyUsed(boolean value) {
    recentlyUsed = value;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    Dentry at = this;
    Location place = at.location;
    while (place.parent != null) {
      text.insert(0, place.name).insert(0, '/');
      at = place.parent;
      place = at.location;
    }
    return text.isEmpty() ? "/" : text.toString();
  }
}
