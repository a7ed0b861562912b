package dev.sekiso.machine;

import java.util.function.BooleanSupplier;

/**
 * A {@link SystemMachine}'s wait queue.
 *
 * <p>The guard protects the line and nothing else; nobody waits or calls out under it. A waker
 * takes waiters out of the line, marks them signalled and unparks them. A waiter that finds its
 * condition false again stands in line again before it checks once more, so there is no moment in
 * which a change can pass unseen: either the waker finds the waiter in line, or the waiter's check
 * comes after the waker's change. A waiter that leaves for another reason than the signal it got
 * from {@link #wakeOne} hands that signal on.
 */
final class SystemWaitQueue implements WaitQueue {

  private static final long FOR_EVER = Long.MAX_VALUE;

  private final SystemMachine machine;
  private final String name;
  private final SystemTaskList waiters = new SystemTaskList();
  private final Object guard = waiters;

  SystemWaitQueue(SystemMachine machine, String name) {
    this.machine = machine;
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void await(Object subject, BooleanSupplier condition) {
    machine.enter();
    if (!condition.getAsBoolean()) {
      waitFor(subject, condition, FOR_EVER);
    }
  }

  @Override
  public boolean await(Object subject, BooleanSupplier condition, long timeoutNanos) {
    machine.enter();
    if (condition.getAsBoolean()) {
      return true;
    }
    if (timeoutNanos <= 0) {
      return false;
    }
    return waitFor(subject, condition, machine.later(timeoutNanos));
  }

  private boolean waitFor(Object subject, BooleanSupplier condition, long deadline) {
    SystemTask self = machine.waitingTask();
    machine.runBeforeSleep(self);
    self.wokenAlone = false;
    standInLine(self);
    boolean inLine = true;
    try {
      while (!condition.getAsBoolean()) {
        if (!machine.parkUntilSignalled(self, deadline, this, subject)) {
          return condition.getAsBoolean();
        }
        inLine = false;
        if (condition.getAsBoolean()) {
          self.wokenAlone = false;
          return true;
        }
        standInLine(self);
        inLine = true;
      }
      return true;
    } finally {
      if (inLine || self.wokenAlone) {
        leave(self);
      }
    }
  }

  private void standInLine(SystemTask self) {
    synchronized (guard) {
      self.signalled = false;
      if (self.wokenAlone) {
        waiters.addFirst(self);
      } else {
        waiters.addLast(self);
      }
      self.wokenAlone = false;
    }
  }

  private void leave(SystemTask self) {
    synchronized (guard) {
      if (self.list == waiters) {
        waiters.remove(self);
      } else if (self.wokenAlone) {
        self.wokenAlone = false;
        signalFirst();
      }
    }
  }

  @Override
  public void wakeAll() {
    machine.enter();
    wakeWaiters();
  }

  /** Wakes every waiter, on a dead machine too. */
  void wakeWaiters() {
    if (waiters.isEmpty()) {
      return;
    }
    synchronized (guard) {
      SystemTask waiter = waiters.removeFirst();
      while (waiter != null) {
        machine.signal(waiter);
        waiter = waiters.removeFirst();
      }
    }
  }

  @Override
  public void wakeOne() {
    machine.enter();
    if (!waiters.isEmpty()) {
      synchronized (guard) {
        signalFirst();
      }
    }
  }

  private void signalFirst() {
    SystemTask waiter = waiters.removeFirst();
    if (waiter != null) {
      waiter.wokenAlone = true;
      machine.signal(waiter);
    }
  }

  @Override
  public boolean hasWaiters() {
    return !waiters.isEmpty();
  }

  @Override
  public String toString() {
    return "wait queue '" + name + "'";
  }
}
