package dev.sekiso.writeback;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Timer;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * The dirty inodes of one {@link BdiWriteback}, in its four lists.
 *
 * <h2>Where an inode is</h2>
 *
 * <pre>
 *   clean ──dirtied──▶ dirty ──queueIo──▶ io ──written──▶ clean
 *                        ▲                │ │
 *                        │   dirty again, │ │ more pages than a chunk,
 *                        ├────────────────┘ │ or somebody else writes it
 *                        │                  ▼
 *                        │               moreIo ──next round──▶ io
 *   only times changed ──▶ dirtyTime ──expired──▶ io
 * </pre>
 *
 * <p>{@code dirty} and {@code dirtyTime} are ordered by time of dirtying, so the expired ones are
 * at one end. Whoever takes an inode to write it sets {@link InodeNode#syncing}; the inode stays on
 * its list meanwhile, and only the one who cleared the flag moves it. A task that dirties an inode
 * moves it only if it is not {@link InodeNode#queued}: the writer looks at the flags afterwards. An
 * inode that leaves memory takes itself off the lists.
 *
 * <p>{@link #lock} guards the lists and the nodes on them ({@code list_lock}). It is taken under
 * the locks of the page cache, so nothing is called back under it.
 */
final class DirtyInodes {

  final InodeList dirty = new InodeList("b_dirty");
  final InodeList io = new InodeList("b_io");
  final InodeList moreIo = new InodeList("b_more_io");
  final InodeList dirtyTime = new InodeList("b_dirty_time");

  private final ReentrantLock lock = new ReentrantLock();
  private final Machine machine;
  private final String name;
  private final LongSupplier timeExpiryNanos;
  private final Runnable timesDue;

  /** Inodes on any list but {@code dirtyTime}, and those on it; changed under the lock. */
  private volatile int awaiting;

  private volatile int timesOnly;
  private boolean closed;
  private long dirtyings;
  private Timer timeTimer;

  /**
   * @param timesDue called from a timer when time stamps have waited long enough
   */
  DirtyInodes(Machine machine, String name, LongSupplier timeExpiryNanos, Runnable timesDue) {
    this.machine = machine;
    this.name = name;
    this.timeExpiryNanos = timeExpiryNanos;
    this.timesDue = timesDue;
  }

  void lock() {
    lock.lock();
  }

  void unlock() {
    lock.unlock();
  }

  /** Whether any inode is to be written, times apart ({@code wb_has_dirty_io}). */
  boolean anyAwaiting() {
    return awaiting > 0;
  }

  int count() {
    return awaiting + timesOnly;
  }

  /** What the lists have cost: looks at an end of one or at a neighbour. */
  long looks() {
    lock();
    try {
      return dirty.looks() + io.looks() + moreIo.looks() + dirtyTime.looks();
    } finally {
      unlock();
    }
  }

  /** What the lists have cost: inodes put on one. */
  long moves() {
    lock();
    try {
      return dirty.moves() + io.moves() + moreIo.moves() + dirtyTime.moves();
    } finally {
      unlock();
    }
  }

  // Under the lock

  /**
   * Puts a node on a list, as the newest ({@code inode_io_list_move_locked}).
   *
   * @return whether it is the first to be written here, so that a round must be planned
   */
  boolean move(InodeNode node, InodeList target) {
    boolean wasIdle = awaiting == 0;
    InodeList source = node.list;
    if (source != null) {
      source.remove(node);
    }
    target.addNewest(node);
    return moved(node, source, target) && wasIdle;
  }

  private boolean moved(InodeNode node, InodeList source, InodeList target) {
    node.queued = target == io || target == moreIo;
    count(source, target);
    if (target == dirtyTime) {
      planTimes();
      return false;
    }
    return true;
  }

  /**
   * Takes in a node that comes from another writeback, at the place its age gives it ({@code
   * inode_do_switch_wbs}).
   *
   * @return as {@link #move}
   */
  boolean adopt(InodeNode node, InodeList target) {
    boolean wasIdle = awaiting == 0;
    target.addByAge(node);
    // Its order among this writeback's dirtyings: that of its elder neighbour.
    node.dirtiedOrder = node.older == null ? 0 : node.older.dirtiedOrder;
    return moved(node, null, target) && wasIdle;
  }

  void remove(InodeNode node) {
    InodeList source = node.list;
    if (source != null) {
      source.remove(node);
      count(source, null);
    }
    node.queued = false;
  }

  /**
   * Counts an inode's move. Who looks without the lock must never miss an inode that changes lists,
   * so what becomes more does so first.
   */
  private void count(InodeList source, InodeList target) {
    boolean wasAwaiting = source != null && source != dirtyTime;
    boolean isAwaiting = target != null && target != dirtyTime;
    if (isAwaiting && !wasAwaiting) {
      awaiting++;
    }
    if (target == dirtyTime && source != dirtyTime) {
      timesOnly++;
    }
    if (wasAwaiting && !isAwaiting) {
      awaiting--;
    }
    if (source == dirtyTime && target != dirtyTime) {
      timesOnly--;
    }
  }

  /** Dates a node as dirtied now. */
  void stamp(InodeNode node) {
    node.dirtiedWhen = machine.nanoTime();
    node.dirtiedOrder = ++dirtyings;
  }

  /** Orders a work among dirtyings: what is dirtied from now on comes after it. */
  long lastDirtying() {
    return dirtyings;
  }

  /**
   * To be written again in its turn ({@code redirty_tail}): keeps its age, unless younger ones
   * wait.
   *
   * @return as {@link #move}
   */
  boolean redirty(InodeNode node) {
    InodeNode newest = dirty.newest();
    if (newest != null && newest != node && node.dirtiedOrder < newest.dirtiedOrder) {
      stamp(node);
    }
    return move(node, dirty);
  }

  /** To be written again in the next round ({@code requeue_io}). */
  void requeue(InodeNode node) {
    move(node, moreIo);
  }

  /** Any node at all, to empty the lists one by one; null when they are empty. */
  InodeNode any() {
    for (InodeList list : new InodeList[] {io, moreIo, dirty, dirtyTime}) {
      if (!list.isEmpty()) {
        return list.oldest();
      }
    }
    return null;
  }

  // Times that may wait, but not for ever (dirtytime_work)

  private void planTimes() {
    long delay = timeExpiryNanos.getAsLong();
    if (timeTimer == null && delay > 0 && !closed) {
      timeTimer = machine.schedule("dirtytime " + name, delay, this::timesExpired);
    }
  }

  private void timesExpired() {
    lock();
    boolean any;
    try {
      timeTimer = null;
      any = !dirtyTime.isEmpty();
      if (any) {
        planTimes();
      }
    } finally {
      unlock();
    }
    if (any) {
      timesDue.run();
    }
  }

  /** The expiry has changed: what waits by the old one is looked at now, and by the new one. */
  void timeExpiryChanged() {
    Timer timer;
    lock();
    try {
      timer = timeTimer;
      timeTimer = null;
    } finally {
      unlock();
    }
    if (timer != null) {
      timer.cancel();
    }
    timesExpired();
  }

  void close() {
    lock();
    closed = true;
    Timer timer = timeTimer;
    timeTimer = null;
    unlock();
    if (timer != null) {
      timer.cancel();
    }
  }
}
