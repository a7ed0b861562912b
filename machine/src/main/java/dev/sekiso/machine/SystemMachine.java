package dev.sekiso.machine;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * A machine in real time. Tasks are virtual threads; a thread it did not start becomes a task at
 * its first call; timers run, one after another, on one thread, which is interrupt context.
 *
 * <p>Every wait ends in {@link #parkUntilSignalled}: a task stands in some line, parks until its
 * {@code signalled} flag is set, and gives up when the machine dies meanwhile. Dying is a volatile
 * write followed by unparking all tasks, so whoever checked before is woken and checks again.
 *
 * <p>A machine dies by {@link #cutPower} or {@link #close}. On a dead machine every call that
 * waits, wakes, schedules or spawns throws: {@link PowerCut} in its own tasks, which thereby end,
 * and, after {@code close}, {@link IllegalStateException} in adopted threads. Tasks are never
 * interrupted: an interrupt would close the file channel the task may be using. Interrupts from
 * elsewhere do not end waits either; the thread's interrupt status is kept.
 *
 * <p>What a task threw is told by {@link Task#join()}; if nobody asked until then, by {@link
 * #close}. Failures of daemons and timers, which nobody joins as a rule, go to the thread's
 * uncaught exception handler at once as well.
 */
public final class SystemMachine implements Machine, AutoCloseable {

  static final long IDLE_ID = 0;

  /** Who runs, as traces have it, while a task waits. */
  private final SystemTask idle = SystemTask.adopted(IDLE_ID, TaskKind.DAEMON, "<idle>", null);

  private final Tracer tracer;
  private final MachineTraces traces;
  private final long bootNanos = System.nanoTime();

  @SuppressWarnings("ThreadLocalUsage") // one per machine: a thread may be a task of several
  private final ThreadLocal<SystemTask> current = new ThreadLocal<>();

  private final AtomicInteger taskLocalCount = new AtomicInteger();
  private final SystemPopulation population = new SystemPopulation();
  private final UnheardFailures failures = new UnheardFailures();
  private final List<Runnable> powerCutListeners = new CopyOnWriteArrayList<>();
  private final TimerThread timers = new TimerThread(this);
  private final CoarseClock coarseClock = new CoarseClock(this, timers);
  private final AtomicBoolean powered = new AtomicBoolean(true);

  private volatile boolean dead;
  private volatile boolean closed;

  public SystemMachine() {
    this(Tracer.NONE);
  }

  /**
   * A machine whose tracepoints go to the tracer.
   *
   * @param tracer called by all tasks at once
   */
  public SystemMachine(Tracer tracer) {
    this.tracer = Objects.requireNonNull(tracer, "tracer");
    this.traces = new MachineTraces(tracer, tracer::emit);
    tracer.attach(this);
  }

  @Override
  public long nanoTime() {
    return System.nanoTime() - bootNanos;
  }

  @Override
  public long realTimeNanos() {
    Instant instant = Instant.now();
    return instant.getEpochSecond() * 1_000_000_000 + instant.getNano();
  }

  @Override
  public long coarseRealTimeNanos() {
    return coarseClock.nanos();
  }

  /** The clock that stands while nobody asks. */
  CoarseClock coarseClock() {
    return coarseClock;
  }

  long later(long nanos) {
    long time = nanoTime() + nanos;
    return time < 0 ? Long.MAX_VALUE : time;
  }

  // -------------------------------------------------------------------------------------- tasks

  @Override
  public SystemTask currentTask() {
    SystemTask task = current.get();
    return task == null ? adopt() : task;
  }

  private SystemTask adopt() {
    Thread thread = Thread.currentThread();
    String name = thread.getName().isEmpty() ? "thread-" + thread.threadId() : thread.getName();
    SystemTask task = SystemTask.adopted(population.newId(), TaskKind.USER, name, thread);
    current.set(task);
    population.adopt(task);
    return task;
  }

  /** Makes the calling thread interrupt context. */
  void adoptInterruptThread() {
    SystemTask interrupt =
        SystemTask.adopted(IDLE_ID, TaskKind.DAEMON, idle.name, Thread.currentThread());
    interrupt.inInterrupt = true;
    current.set(interrupt);
  }

  @Override
  public boolean inInterrupt() {
    SystemTask task = current.get();
    return task != null && task.inInterrupt;
  }

  @Override
  public Task spawn(String name, TaskKind kind, TaskContext context, Runnable body) {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(context, "context");
    Objects.requireNonNull(body, "body");
    enter();
    SystemTask parent = currentTask();
    SystemTask task = SystemTask.spawned(this, population.newId(), name, kind);
    task.bind(Thread.ofVirtual().name(name).unstarted(() -> live(task, context, body)));
    traces.forked(parent, task);
    population.born(task);
    if (dead) {
      population.stillborn(task);
      throwDead();
    }
    task.thread().start();
    return task;
  }

  private void live(SystemTask task, TaskContext context, Runnable body) {
    current.set(task);
    try {
      if (TaskContext.ROOT.equals(context)) {
        body.run();
      } else {
        context.run(body);
      }
    } catch (Throwable t) {
      if (!(t instanceof PowerCut && dead)) {
        task.failure = t;
        failures.add(task, new TaskFailedException("task", task.name, t));
      }
    } finally {
      traces.exited(task);
      population.died(task);
    }
  }

  void failureObserved(SystemTask task) {
    failures.heard(task);
  }

  @Override
  public <T> TaskLocal<T> newTaskLocal(Supplier<T> initial) {
    Objects.requireNonNull(initial, "initial");
    int index = taskLocalCount.getAndIncrement();
    return () -> currentTask().locals.get(index, initial);
  }

  // ------------------------------------------------------------------------------------ waiting

  @Override
  public void sleep(long nanos) {
    if (nanos < 0) {
      throw new IllegalArgumentException("cannot sleep for " + nanos + " ns");
    }
    if (nanos == 0) {
      yieldProcessor();
      return;
    }
    enter();
    SystemTask self = waitingTask();
    long deadline = later(nanos);
    runBeforeSleep(self);
    self.signalled = false;
    parkUntilSignalled(self, deadline, null, null);
  }

  @Override
  @SuppressWarnings("ThreadPriorityCheck") // nothing relies on it
  public void yieldProcessor() {
    enter();
    waitingTask();
    Thread.yield();
  }

  @Override
  public void spendProcessorTime(long nanos) {
    if (nanos < 0) {
      throw new IllegalArgumentException("cannot spend " + nanos + " ns");
    }
    enter();
  }

  @Override
  public WaitQueue newWaitQueue(String name) {
    return new SystemWaitQueue(this, name);
  }

  @Override
  public SleepingLock newLock(String name) {
    return new SystemLock(this, name);
  }

  @Override
  public SleepingReadWriteLock newReadWriteLock(String name) {
    return new SystemReadWriteLock(this, name);
  }

  /** The caller, after a check that it may wait. */
  SystemTask waitingTask() {
    SystemTask task = currentTask();
    if (task.inInterrupt) {
      throw new IllegalStateException("waiting is forbidden in interrupt context");
    }
    if (task.noWaiting != null) {
      throw new IllegalStateException("waiting is forbidden " + task.noWaiting);
    }
    return task;
  }

  void runBeforeSleep(SystemTask self) {
    Runnable hook = self.beforeSleep;
    if (hook == null) {
      return;
    }
    self.noWaiting = "in the before-sleep hook of task " + self;
    try {
      hook.run();
    } finally {
      self.noWaiting = null;
    }
  }

  /** Wakes a task that has been taken out of the line it stood in. */
  void signal(SystemTask task) {
    try {
      traces.woken(task);
    } finally {
      task.signalled = true;
      LockSupport.unpark(task.thread());
    }
  }

  /**
   * Parks the calling task until it is signalled or the deadline has passed; throws when the
   * machine dies meanwhile, signalled or not.
   *
   * @param deadline in {@link #nanoTime()}'s nanoseconds; {@link Long#MAX_VALUE} for none
   * @param place the queue or lock it stands in line for, null when it only lets time pass
   * @param subject what it waits for there, null when the place says it all; both for {@link
   *     #report}
   * @return whether it was signalled
   */
  boolean parkUntilSignalled(SystemTask self, long deadline, Object place, Object subject) {
    if (self.signalled) {
      enter();
      return true;
    }
    self.contextSwitches++;
    traces.switched(self, "D", idle);
    boolean interrupted = false;
    self.subject = subject;
    self.place = place == null ? SystemTask.TIME : place;
    try {
      while (!self.signalled) {
        enter();
        if (deadline == Long.MAX_VALUE) {
          LockSupport.park(this);
        } else {
          long left = deadline - nanoTime();
          if (left <= 0) {
            return false;
          }
          LockSupport.parkNanos(this, left);
        }
        interrupted |= Thread.interrupted();
      }
      enter();
      return true;
    } finally {
      self.place = null;
      self.subject = null;
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      traces.switched(idle, "R", self);
    }
  }

  // ------------------------------------------------------------------------------------- timers

  @Override
  public Timer schedule(String name, long delayNanos, Runnable action) {
    Objects.requireNonNull(action, "action");
    enter();
    long time = later(Math.max(0, delayNanos));
    traces.timerStarted(name, time);
    return timers.schedule(name, time, action);
  }

  /** Runs a timer's action in the timer thread. */
  void expire(String name, Runnable action) {
    traces.timerEntered(name, nanoTime());
    runInterrupt(name, action);
    traces.timerLeft(name);
  }

  /** Runs an action in the timer thread that is no timer's. */
  void expireQuietly(Runnable action) {
    runInterrupt("tick", action);
  }

  private void runInterrupt(String name, Runnable action) {
    try {
      TaskContext.runUnbound(action);
    } catch (Throwable t) {
      if (!(t instanceof PowerCut && dead)) {
        failures.add(
            SystemTask.adopted(IDLE_ID, TaskKind.DAEMON, name, Thread.currentThread()),
            new TaskFailedException("the action", name, t));
      }
    }
  }

  MachineTraces traces() {
    return traces;
  }

  @Override
  public RandomGenerator random() {
    return ThreadLocalRandom.current();
  }

  @Override
  public Tracer tracer() {
    return tracer;
  }

  // ---------------------------------------------------------------------------------------- end

  @Override
  public void onPowerCut(Runnable listener) {
    powerCutListeners.add(Objects.requireNonNull(listener, "listener"));
  }

  @Override
  public boolean powered() {
    return powered.get();
  }

  /**
   * Cuts the power: runs the listeners in the calling thread, then ends every task at its ongoing
   * or next machine call. Returns normally; the caller's next call throws {@link PowerCut}.
   */
  public void cutPower() {
    if (dead || !powered.compareAndSet(true, false)) {
      return;
    }
    SystemTask caller = current.get();
    adoptInterruptThread();
    try {
      for (Runnable listener : powerCutListeners) {
        runInterrupt("power cut", listener);
      }
    } finally {
      current.set(caller);
      die();
    }
  }

  /**
   * Ends the machine: no timer runs any more, waits end, tasks end at their next machine call.
   * Waits for them, the caller excepted. Closing twice is closing once.
   *
   * @throws TaskFailedException when a task or timer failed and nobody was told before
   * @throws IllegalStateException when a task does not end within ten seconds; it is named
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    die();
    population.awaitAllBut(current.get());
    population.forgetAdopted();
    failures.throwFirst();
  }

  private void die() {
    dead = true;
    timers.stop();
    coarseClock.stop();
    population.unparkAll();
  }

  boolean isDead() {
    return dead;
  }

  // --------------------------------------------------------------------------------------- seeing

  /**
   * Who waits for what and whom, and where everybody is: a line for each living task, with its
   * stack below. For a machine on which nothing moves any more; it is taken while tasks run, so on
   * one that does move, lines need not agree. Callable from any thread, on a dead machine too.
   */
  public String report() {
    return new SystemWaitReport(population.all()).toString();
  }

  /** Checks that the machine lives. */
  void enter() {
    if (dead) {
      throwDead();
    }
  }

  private void throwDead() {
    if (!powered.get()) {
      throw new PowerCut();
    }
    if (currentTask().isAdopted()) {
      throw new IllegalStateException("the machine has been closed");
    }
    throw new PowerCut("the machine has been closed");
  }
}
