package dev.sekiso.blockdev;

import dev.sekiso.blockdev.scheduler.IoScheduler;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.WaitQueue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * The tags of a queue and who waits for one ({@code block/blk-mq-tag.c}).
 *
 * <p>A freed tag is handed to the longest waiter that may have it and can't be taken by a
 * latecomer, so nobody starves. A waiter is a task, or a bio submitted where waiting is forbidden.
 * A waiter may be entitled to fewer tags than there are (a scheduler's {@code async_depth}); it
 * then does not hold up those behind it that are entitled to more.
 *
 * <p>Everything here is guarded by the lock of the device that owns the pool; only {@link #size},
 * {@link Waiter#await} and {@link Waiter#wake} are called without it.
 */
final class TagPool {

  /** Someone in line for a tag. */
  static final class Waiter {

    final Bio bio;
    final int segments;

    /** Most tags in use with its own; guarded by the device's lock. */
    private int limit;

    /** What the running task waits with; null when nobody waits and the bio is taken further. */
    private final WaitQueue queue;

    private volatile int tag = -1;

    private Waiter(Bio bio, int segments, int limit, WaitQueue queue) {
      this.bio = bio;
      this.segments = segments;
      this.limit = limit;
      this.queue = queue;
    }

    /** Waits for the tag. */
    int await(String device) {
      queue.await("a free tag of " + device, () -> tag >= 0);
      return tag;
    }

    int tag() {
      return tag;
    }

    /** Wakes the task; false when it is a bio, which the caller has to take further. */
    boolean wake() {
      if (queue == null) {
        return false;
      }
      queue.wakeOne();
      return true;
    }
  }

  private final BitSet taken = new BitSet();
  private final Deque<Waiter> waiters = new ArrayDeque<>();
  private volatile int size;
  private int inUse;

  TagPool(int size) {
    this.size = size;
  }

  int size() {
    return size;
  }

  int inUse() {
    return inUse;
  }

  /** Tags that are marked as taken; as many as {@link #inUse}, or something is wrong. */
  int taken() {
    return taken.cardinality();
  }

  int waiting() {
    return waiters.size();
  }

  boolean isIdle() {
    return inUse == 0 && waiters.isEmpty();
  }

  /** Changes the number of tags; those above it that are in use go as they are freed. */
  List<Waiter> resize(int newSize) {
    size = newSize;
    return grant();
  }

  /**
   * Takes a tag, or returns -1. Passes nobody by: whoever is in line could not take this one, or
   * would have been given it when it was freed.
   */
  int tryTake(int limit) {
    return inUse < Math.min(limit, size) ? take() : -1;
  }

  private int take() {
    int tag = taken.nextClearBit(0);
    taken.set(tag);
    inUse++;
    return tag;
  }

  /** Lines up a bio that cannot wait itself. */
  void park(Bio bio, int segments, int limit) {
    waiters.add(new Waiter(bio, segments, limit, null));
  }

  /** Lines up the running task, which has a bio to send. */
  Waiter lineUp(Machine machine, Bio bio, int segments, int limit, String device) {
    Waiter waiter = new Waiter(bio, segments, limit, machine.newWaitQueue("tag of " + device));
    waiters.add(waiter);
    return waiter;
  }

  /** Frees a tag, and names those who now have one. */
  List<Waiter> free(int tag) {
    taken.clear(tag);
    inUse--;
    return waiters.isEmpty() ? List.of() : grant();
  }

  /** What somebody in line is entitled to: {@link IoScheduler#depthFor}. */
  interface Entitlement {
    int of(BioOperation operation, int flags);
  }

  /** Those in line are entitled to something else from now on. */
  void entitle(Entitlement entitlement) {
    for (Waiter waiter : waiters) {
      waiter.limit = Math.max(1, entitlement.of(waiter.bio.operation(), waiter.bio.flags()));
    }
  }

  /** Hands out what tags there are, and names those who now have one. */
  List<Waiter> grant() {
    List<Waiter> granted = new ArrayList<>(1);
    for (Iterator<Waiter> all = waiters.iterator(); inUse < size && all.hasNext(); ) {
      Waiter waiter = all.next();
      if (inUse < Math.min(waiter.limit, size)) {
        all.remove();
        waiter.tag = take();
        granted.add(waiter);
      }
    }
    return granted;
  }
}
