package dev.sekiso.filesystems.block;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.Errseq;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What is known of the pieces of one folio when a block is smaller than the folio (the kernel's
 * ring of {@code buffer_head}s, or {@code iomap_folio_state}): three bits a unit and, for metadata,
 * whose error a failed write is.
 *
 * <p>Hangs off {@code Folio.fileSystemData}. Guarded by its own monitor, held for moments: bits are
 * set by tasks and by completions. A dirty unit is always up to date. Units are counted from the
 * folio's start; ranges are half-open.
 */
final class BlockStates {

  private final int units;
  private final long[] upToDate;
  private final long[] dirty;
  private final long[] failed;
  private Errseq[] owners;

  /** Buffers that are held, or {@link #LEAVING}. Not guarded: changed by {@link #HOLDERS}. */
  private int holders;

  private static final int LEAVING = -1;
  private static final VarHandle HOLDERS = holders();

  private static VarHandle holders() {
    try {
      return MethodHandles.lookup().findVarHandle(BlockStates.class, "holders", int.class);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no access to own field", e);
    }
  }

  BlockStates(int units) {
    this.units = units;
    int words = (units + 63) >> 6;
    this.upToDate = new long[words];
    this.dirty = new long[words];
    this.failed = new long[words];
  }

  // Who holds a block (the kernel's b_count)

  /**
   * A buffer is held, so that the folio stays ({@code get_bh}); false when it is about to leave,
   * which only who has its lock can tell for sure.
   */
  boolean hold() {
    for (int held = (int) HOLDERS.getVolatile(this);
        held != LEAVING;
        held = (int) HOLDERS.getVolatile(this)) {
      if (HOLDERS.compareAndSet(this, held, held + 1)) {
        return true;
      }
    }
    return false;
  }

  /** As {@link #hold}, by who has found the folio still there under its lock. */
  void holdLocked() {
    // It was to leave, and stayed all the same.
    HOLDERS.compareAndSet(this, LEAVING, 0);
    if (!hold()) {
      throw new IllegalStateException("a folio leaves without its lock");
    }
  }

  /** A buffer is given back ({@code put_bh}). */
  void letGo() {
    HOLDERS.getAndAdd(this, -1);
  }

  /**
   * Under the folio's lock: whether it may leave, since no buffer is held ({@code buffer_busy}).
   * Then none is from now on, but by who has the lock.
   */
  boolean leave() {
    return HOLDERS.compareAndSet(this, 0, LEAVING) || (int) HOLDERS.getVolatile(this) == LEAVING;
  }

  int units() {
    return units;
  }

  synchronized void markUpToDate(int from, int to) {
    set(upToDate, from, to);
  }

  synchronized boolean isUpToDate(int from, int to) {
    return nextClear(upToDate, from, to) == to;
  }

  boolean isUpToDate() {
    return isUpToDate(0, units);
  }

  /** First unit at or after {@code from} that is not up to date; {@code units()} when none. */
  synchronized int nextStale(int from) {
    return nextClear(upToDate, from, units);
  }

  /** First unit at or after {@code from} that is up to date; {@code units()} when none. */
  synchronized int nextUpToDate(int from) {
    return nextSet(upToDate, from, units);
  }

  /** Marks up to date and dirty. */
  synchronized void markDirty(int from, int to) {
    set(upToDate, from, to);
    set(dirty, from, to);
  }

  /** Names whose error sequence hears of a failed write of these units. */
  synchronized void own(int from, int to, Errseq owner) {
    if (owners == null) {
      owners = new Errseq[units];
    }
    for (int i = from; i < to; i++) {
      owners[i] = owner;
    }
  }

  synchronized void forget(int from, int to) {
    clear(dirty, from, to);
    clear(failed, from, to);
    if (owners != null) {
      for (int i = from; i < to; i++) {
        owners[i] = null;
      }
    }
  }

  synchronized boolean isDirty(int from, int to) {
    return nextSet(dirty, from, to) != to;
  }

  /** Takes the dirty units, to be written: returns their bits and clears them. */
  synchronized long[] takeDirty() {
    long[] taken = dirty.clone();
    java.util.Arrays.fill(dirty, 0);
    return taken;
  }

  /** A write of these units has ended: null, or why it failed. */
  synchronized void written(int from, int to, Errno error) {
    if (error == null) {
      clear(failed, from, to);
      return;
    }
    set(failed, from, to);
    if (owners == null) {
      return;
    }
    Errseq last = null;
    for (int i = from; i < to; i++) {
      if (owners[i] != null && owners[i] != last) {
        last = owners[i];
        last.set(error);
      }
    }
  }

  /** Whether the last write of any of these units failed. */
  synchronized boolean hasFailed(int from, int to) {
    return nextSet(failed, from, to) != to;
  }

  static int nextSet(long[] bits, int from, int to) {
    int i = from;
    while (i < to) {
      long word = bits[i >> 6] >>> (i & 63);
      if (word != 0) {
        return Math.min(to, i + Long.numberOfTrailingZeros(word));
      }
      i = (i | 63) + 1;
    }
    return to;
  }

  static int nextClear(long[] bits, int from, int to) {
    int i = from;
    while (i < to) {
      long word = ~bits[i >> 6] >>> (i & 63);
      if (word != 0) {
        return Math.min(to, i + Long.numberOfTrailingZeros(word));
      }
      i = (i | 63) + 1;
    }
    return to;
  }

  private static void set(long[] bits, int from, int to) {
    for (int i = from; i < to; i++) {
      bits[i >> 6] |= 1L << i;
    }
  }

  private static void clear(long[] bits, int from, int to) {
    for (int i = from; i < to; i++) {
      bits[i >> 6] &= ~(1L << i);
    }
  }
}
