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
 * <p>Two kinds of writers, held back one after the other: calls, and what the file system does on
 * its own account, maybe within a call, such as emptying a removed file. The latter are let through
 * until all calls have ended, so a call that has been let in always gets to its end.
 *
 * <p>A writer counts itself first and looks at the level after; freezing sets the level first and
 * waits for the count after. So one of the two sees the other, and neither needs a lock.
 */
final class FreezeGate {

  private final AtomicInteger writers = new AtomicInteger();
  private final AtomicInteger internals = new AtomicInteger();
  private final AtomicReference<SuperBlock.FreezeLevel> level =
      new AtomicReference<>(SuperBlock.FreezeLevel.UNFROZEN);
  private final WaitQueue changes;
  private final String name;

  FreezeGate(Machine machine, String superBlock) {
    this.name = superBlock;
    this.changes = machine.newWaitQueue("freezing of " + superBlock);
  }

  SuperBlock.FreezeLevel level() {
    return level.get();
  }

  void enter() {
    while (!tryEnter()) {
      changes.await(this, () -> level.get() == SuperBlock.FreezeLevel.UNFROZEN);
    }
  }

  boolean tryEnter() {
    writers.incrementAndGet();
    if (level.get() == SuperBlock.FreezeLevel.UNFROZEN) {
      return true;
    }
    leave();
    return false;
  }

  void leave() {
    if (writers.decrementAndGet() == 0 && level.get() != SuperBlock.FreezeLevel.UNFROZEN) {
      changes.wakeAll();
    }
  }

  void enterInternally() {
    while (true) {
      internals.incrementAndGet();
      if (letsInternalsThrough()) {
        return;
      }
      leaveInternally();
      changes.await(this, this::letsInternalsThrough);
    }
  }

  private boolean letsInternalsThrough() {
    SuperBlock.FreezeLevel now = level.get();
    return now == SuperBlock.FreezeLevel.UNFROZEN || now == SuperBlock.FreezeLevel.WRITE;
  }

  void leaveInternally() {
    if (internals.decrementAndGet() == 0 && !letsInternalsThrough()) {
      changes.wakeAll();
    }
  }

  /** Holds calls back and waits for those under way. */
  void close() throws ErrnoException {
    if (!level.compareAndSet(SuperBlock.FreezeLevel.UNFROZEN, SuperBlock.FreezeLevel.WRITE)) {
      throw new ErrnoException(Errno.EBUSY, name + " is frozen already");
    }
    changes.await(this, () -> writers.get() == 0);
  }

  /** Holds internal changes back, too, and waits for those under way. */
  void closeInternally() {
    level.set(SuperBlock.FreezeLevel.FILE_SYSTEM);
    changes.await(this, () -> internals.get() == 0);
  }

  void complete() {
    level.set(SuperBlock.FreezeLevel.COMPLETE);
  }

  void open() {
    level.set(SuperBlock.FreezeLevel.UNFROZEN);
    changes.wakeAll();
  }

  void thaw() throws ErrnoException {
    if (!level.compareAndSet(SuperBlock.FreezeLevel.COMPLETE, SuperBlock.FreezeLevel.UNFROZEN)) {
      throw new ErrnoException(Errno.EINVAL, name + " is not frozen");
    }
    changes.wakeAll();
  }

  @Override
  public String toString() {
    return "freezing of "
        + name
        + ", "
        + writers
        + " calls and "
        + internals
        + " changes under way";
  }
}
