package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.WaitQueue;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The inodes of one super block in memory: one object per number (the kernel's inode hash table and
 * {@code s_inode_lru}).
 *
 * <p>A number's slot is empty, holds a {@link Loading} while one task brings the inode in, or holds
 * the inode. It changes
 *
 * <ul>
 *   <li>empty → loading → inode by the loading task, or back to empty when it fails;
 *   <li>empty → inode by {@link #addNew};
 *   <li>inode → empty by the task that won {@link Inode#beginFreeing}, after the file system has
 *       let the inode go.
 * </ul>
 *
 * <p>Whoever meets a loading slot, or an inode that is being freed, waits on {@link #changes} and
 * looks again. So a number given out anew by the file system while its former inode is still on its
 * way out is never seen twice.
 *
 * <p>Unreferenced inodes with links are in {@link #unused}, oldest first, guarded by its monitor.
 * Membership is lazy: an inode taken up again stays there until the next look at it. An inode found
 * dirty goes to the young end and gets another round. A put looks at a handful, so its cost is
 * bounded; nothing waits with the monitor held.
 */
final class InodeCache {

  /** Unused inodes looked at per put: more than one goes in, so the excess shrinks. */
  private static final int SCAN = 4;

  private final SuperBlock superBlock;
  private final InodeWriteback writeback;
  private final int maximumUnused;
  private final ConcurrentHashMap<Long, Object> slots = new ConcurrentHashMap<>();
  private final LinkedHashSet<Inode> unused = new LinkedHashSet<>();
  private final WaitQueue changes;
  private volatile boolean closing;

  InodeCache(SuperBlock superBlock, VfsServices services) {
    this.superBlock = superBlock;
    this.writeback = services.writeback();
    this.maximumUnused = services.settings().unusedInodes();
    this.changes = services.machine().newWaitQueue("inodes of " + superBlock.id());
  }

  Inode find(long number, InodeLoader loader) throws ErrnoException {
    Long key = number;
    while (true) {
      Object slot = slots.get(key);
      if (slot == null) {
        Loading loading = new Loading(number);
        slot = slots.putIfAbsent(key, loading);
        if (slot == null) {
          return load(key, loading, loader);
        }
      }
      switch (slot) {
        case Inode inode -> {
          if (inode.tryGet()) {
            return inode;
          }
          awaitFreed(key, inode);
        }
        case Loading loading -> {
          changes.await(loading, () -> loading.done);
          if (loading.failure != null) {
            throw new ErrnoException(
                loading.failure.errno(),
                "inode " + number + " of " + superBlock.id() + " cannot be loaded",
                loading.failure);
          }
        }
        default -> throw new AssertionError(slot);
      }
    }
  }

  private Inode load(Long key, Loading loading, InodeLoader loader) throws ErrnoException {
    Inode inode = null;
    try {
      inode = loader.load(key);
      check(inode, key);
      inode.setCached();
      return inode;
    } catch (ErrnoException e) {
      loading.failure = e;
      throw e;
    } finally {
      if (inode == null || !inode.isCached()) {
        slots.remove(key, loading);
      } else {
        slots.put(key, inode);
      }
      loading.done = true;
      changes.wakeAll();
    }
  }

  private void check(Inode inode, long number) {
    if (inode == null || inode.superBlock() != superBlock || inode.number() != number) {
      throw new IllegalArgumentException(
          "asked for inode %d of %s, the loader brought %s"
              .formatted(number, superBlock.id(), inode));
    }
  }

  void addNew(Inode inode) throws ErrnoException {
    check(inode, inode.number());
    Long key = inode.number();
    inode.setCached();
    while (true) {
      Object slot = slots.putIfAbsent(key, inode);
      if (slot == null) {
        return;
      }
      if (slot instanceof Inode old && old.isFreeing()) {
        awaitFreed(key, old);
      } else if (slot instanceof Loading loading) {
        changes.await(loading, () -> loading.done);
      } else {
        inode.clearCached();
        throw new ErrnoException(
            Errno.EUCLEAN,
            "inode "
                + inode.number()
                + " of "
                + superBlock.id()
                + " was free and is in use: check"
                + " the file system");
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // which object, not which value
  private void awaitFreed(Long key, Inode inode) {
    changes.await(inode, () -> slots.get(key) != inode);
  }

  /** The count of references has reached 0; it may have risen again since. */
  void lastReferenceGone(Inode inode) {
    if (inode.links() == 0 || !inode.isCached() || closing) {
      if (inode.beginFreeing()) {
        evict(inode);
      }
      return;
    }
    boolean full;
    synchronized (unused) {
      if (inode.references() == 0) {
        unused.add(inode);
      }
      full = unused.size() > maximumUnused;
    }
    for (int i = 0; full && i < SCAN; i++) {
      full = shrinkByOne();
    }
  }

  /** Looks at the oldest unused inode; false when there are no more than allowed. */
  private boolean shrinkByOne() {
    Inode oldest;
    synchronized (unused) {
      if (unused.size() <= maximumUnused) {
        return false;
      }
      oldest = unused.removeFirst();
    }
    evictIfClean(oldest);
    return true;
  }

  /**
   * Evicts an inode taken from the list, unless it is in use or dirty. Inodes become dirty under
   * their monitor, by somebody who holds a reference, so what is clean and unreferenced with the
   * monitor held, and freeing before it is let go, stays clean.
   */
  private void evictIfClean(Inode inode) {
    boolean freeing = false;
    boolean dirty;
    synchronized (inode) {
      dirty = writeback.isDirty(inode);
      if (!dirty) {
        freeing = inode.beginFreeing();
      }
    }
    if (freeing) {
      evict(inode);
    } else if (dirty) {
      synchronized (unused) {
        if (inode.references() == 0) {
          unused.addLast(inode);
        }
      }
    }
  }

  private void evict(Inode inode) {
    synchronized (unused) {
      unused.remove(inode);
    }
    boolean removed = inode.links() == 0;
    if (removed) {
      superBlock.startInternalWrite();
    }
    try {
      writeback.inodeEvicted(inode);
      superBlock.operations().evictInode(inode);
    } finally {
      if (removed) {
        superBlock.endInternalWrite();
      }
      slots.remove(inode.number(), inode);
      changes.wakeAll();
    }
  }

  void forEach(Consumer<Inode> visitor) {
    for (Object slot : slots.values()) {
      if (slot instanceof Inode inode && inode.tryGet()) {
        try {
          visitor.accept(inode);
        } finally {
          inode.put();
        }
      }
    }
  }

  int size() {
    return slots.size();
  }

  int unusedCount() {
    synchronized (unused) {
      return unused.size();
    }
  }

  /** Drops unused clean inodes, as many as there are ({@code drop_caches}). */
  void dropUnused() {
    Inode[] candidates;
    synchronized (unused) {
      candidates = unused.toArray(new Inode[0]);
      unused.clear();
    }
    for (Inode inode : candidates) {
      evictIfClean(inode);
    }
  }

  /**
   * Evicts everything at unmount; from here on a last put evicts.
   *
   * @return an inode somebody still holds, or null
   */
  Inode close() {
    closing = true;
    Inode busy = null;
    Iterator<Object> all = slots.values().iterator();
    while (all.hasNext()) {
      if (all.next() instanceof Inode inode) {
        if (inode.beginFreeing()) {
          evict(inode);
        } else if (!inode.isFreeing()) {
          busy = inode;
        } else {
          awaitFreed(inode.number(), inode);
        }
      }
    }
    return busy;
  }

  /** One task brings an inode in; others wait for it. Named in deadlock reports. */
  private final class Loading {
    private final long number;
    private volatile ErrnoException failure;
    private volatile boolean done;

    private Loading(long number) {
      this.number = number;
    }

    @Override
    public String toString() {
      return "loading inode " + number + " of " + superBlock.id();
    }
  }
}
