package dev.sekiso.machine;

/**
 * A {@link SimulatedMachine}'s sleeping lock: whoever releases it hands it to the first waiter.
 * Guarded by the baton.
 */
final class SimulatedLock implements SleepingLock {

  private final SimulatedMachine machine;
  private final String name;
  private final SimulatedTaskList waiters = new SimulatedTaskList();
  private SimulatedTask owner;

  SimulatedLock(SimulatedMachine machine, String name) {
    this.machine = machine;
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
    SimulatedTask self = machine.waitingTask();
    if (owner == self) {
      throw new IllegalStateException("task " + self + " holds " + this + " and locks it again");
    }
    if (owner != null && self.beforeSleep != null) {
      machine.runBeforeSleep(self);
    }
    if (owner == null) {
      owner = self;
      return;
    }
    waiters.addLast(self);
    machine.blockOnHolders(self, this);
  }

  @Override
  public boolean tryLock() {
    SimulatedTask self = machine.waitingTask();
    if (owner != null) {
      return false;
    }
    owner = self;
    return true;
  }

  @Override
  public void unlock() {
    SimulatedTask self = machine.currentTask();
    if (machine.isDead()) {
      owner = owner == self ? null : owner;
      return;
    }
    if (owner != self) {
      throw new IllegalMonitorStateException("task " + self + " unlocks " + describe());
    }
    owner = waiters.removeFirst();
    if (owner != null) {
      machine.makeRunnable(owner);
    }
  }

  @Override
  public boolean isHeldByCurrentTask() {
    return owner == machine.currentTask();
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
