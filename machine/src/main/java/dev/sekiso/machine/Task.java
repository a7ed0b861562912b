package dev.sekiso.machine;

/** A thread of control on a {@link Machine} (the kernel's {@code task_struct}). */
public interface Task {

  /** A number unique on its machine, rising from 1 in order of creation. */
  long id();

  String name();

  TaskKind kind();

  boolean isAlive();

  /**
   * Waits until the task has ended.
   *
   * @throws TaskFailedException when its body threw; the cause is what it threw
   */
  void join();

  /**
   * What runs when the task is about to wait, in the task itself: the block layer flushes the
   * task's plug here. At most one; null removes it. The hook must not wait. It runs before every
   * sleep and before a wait whose condition does not hold, lock that is not free, or join of a task
   * that has not ended; not when the task yields or spends processor time.
   */
  void setBeforeSleep(Runnable hook);

  /**
   * The hook that is set, null when none is. Whoever sets one calls the one that was there from it
   * and puts that back when done, so that plugs of several devices nest.
   */
  Runnable beforeSleep();

  /**
   * Nanoseconds of processor time it has {@linkplain Machine#spendProcessorTime spent}; 0 in real
   * time, where no clock tells virtual threads apart.
   */
  long processorNanos();

  /** How many times it has given its processor away to wait for something (the kernel's nvcsw). */
  long contextSwitches();
}
