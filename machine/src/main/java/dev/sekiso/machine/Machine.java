package dev.sekiso.machine;

import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What a layer may know of the world: time, tasks, waiting, timers, tracing and the power supply.
 *
 * <p>Every layer receives a machine and uses nothing else for these purposes, so the same code runs
 * in real time on {@link SystemMachine} and in virtual time on {@link SimulatedMachine}.
 *
 * <p>Two kinds of code run on a machine. <em>Tasks</em> may wait. <em>Interrupt context</em> (timer
 * actions, completions delivered by a driver) must not wait: no {@link WaitQueue#await}, no {@link
 * SleepingLock#lock}, no {@link #sleep}; it changes state, wakes waiters, submits further work.
 * Waiting in interrupt context throws {@link IllegalStateException}.
 */
public interface Machine {

  /** Monotonic time in nanoseconds since an arbitrary origin; virtual on a simulated machine. */
  long nanoTime();

  /** Wall-clock time in nanoseconds since 1970-01-01T00:00:00Z; virtual on a simulated machine. */
  long realTimeNanos();

  /**
   * Wall-clock time as {@link #realTimeNanos}, of a moment not long ago, for a fraction of its cost
   * ({@code ktime_get_coarse_real_ts64}): for what compares times seconds or days apart. On a
   * system machine at most a tick of 4 ms late, and more only if its timers are; on a simulated one
   * exact.
   */
  long coarseRealTimeNanos();

  /**
   * The task that is running; in interrupt context task 0, {@code "<idle>"}, which cannot wait. A
   * thread the machine did not start is adopted by {@link SystemMachine} at its first call; on
   * {@link SimulatedMachine} it is an error.
   */
  Task currentTask();

  /** Whether the caller runs in interrupt context, where waiting is forbidden. */
  boolean inInterrupt();

  /** Starts a task that inherits the caller's {@link TaskContext}. */
  default Task spawn(String name, TaskKind kind, Runnable body) {
    return spawn(name, kind, TaskContext.current(), body);
  }

  /**
   * Starts a task.
   *
   * @param name what traces and deadlock reports call it
   * @param kind {@link TaskKind#USER} keeps a simulation going; {@link TaskKind#DAEMON} does not
   * @param context bound as {@link TaskContext#current()} while the body runs
   */
  Task spawn(String name, TaskKind kind, TaskContext context, Runnable body);

  /**
   * Puts the task to sleep, uninterruptibly, for at least the given nanoseconds; 0 is {@link
   * #yieldProcessor()}.
   */
  void sleep(long nanos);

  /**
   * Offers the processor to another runnable task (the kernel's {@code cond_resched}). No time
   * passes: waiting for others by yielding in a loop never ends in virtual time.
   */
  void yieldProcessor();

  /**
   * Accounts for processor time the caller's work would take. In virtual time the task occupies its
   * processor for that long; in real time the work takes what it takes and this does nothing. In
   * interrupt context it does nothing either.
   */
  void spendProcessorTime(long nanos);

  /** A queue of tasks waiting for a condition. */
  WaitQueue newWaitQueue(String name);

  /** A mutual-exclusion lock that may be held across waiting and I/O. Reentrant it is not. */
  SleepingLock newLock(String name);

  /** A readers-writer lock that may be held across waiting and I/O; writers are not starved. */
  SleepingReadWriteLock newReadWriteLock(String name);

  /**
   * Runs an action in interrupt context, as {@link TaskContext#ROOT}, once the delay has passed.
   * Timers due at the same time run in any order, one after another.
   *
   * @param delayNanos from now; at once, but never inside this call, when not positive
   */
  Timer schedule(String name, long delayNanos, Runnable action);

  /** A variable with one value per task, made on first use (in the task that asks). */
  <T> TaskLocal<T> newTaskLocal(Supplier<T> initial);

  /**
   * Chance. On a simulated machine it comes from the seed; callable from any context of the
   * machine.
   */
  RandomGenerator random();

  /** Where tracepoints go; {@link Tracer#NONE} when nobody listens. */
  Tracer tracer();

  /**
   * Registers what happens to a device when the power fails. Listeners run in registration order,
   * before any task is ended, in interrupt context.
   */
  void onPowerCut(Runnable listener);

  /**
   * False once the power is cut: devices ignore everything from then on. It is false already while
   * the listeners run, and after a simulation stopped on a failure.
   */
  boolean powered();
}
