package dev.sekiso.machine;

import java.util.function.BooleanSupplier;

/** A {@link SimulatedMachine}'s wait queue. Guarded by the baton. */
final class SimulatedWaitQueue implements WaitQueue {

  private final SimulatedScheduler scheduler;
  private final String name;
  private final SimulatedTaskList waiters = new SimulatedTaskList();

  SimulatedWaitQueue(SimulatedScheduler scheduler, String name) {
    this.scheduler = scheduler;
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void await(Object subject, BooleanSupplier condition) {
    SimulatedTask self = scheduler.waitingTask();
    if (condition.getAsBoolean()) {
      return;
    }
    if (self.beforeSleep != null) {
      scheduler.runBeforeSleep(self);
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
    SimulatedTask self = scheduler.waitingTask();
    if (condition.getAsBoolean()) {
      return true;
    }
    if (timeoutNanos <= 0) {
      return false;
    }
    if (self.beforeSleep != null) {
      scheduler.runBeforeSleep(self);
      if (condition.getAsBoolean()) {
        return true;
      }
    }
    self.wokenAlone = false;
    scheduler.arm(self, timeoutNanos);
    try {
      do {
        waitInLine(self, subject);
        if (condition.getAsBoolean()) {
          return true;
        }
      } while (!self.timedOut);
    } finally {
      scheduler.disarm(self);
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
    scheduler.block(self, this, subject == this ? null : subject);
  }

  @Override
  public void wakeAll() {
    scheduler.enter();
    SimulatedTask waiter = waiters.removeFirst();
    while (waiter != null) {
      scheduler.makeRunnable(waiter);
      waiter = waiters.removeFirst();
    }
  }

  @Override
  public void wakeOne() {
    scheduler.enter();
    SimulatedTask waiter = waiters.removeFirst();
    if (waiter != null) {
      waiter.wokenAlone = true;
      scheduler.makeRunnable(waiter);
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
