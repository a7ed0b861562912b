package dev.sekiso.machine;

import java.util.ArrayList;
import java.util.List;

/**
 * A {@link SystemMachine}'s readers-writer lock. Waiters stand in one line; whoever releases the
 * lock lets in its head: one writer, or all readers up to the next writer. The guard protects the
 * holders and the line.
 */
final class SystemReadWriteLock implements SleepingReadWriteLock {

  private final SystemMachine machine;
  private final String name;
  private final SystemTaskList waiters = new SystemTaskList();
  private final Object guard = waiters;
  private final List<SystemTask> readers = new ArrayList<>();
  private final SleepingLock readLock = new ReadHalf();
  private final SleepingLock writeLock = new WriteHalf();
  private SystemTask writer;

  SystemReadWriteLock(SystemMachine machine, String name) {
    this.machine = machine;
    this.name = name;
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
    SystemTask self = machine.currentTask();
    synchronized (guard) {
      if (writer == self) {
        writer = null;
        readers.add(self);
        admit();
      } else if (!machine.isDead()) {
        throw new IllegalMonitorStateException("task " + self + " downgrades " + describe());
      }
    }
  }

  private void lock(boolean write) {
    if (tryLock(write)) {
      return;
    }
    SystemTask self = machine.waitingTask();
    machine.runBeforeSleep(self);
    self.signalled = false;
    synchronized (guard) {
      self.wantsWrite = write;
      waiters.addLast(self);
      admit();
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

  private boolean tryLock(boolean write) {
    machine.enter();
    SystemTask self = machine.waitingTask();
    synchronized (guard) {
      if (writer == self || readers.contains(self)) {
        throw new IllegalStateException("task " + self + " holds " + this + " and locks it again");
      }
      if (writer != null || !waiters.isEmpty() || (write && !readers.isEmpty())) {
        return false;
      }
      take(self, write);
      return true;
    }
  }

  /** Leaves the line of a dead machine. */
  private void abandon(SystemTask self) {
    synchronized (guard) {
      if (self.list == waiters) {
        waiters.remove(self);
      } else if (writer == self) {
        writer = null;
      } else {
        readers.remove(self);
      }
    }
  }

  private void take(SystemTask task, boolean write) {
    if (write) {
      writer = task;
    } else {
      readers.add(task);
    }
  }

  /** Lets in the head of the line. The caller has the guard. */
  private void admit() {
    SystemTask first = waiters.first();
    while (first != null && writer == null && !(first.wantsWrite && !readers.isEmpty())) {
      waiters.remove(first);
      take(first, first.wantsWrite);
      machine.signal(first);
      first = waiters.first();
    }
  }

  private IllegalMonitorStateException notHeld(SystemTask self, String half) {
    return new IllegalMonitorStateException("task " + self + " " + half + "-unlocks " + describe());
  }

  /** The lock and who holds it; its caller has the guard. */
  private String describe() {
    if (writer != null) {
      return this + " held for writing by " + writer;
    }
    return this + (readers.isEmpty() ? ", which is free" : " held for reading by " + readers);
  }

  /** The lock and who holds it, for a caller without the guard. */
  String describeNow() {
    synchronized (guard) {
      return describe();
    }
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
      SystemReadWriteLock.this.lock(false);
    }

    @Override
    public boolean tryLock() {
      return SystemReadWriteLock.this.tryLock(false);
    }

    @Override
    public void unlock() {
      SystemTask self = machine.currentTask();
      synchronized (guard) {
        if (readers.remove(self)) {
          admit();
        } else if (!machine.isDead()) {
          throw notHeld(self, "read");
        }
      }
    }

    @Override
    public boolean isHeldByCurrentTask() {
      SystemTask self = machine.currentTask();
      synchronized (guard) {
        return readers.contains(self);
      }
    }
  }

  private final class WriteHalf implements SleepingLock {
    @Override
    public String name() {
      return name;
    }

    @Override
    public void lock() {
      SystemReadWriteLock.this.lock(true);
    }

    @Override
    public boolean tryLock() {
      return SystemReadWriteLock.this.tryLock(true);
    }

    @Override
    public void unlock() {
      SystemTask self = machine.currentTask();
      synchronized (guard) {
        if (writer == self) {
          writer = null;
          admit();
        } else if (!machine.isDead()) {
          throw notHeld(self, "write");
        }
      }
    }

    @Override
    public boolean isHeldByCurrentTask() {
      SystemTask self = machine.currentTask();
      synchronized (guard) {
        return writer == self;
      }
    }
  }
}
