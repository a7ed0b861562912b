package dev.sekiso.machine;

import java.util.ArrayList;
import java.util.List;

/**
 * A {@link SimulatedMachine}'s readers-writer lock. Waiters stand in one line; whoever releases the
 * lock lets in its head: one writer, or all readers up to the next writer. Guarded by the baton.
 */
final class SimulatedReadWriteLock implements SleepingReadWriteLock {

  private final SimulatedScheduler scheduler;
  private final String name;
  private final SimulatedTaskList waiters = new SimulatedTaskList();
  private final List<SimulatedTask> readers = new ArrayList<>();
  private final SleepingLock readLock = new ReadHalf();
  private final SleepingLock writeLock = new WriteHalf();
  private SimulatedTask writer;

  SimulatedReadWriteLock(SimulatedScheduler scheduler, String name) {
    this.scheduler = scheduler;
    this.name = name;
  }

  /** Everybody a waiter waits for. */
  List<SimulatedTask> holders() {
    return writer == null ? readers : List.of(writer);
  }

  @Override
  public SleepingLock readLock() {
    return readLock;
  }

  @Override
  public SleepingLock writeLock() {
    return writeLock;
  }

  @Override
  public void downgrade() {
    SimulatedTask self = scheduler.currentTask();
    if (writer != self) {
      if (scheduler.isDead()) {
        return;
      }
      throw new IllegalMonitorStateException("task " + self + " downgrades " + describe());
    }
    writer = null;
    readers.add(self);
    admit();
  }

  private void lock(boolean write) {
    SimulatedTask self = scheduler.waitingTask();
    if (writer == self || readers.contains(self)) {
      throw new IllegalStateException("task " + self + " holds " + this + " and locks it again");
    }
    if (!isFree(write) && self.beforeSleep != null) {
      scheduler.runBeforeSleep(self);
    }
    if (isFree(write)) {
      take(self, write);
      return;
    }
    self.wantsWrite = write;
    waiters.addLast(self);
    scheduler.blockOnHolders(self, this);
  }

  private boolean tryLock(boolean write) {
    SimulatedTask self = scheduler.waitingTask();
    if (!isFree(write)) {
      return false;
    }
    take(self, write);
    return true;
  }

  private boolean isFree(boolean write) {
    return writer == null && waiters.isEmpty() && !(write && !readers.isEmpty());
  }

  private void take(SimulatedTask task, boolean write) {
    if (write) {
      writer = task;
    } else {
      readers.add(task);
    }
  }

  private void admit() {
    if (scheduler.isDead()) {
      return;
    }
    SimulatedTask first = waiters.first();
    while (first != null && writer == null && !(first.wantsWrite && !readers.isEmpty())) {
      waiters.remove(first);
      take(first, first.wantsWrite);
      scheduler.makeRunnable(first);
      first = waiters.first();
    }
  }

  private IllegalMonitorStateException notHeld(SimulatedTask self, String half) {
    return new IllegalMonitorStateException("task " + self + " " + half + "-unlocks " + describe());
  }

  /** The lock and who holds it. */
  String describe() {
    if (writer != null) {
      return this + " held for writing by " + writer;
    }
    if (readers.isEmpty()) {
      return this + ", which is free";
    }
    return this + " held for reading by " + readers;
  }

  @Override
  public String toString() {
    return "read-write lock '" + name + "'";
  }

  private final class ReadHalf implements SleepingLock {
    @Override
    public String name() {
      return name;
    }

    @Override
    public void lock() {
      SimulatedReadWriteLock.this.lock(false);
    }

    @Override
    public boolean tryLock() {
      return SimulatedReadWriteLock.this.tryLock(false);
    }

    @Override
    public void unlock() {
      SimulatedTask self = scheduler.currentTask();
      if (!readers.remove(self) && !scheduler.isDead()) {
        throw notHeld(self, "read");
      }
      admit();
    }

    @Override
    public boolean isHeldByCurrentTask() {
      return readers.contains(scheduler.currentTask());
    }
  }

  private final class WriteHalf implements SleepingLock {
    @Override
    public String name() {
      return name;
    }

    @Override
    public void lock() {
      SimulatedReadWriteLock.this.lock(true);
    }

    @Override
    public boolean tryLock() {
      return SimulatedReadWriteLock.this.tryLock(true);
    }

    @Override
    public void unlock() {
      SimulatedTask self = scheduler.currentTask();
      if (writer == self) {
        writer = null;
        admit();
      } else if (!scheduler.isDead()) {
        throw notHeld(self, "write");
      }
    }

    @Override
    public boolean isHeldByCurrentTask() {
      return writer == scheduler.currentTask();
    }
  }
}
