package dev.sekiso.machine;

import java.time.Instant;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * A machine in virtual time: a run is a pure function of the program and the seed.
 *
 * <p><b>The baton.</b> One task runs at a time: the one whose thread holds the baton. The baton's
 * holder may touch everything here without a lock; handing it on (a volatile write, then an unpark)
 * makes all of that visible to the next holder. A task gives the baton away only at a
 * <em>scheduling point</em>: when it waits, sleeps, yields, spends processor time, spawns, or ends.
 * Between two scheduling points nothing else happens and no time passes.
 *
 * <p><b>The loop.</b> There is no scheduler thread. A task that reaches a scheduling point runs the
 * event loop itself, in its own thread: as long as there is something to do at the present time,
 * the seed picks one of the runnable tasks or the event that is due; when there is nothing, time
 * jumps to the earliest event. Events are timers' actions, which run right there in interrupt
 * context, and ends of sleeps and timeouts, which make a task runnable. When the loop picks the
 * task that runs it, it simply returns; hence a task that is alone sleeps, waits for its I/O and
 * runs its timers without ever switching threads. Otherwise it passes the baton and parks. Tasks
 * other than the main one have virtual threads, which hand over about fifty times faster than
 * platform threads and come by the thousand. The main task is as fast as the thread that calls
 * {@code run}: if it takes turns with others all the time, rather than spawning and joining them,
 * call from a virtual thread.
 *
 * <p><b>Chance.</b> All choices come from one generator started from the seed: which runnable task
 * goes next, and in which order events of equal time happen, where a real machine promises no order
 * either. Queues and locks are first come, first served, as their contracts say. Nothing depends on
 * threads, addresses, hash codes or real time.
 *
 * <p><b>The end.</b> The run is over when all user tasks have ended, the power is cut, a task or a
 * timer fails, every user task waits in vain, or a limit is reached. Then the machine is dead:
 * every task still alive gets the baton once more, in order of creation, and ends by the {@link
 * PowerCut} that its machine call throws, one after another; tasks that never ran are dropped.
 * {@code run} then returns, or throws what went wrong.
 *
 * <p><b>Events are counted</b>: each choice of the loop and each jump of time is one, so a test can
 * learn from one run that there were n and cut the power at any of them in another ({@link
 * #cutPowerAtEvent}).
 *
 * <p>A machine runs once. Before, while nothing runs yet, one thread may build a stack on it: make
 * queues and locks, spawn daemons, schedule timers. Called from any thread that isn't the running
 * task, it throws {@link IllegalStateException}; only {@link #nanoTime}, {@link #realTimeNanos},
 * {@link #powered}, {@link #tracer}, {@link #seed} and {@link #eventCount} answer everybody
 * (exactly when the machine isn't running).
 */
public final class SimulatedMachine implements Machine {

  private final long seed;
  private final long bootTimeNanos;
  private final Tracer tracer;
  private final SimulatedScheduler scheduler;
  private final SimulatedProcessors processors;
  private int taskLocalCount;

  /** A machine with the defaults of {@link Builder}. */
  public SimulatedMachine(long seed) {
    this(builder(seed));
  }

  private SimulatedMachine(Builder builder) {
    seed = builder.seed;
    bootTimeNanos = builder.bootTimeNanos;
    tracer = builder.tracer;
    scheduler =
        new SimulatedScheduler(
            seed,
            tracer,
            new SimulationLimits(
                builder.maxEvents, builder.maxVirtualNanos, builder.maxEventsWithoutTime));
    processors = new SimulatedProcessors(scheduler, builder.processors);
    scheduler.cutPowerAtEvent(builder.cutAtEvent);
    tracer.attach(this);
  }

  public static Builder builder(long seed) {
    return new Builder(seed);
  }

  /** What {@link #run(Program)} runs. */
  @FunctionalInterface
  public interface Program<X extends Throwable> {
    void run() throws X;
  }

  /** As {@link #run(ScopedValue.CallableOp)}, for a program without a result. */
  public <X extends Throwable> void run(Program<X> program) throws X {
    ScopedValue.CallableOp<Void, X> operation =
        () -> {
          program.run();
          return null;
        };
    run(operation);
  }

  /**
   * Runs the program as the user task "main" in the calling thread, and returns when all user tasks
   * have ended. Then daemons are ended too, and timers still pending never run.
   *
   * <p>A run that a power cut ends returns normally too, and {@link #powered()} is false; the
   * result is null unless the program had ended before.
   *
   * @return what the program returned
   * @throws X what the program threw, as it is
   * @throws TaskFailedException when another task or a timer threw and nobody was waiting in {@link
   *     Task#join()} to hear of it; the message names it
   * @throws DeadlockException when all user tasks wait in vain
   * @throws LivelockException when a limit of the {@link Builder} is reached
   * @throws IllegalStateException when the machine has run before
   */
  public <T, X extends Throwable> T run(ScopedValue.CallableOp<T, X> program) throws X {
    return scheduler.run(program);
  }

  /** The seed all choices come from. */
  public long seed() {
    return seed;
  }

  /** How many events there were so far. */
  public long eventCount() {
    return scheduler.eventCount();
  }

  /**
   * Cuts the power when the event with this number is about to happen. The first event has number
   * 1; a number that is past already, or 0, cuts it now (at the start, when the machine isn't
   * running yet).
   */
  public void cutPowerAtEvent(long event) {
    scheduler.cutPowerAtEvent(event);
  }

  /**
   * Cuts the power. Listeners run at once; then every task ends by a {@link PowerCut} from its
   * ongoing or next machine call. The caller itself returns from here and ends at its next call.
   */
  public void cutPower() {
    scheduler.cutPower();
  }

  @Override
  public long nanoTime() {
    return scheduler.now();
  }

  @Override
  public long realTimeNanos() {
    return bootTimeNanos + scheduler.now();
  }

  @Override
  public long coarseRealTimeNanos() {
    return realTimeNanos();
  }

  @Override
  public Task currentTask() {
    return scheduler.currentTask();
  }

  @Override
  public boolean inInterrupt() {
    return scheduler.inInterrupt();
  }

  @Override
  public Task spawn(String name, TaskKind kind, TaskContext context, Runnable body) {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(context, "context");
    Objects.requireNonNull(body, "body");
    return scheduler.spawn(name, kind, context, body);
  }

  @Override
  public void sleep(long nanos) {
    if (nanos < 0) {
      throw new IllegalArgumentException("cannot sleep for " + nanos + " ns");
    }
    SimulatedTask self = scheduler.waitingTask();
    if (nanos == 0) {
      scheduler.yieldTo(self);
      return;
    }
    if (self.beforeSleep != null) {
      scheduler.runBeforeSleep(self);
    }
    self.contextSwitches++;
    scheduler.passTime(self, nanos, "sleep");
  }

  @Override
  public void yieldProcessor() {
    scheduler.yieldTo(scheduler.waitingTask());
  }

  /**
   * {@inheritDoc}
   *
   * <p>With a limited number of {@linkplain Builder#processors processors} the task first waits for
   * a free one, and lets others have it every 3 ms.
   */
  @Override
  public void spendProcessorTime(long nanos) {
    if (nanos < 0) {
      throw new IllegalArgumentException("cannot spend " + nanos + " ns");
    }
    if (scheduler.inInterrupt()) {
      scheduler.enter();
      return;
    }
    processors.spend(scheduler.waitingTask(), nanos);
  }

  @Override
  public WaitQueue newWaitQueue(String name) {
    return new SimulatedWaitQueue(scheduler, name);
  }

  @Override
  public SleepingLock newLock(String name) {
    return new SimulatedLock(scheduler, name);
  }

  @Override
  public SleepingReadWriteLock newReadWriteLock(String name) {
    return new SimulatedReadWriteLock(scheduler, name);
  }

  @Override
  public Timer schedule(String name, long delayNanos, Runnable action) {
    Objects.requireNonNull(action, "action");
    return scheduler.schedule(name, delayNanos, action);
  }

  @Override
  public <T> TaskLocal<T> newTaskLocal(Supplier<T> initial) {
    Objects.requireNonNull(initial, "initial");
    scheduler.checkThread();
    int index = taskLocalCount++;
    return () -> scheduler.currentTask().locals.get(index, initial);
  }

  @Override
  public RandomGenerator random() {
    return scheduler.chance();
  }

  @Override
  public Tracer tracer() {
    return tracer;
  }

  @Override
  public void onPowerCut(Runnable listener) {
    Objects.requireNonNull(listener, "listener");
    scheduler.onPowerCut(listener);
  }

  @Override
  public boolean powered() {
    return scheduler.powered();
  }

  /** Whether all tasks have ended. */
  boolean isEmpty() {
    return scheduler.oldestTask() == null;
  }

  /** Settings of a {@link SimulatedMachine}. */
  public static final class Builder {

    private final long seed;
    private long bootTimeNanos =
        Instant.parse("2026-01-01T00:00:00Z").getEpochSecond() * 1_000_000_000;
    private int processors = SimulatedProcessors.AS_MANY_AS_TASKS;
    private long maxEvents = Long.MAX_VALUE;
    private long maxVirtualNanos = 366L * 24 * 3600 * 1_000_000_000;
    private long maxEventsWithoutTime = 10_000_000;
    private long cutAtEvent = Long.MAX_VALUE;
    private Tracer tracer = Tracer.NONE;

    private Builder(long seed) {
      this.seed = seed;
    }

    /** Where tracepoints go. Default: {@link Tracer#NONE}. */
    public Builder tracer(Tracer newTracer) {
      tracer = Objects.requireNonNull(newTracer, "tracer");
      return this;
    }

    /**
     * How many tasks can {@linkplain Machine#spendProcessorTime spend processor time} at once.
     * Default: as many as want to.
     */
    public Builder processors(int count) {
      if (count < 1) {
        throw new IllegalArgumentException(count + " processors: at least 1 is needed");
      }
      processors = count;
      return this;
    }

    /** What the wall clock shows at boot. Default: 2026-01-01T00:00:00Z. */
    public Builder bootTime(Instant time) {
      bootTimeNanos = Math.addExact(time.getEpochSecond() * 1_000_000_000, time.getNano());
      return this;
    }

    /** As {@link SimulatedMachine#cutPowerAtEvent}. Default: never. */
    public Builder cutPowerAtEvent(long event) {
      cutAtEvent = event;
      return this;
    }

    /** After how many events a run is given up. Default: never. */
    public Builder maxEvents(long count) {
      maxEvents = positive(count);
      return this;
    }

    /** After how much virtual time, in nanoseconds, a run is given up. Default: 366 days. */
    public Builder maxVirtualTime(long nanos) {
      maxVirtualNanos = positive(nanos);
      return this;
    }

    /**
     * After how many events in which no virtual time passes a run is given up: tasks that spin.
     * Default: ten million.
     */
    public Builder maxEventsWithoutTime(long count) {
      maxEventsWithoutTime = positive(count);
      return this;
    }

    public SimulatedMachine build() {
      return new SimulatedMachine(this);
    }

    private static long positive(long limit) {
      if (limit < 1) {
        throw new IllegalArgumentException("a limit of " + limit + ": at least 1 is needed");
      }
      return limit;
    }
  }
}
