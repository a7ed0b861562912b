package dev.sekiso.machine;

/**
 * A {@link SimulatedMachine}'s sleeping lock: whoever releases it hands it to the first waiter.
 * Guarded by the baton.
 */
final class SimulatedLock implements SleepingLock {

  private final SimulatedScheduler scheduler;
  private final String name;
  private final SimulatedTaskList waiters = new SimulatedTaskList();
  private SimulatedTask owner;

  SimulatedLock(SimulatedScheduler scheduler, String name) {
    this.scheduler = scheduler;
    this.name = name;
  }

  SimulatedTask owner() {
    return owner;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void lock() {
    SimulatedTask self = scheduler.waitingTask();
    if (owner == self) {
      throw new IllegalStateException("task " + self + " holds " + this + " and locks it again");
    }
    if (owner != null && self.beforeSleep != null) {
      scheduler.runBeforeSleep(self);
    }
    if (owner == null) {
      owner = self;
      return;
    }
    waiters.addLast(self);
    scheduler.blockOnHolders(self, this);
  }

  @Override
  public boolean tryLock() {
    SimulatedTask self = scheduler.waitingTask();
    if (owner != null) {
      return false;
    }
    owner = self;
    return true;
  }

  @Override
  public void unlock() {
    SimulatedTask self = scheduler.currentTask();
    if (scheduler.isDead()) {
      owner = owner == self ? null : owner;
      return;
    }
    if (owner != self) {
      throw new IllegalMonitorStateException("task " + self + " unlocks " + describe());
    }
    owner = waiters.removeFirst();
    if (owner != null) {
      scheduler.makeRunnable(owner);
    }
  }

  @Override
  public boolean isHeldByCurrentTask() {
    return owner == scheduler.currentTask();
  }

  /** The lock and who holds it. */
  String describe() {
    return this + (owner == null ? ", which is free" : " held by " + owner);
  }

  @Override
  public String toString() {
    return "lock '" + name + "'";
  }
}
