package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.WaitQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Where changes of a file system are counted and, while it is frozen, held (the kernel's {@code
 * s_writers}).
 *
 * <p>Three kinds of writers, held back one after the other, named by the {@link FreezeLevel} that
 * holds them: calls; first stores into mappings, which a call that copies from a mapping may run
 * into; and what the file system does on its own account, maybe within one of the others, such as
 * emptying a removed file. Each kind is let through until all of the kinds before it have ended, so
 * what has been let in always gets to its end.
 *
 * <p>A writer counts itself first and looks at the level after; freezing sets the level first and
 * waits for the count after. So one of the two sees the other, and neither needs a lock.
 */
final class FreezeGate {

  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicInteger stores = new AtomicInteger();
  private final AtomicInteger internals = new AtomicInteger();
  private final AtomicReference<FreezeLevel> level = new AtomicReference<>(FreezeLevel.UNFROZEN);
  private final WaitQueue changes;
  private final String name;

  FreezeGate(Machine machine, String superBlock) {
    this.name = superBlock;
    this.changes = machine.newWaitQueue("freezing of " + superBlock);
  }

  FreezeLevel level() {
    return level.get();
  }

  // Writers

  private AtomicInteger writers(FreezeLevel kind) {
    return switch (kind) {
      case WRITE -> calls;
      case PAGE_FAULT -> stores;
      case FILE_SYSTEM -> internals;
      case UNFROZEN, COMPLETE -> throw new IllegalArgumentException(kind + " holds nobody back");
    };
  }

  private boolean letsThrough(FreezeLevel kind) {
    return level.get().compareTo(kind) < 0;
  }

  /**
   * Counts a writer; waits while it is held back.
   *
   * @param kind the level that holds it back
   */
  void enter(FreezeLevel kind) {
    while (!tryEnter(kind)) {
      changes.await(this, () -> letsThrough(kind));
    }
  }

  boolean tryEnter(FreezeLevel kind) {
    writers(kind).incrementAndGet();
    if (letsThrough(kind)) {
      return true;
    }
    leave(kind);
    return false;
  }

  void leave(FreezeLevel kind) {
    if (writers(kind).decrementAndGet() == 0 && !letsThrough(kind)) {
      changes.wakeAll();
    }
  }

  // Freezing

  /**
   * Begins a freeze, after one that is under way.
   *
   * @param first the level to begin with
   * @throws ErrnoException EBUSY when it is frozen
   */
  void begin(FreezeLevel first) throws ErrnoException {
    while (!level.compareAndSet(FreezeLevel.UNFROZEN, first)) {
      if (level.get() == FreezeLevel.COMPLETE) {
        throw new ErrnoException(Errno.EBUSY, name + " is frozen already; thaw it first");
      }
      changes.await(this, this::isSettled);
    }
  }

  private boolean isSettled() {
    FreezeLevel now = level.get();
    return now == FreezeLevel.UNFROZEN || now == FreezeLevel.COMPLETE;
  }

  /** Goes to a level and waits for the writers it holds back. */
  void advance(FreezeLevel next) {
    level.set(next);
    changes.await(this, () -> writers(next).get() == 0);
  }

  /** Ends a freeze, or undoes it. */
  void settle(FreezeLevel last) {
    level.set(last);
    changes.wakeAll();
  }

  @Override
  public String toString() {
    return "freezing of "
        + name
        + ", "
        + calls
        + " calls, "
        + stores
        + " stores and "
        + internals
        + " changes under way";
  }
}
