package dev.sekiso.machine;

/** The processors of a {@link SimulatedMachine} when there is a limited number of them. */
final class SimulatedProcessors {

  static final int AS_MANY_AS_TASKS = 0;

  /**
   * How long a task keeps a contended processor before others get a turn: the base slice of the
   * kernel's fair scheduler.
   */
  private static final long SLICE_NANOS = 3_000_000;

  private final SimulatedScheduler scheduler;
  private final int count;
  private final SimulatedTaskList waiters = new SimulatedTaskList();
  private int busy;

  SimulatedProcessors(SimulatedScheduler scheduler, int count) {
    this.scheduler = scheduler;
    this.count = count;
  }

  void spend(SimulatedTask self, long nanos) {
    self.processorNanos += nanos;
    if (count == AS_MANY_AS_TASKS) {
      if (nanos > 0) {
        scheduler.passTime(self, nanos, "processor time");
      }
      return;
    }
    long left = nanos;
    while (left > 0) {
      take(self);
      long slice = Math.min(left, SLICE_NANOS);
      scheduler.passTime(self, slice, "processor time");
      left -= slice;
      release();
    }
  }

  private void take(SimulatedTask self) {
    if (busy == count) {
      waiters.addLast(self);
      scheduler.block(self, "a free processor", null);
    } else {
      busy++;
    }
  }

  /** Hands the processor to the first waiter. */
  private void release() {
    SimulatedTask waiter = waiters.removeFirst();
    if (waiter == null) {
      busy--;
    } else {
      scheduler.makeRunnable(waiter);
    }
  }
}
