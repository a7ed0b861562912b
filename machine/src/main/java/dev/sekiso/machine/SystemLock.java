package dev.sekiso.machine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A {@link SystemMachine}'s sleeping lock.
 *
 * <p>Free and nobody in line: one compare-and-set takes it, one volatile write releases it. Else
 * tasks stand in line, and whoever releases the lock, or joins the line and finds it free, hands it
 * to the head of the line: sets the owner, then signals. Guard: the line. A newcomer takes a free
 * lock only when the line is empty; releasing writes the owner before it looks at the line, joining
 * writes the line before it looks at the owner, so one of the two sees the other.
 */
final class SystemLock implements SleepingLock {

  private static final VarHandle OWNER;

  static {
    try {
      OWNER = MethodHandles.lookup().findVarHandle(SystemLock.class, "owner", SystemTask.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final SystemMachine machine;
  private final String name;
  private final SystemTaskList waiters = new SystemTaskList();
  private final Object guard = waiters;
  private volatile SystemTask owner;

  SystemLock(SystemMachine machine, String name) {
    this.machine = machine;
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void lock() {
    machine.enter();
    SystemTask self = machine.waitingTask();
    if (waiters.isEmpty() && OWNER.compareAndSet(this, null, self)) {
      return;
    }
    if (owner == self) {
      throw new IllegalStateException("task " + self + " holds " + this + " and locks it again");
    }
    machine.runBeforeSleep(self);
    self.signalled = false;
    synchronized (guard) {
      waiters.addLast(self);
      handOver();
    }
    boolean taken = false;
    try {
      taken = machine.parkUntilSignalled(self, Long.MAX_VALUE, this, null);
    } finally {
      if (!taken) {
        abandon(self);
      }
    }
  }

  /** Leaves the line of a dead machine. */
  private void abandon(SystemTask self) {
    synchronized (guard) {
      if (self.list == waiters) {
        waiters.remove(self);
      } else {
        OWNER.compareAndSet(this, self, null);
      }
    }
  }

  /** Gives a free lock to the head of the line. The caller has the guard. */
  private void handOver() {
    SystemTask first = waiters.first();
    if (first != null && OWNER.compareAndSet(this, null, first)) {
      waiters.remove(first);
      machine.signal(first);
    }
  }

  @Override
  public boolean tryLock() {
    machine.enter();
    SystemTask self = machine.waitingTask();
    return waiters.isEmpty() && OWNER.compareAndSet(this, null, self);
  }

  @Override
  public void unlock() {
    SystemTask self = machine.currentTask();
    if (owner != self) {
      if (machine.isDead()) {
        return;
      }
      throw new IllegalMonitorStateException("task " + self + " unlocks " + describe());
    }
    owner = null;
    if (!waiters.isEmpty()) {
      synchronized (guard) {
        handOver();
      }
    }
  }

  @Override
  public boolean isHeldByCurrentTask() {
    return owner == machine.currentTask();
  }

  /** The lock and who holds it. */
  String describe() {
    SystemTask holder = owner;
    return this + (holder == null ? ", which is free" : " held by " + holder);
  }

  @Override
  public String toString() {
    return "lock '" + name + "'";
  }
}
