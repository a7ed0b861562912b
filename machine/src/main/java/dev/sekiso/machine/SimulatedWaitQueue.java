package dev.sekiso.machine;

import java.util.function.BooleanSupplier;

/** A {@link SimulatedMachine}'s wait queue. Guarded by the baton. */
final class SimulatedWaitQueue implements WaitQueue {

  private final SimulatedMachine machine;
  private final String name;
  private final SimulatedTaskList waiters = new SimulatedTaskList();

  SimulatedWaitQueue(SimulatedMachine machine, String name) {
    this.machine = machine;
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void await(Object subject, BooleanSupplier condition) {
    SimulatedTask self = machine.waitingTask();
    if (condition.getAsBoolean()) {
      return;
    }
    if (self.beforeSleep != null) {
      machine.runBeforeSleep(self);
      if (condition.getAsBoolean()) {
        return;
      }
    }
    self.wokenAlone = false;
    do {
      waitInLine(self, subject);
    } while (!condition.getAsBoolean());
  }

  @Override
  public boolean await(Object subject, BooleanSupplier condition, long timeoutNanos) {
    SimulatedTask self = machine.waitingTask();
    if (condition.getAsBoolean()) {
      return true;
    }
    if (timeoutNanos <= 0) {
      return false;
    }
    if (self.beforeSleep != null) {
      machine.runBeforeSleep(self);
      if (condition.getAsBoolean()) {
        return true;
      }
    }
    self.wokenAlone = false;
    machine.arm(self, timeoutNanos);
    try {
      do {
        waitInLine(self, subject);
        if (condition.getAsBoolean()) {
          return true;
        }
      } while (!self.timedOut);
    } finally {
      machine.disarm(self);
    }
    if (self.wokenAlone) {
      wakeOne();
    }
    return false;
  }

  private void waitInLine(SimulatedTask self, Object subject) {
    if (self.wokenAlone) {
      waiters.addFirst(self);
      self.wokenAlone = false;
    } else {
      waiters.addLast(self);
    }
    machine.block(self, this, subject == this ? null : subject);
  }

  @Override
  public void wakeAll() {
    machine.enter();
    SimulatedTask waiter = waiters.removeFirst();
    while (waiter != null) {
      machine.makeRunnable(waiter);
      waiter = waiters.removeFirst();
    }
  }

  @Override
  public void wakeOne() {
    machine.enter();
    SimulatedTask waiter = waiters.removeFirst();
    if (waiter != null) {
      waiter.wokenAlone = true;
      machine.makeRunnable(waiter);
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
