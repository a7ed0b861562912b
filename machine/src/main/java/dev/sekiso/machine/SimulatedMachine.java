package dev.sekiso.machine;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
 * platform threads and come by the thousand.
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

  static final long IDLE_ID = 0;

  /** How many events pass between two looks at whether the caller of run was interrupted. */
  private static final long POLL_EVENTS = 4096;

  /**
   * How long a task keeps a contended processor before others get a turn: the base slice of the
   * kernel's fair scheduler.
   */
  private static final long SLICE_NANOS = 3_000_000;

  private enum Phase {
    /** Being built; nothing runs. */
    BOOTING,
    /** Some task has the baton. */
    RUNNING,
    /** Tasks are being ended. */
    DYING,
    /** No task is left. */
    OVER
  }

  private final long seed;
  private final long bootTimeNanos;
  private final int processors;
  private final long maxEvents;
  private final long maxVirtualNanos;
  private final long maxEventsWithoutTime;
  private final Tracer tracer;
  private final SimulatedTask idle = new SimulatedTask(this, IDLE_ID, "<idle>", TaskKind.DAEMON);
  private final SimulatedTask main;
  private final EventHeap events = new EventHeap();
  private final List<Runnable> powerCutListeners = new ArrayList<>();
  private final SimulatedTaskList processorWaiters = new SimulatedTaskList();
  private final RandomGenerator chance =
      () -> {
        checkThread();
        return nextRandom();
      };

  private long random;
  private long now;
  private Phase phase = Phase.BOOTING;
  private SimulatedTask[] runnable = new SimulatedTask[16];
  private int runnableCount;
  private SimulatedTask oldest;
  private SimulatedTask youngest;
  private int livingUserTasks;
  private long lastTaskId;
  private int taskLocalCount;
  private int busyProcessors;

  private Thread runningThread;
  private SimulatedTask current;
  private boolean inInterrupt;

  /** Why nobody may wait at the moment; null when one may. */
  private String noWaiting;

  private long eventCount;
  private long cutAtEvent = Long.MAX_VALUE;

  /** The event at which a running machine is deemed stuck in an instant. */
  private long stallAtEvent;

  /** The next event at which something is to be looked at: a cut, a limit, an interrupt. */
  private long lookAtEvent;

  private volatile boolean callerInterrupted;
  private volatile boolean powered = true;
  private String epitaph;
  private Throwable failure;

  /** A machine with the defaults of {@link Builder}. */
  public SimulatedMachine(long seed) {
    this(builder(seed));
  }

  private SimulatedMachine(Builder builder) {
    seed = builder.seed;
    random = builder.seed;
    bootTimeNanos = builder.bootTimeNanos;
    processors = builder.processors;
    maxEvents = builder.maxEvents;
    maxVirtualNanos = builder.maxVirtualNanos;
    maxEventsWithoutTime = builder.maxEventsWithoutTime;
    tracer = builder.tracer;
    main = newTask("main", TaskKind.USER);
    current = idle;
    cutPowerAtEvent(builder.cutAtEvent);
    stallAtEvent = maxEventsWithoutTime;
    tracer.attach(this);
  }

  public static Builder builder(long seed) {
    return new Builder(seed);
  }

  // ------------------------------------------------------------------------------------ running

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
   * have ended.
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
    if (phase != Phase.BOOTING) {
      throw new IllegalStateException("a simulated machine runs once: make a new one");
    }
    phase = Phase.RUNNING;
    main.thread = Thread.currentThread();
    main.state = SimulatedTask.State.RUNNING;
    runningThread = main.thread;
    current = main;
    T result = null;
    Throwable thrown = null;
    try {
      if (eventCount >= cutAtEvent) {
        cutPower();
      }
      result = program.call();
    } catch (Throwable t) {
      thrown = t;
    }
    end(main, thrown);
    phase = Phase.OVER;
    runningThread = null;
    current = idle;
    if (callerInterrupted) {
      Thread.currentThread().interrupt();
    }
    if (failure != null) {
      @SuppressWarnings("unchecked")
      X toThrow = (X) failure;
      throw toThrow;
    }
    return result;
  }

  /** The seed all choices come from. */
  public long seed() {
    return seed;
  }

  /** How many events there were so far. */
  public long eventCount() {
    return eventCount;
  }

  /**
   * Cuts the power when the event with this number is about to happen. The first event has number
   * 1; a number that is past already, or 0, cuts it now (at the start, when the machine isn't
   * running yet).
   */
  public void cutPowerAtEvent(long event) {
    cutAtEvent = event;
    lookAtEvent = 0;
    if (phase == Phase.RUNNING && event <= eventCount) {
      cutPower();
    }
  }

  /**
   * Cuts the power. Listeners run at once; then every task ends by a {@link PowerCut} from its
   * ongoing or next machine call. The caller itself returns from here and ends at its next call.
   */
  public void cutPower() {
    enter();
    if (phase == Phase.BOOTING) {
      cutAtEvent = 0;
      return;
    }
    if (!powered) {
      return;
    }
    powered = false;
    for (Runnable listener : powerCutListeners) {
      runInterrupt("power cut", listener);
    }
    die("the machine's power was cut at " + seconds(now) + ", event " + eventCount, null);
  }

  // -------------------------------------------------------------------------------- the machine

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public long realTimeNanos() {
    return bootTimeNanos + now;
  }

  @Override
  public SimulatedTask currentTask() {
    if (Thread.currentThread() != runningThread && phase != Phase.BOOTING) {
      throw notTheRunningTask();
    }
    return current;
  }

  @Override
  public boolean inInterrupt() {
    return inInterrupt;
  }

  @Override
  public Task spawn(String name, TaskKind kind, TaskContext context, Runnable body) {
    Objects.requireNonNull(context, "context");
    Objects.requireNonNull(body, "body");
    enter();
    SimulatedTask task = newTask(name, kind);
    task.thread = Thread.ofVirtual().name(name).unstarted(() -> live(task, context, body));
    if (tracer.enabled(MachineTracepoints.SCHED_PROCESS_FORK)) {
      tracer.emit(
          MachineTracepoints.SCHED_PROCESS_FORK, current.name, current.id, task.name, task.id);
    }
    addRunnable(task);
    if (phase == Phase.RUNNING && noWaiting == null) {
      yieldTo(current);
    }
    return task;
  }

  @Override
  public void sleep(long nanos) {
    if (nanos < 0) {
      throw new IllegalArgumentException("cannot sleep for " + nanos + " ns");
    }
    SimulatedTask self = waitingTask();
    if (nanos == 0) {
      yieldTo(self);
      return;
    }
    if (self.beforeSleep != null) {
      runBeforeSleep(self);
    }
    passTime(self, nanos, "sleep");
  }

  @Override
  public void yieldProcessor() {
    yieldTo(waitingTask());
  }

  /**
   * {@inheritDoc}
   *
   * <p>With a limited number of {@linkplain Builder#processors processors} the task first waits for
   * a free one, and lets others have it every 3 ms. In interrupt context it does nothing.
   */
  @Override
  public void spendProcessorTime(long nanos) {
    if (nanos < 0) {
      throw new IllegalArgumentException("cannot spend " + nanos + " ns");
    }
    if (inInterrupt) {
      enter();
      return;
    }
    SimulatedTask self = waitingTask();
    if (nanos == 0) {
      return;
    }
    if (processors == Builder.AS_MANY_AS_TASKS) {
      passTime(self, nanos, "processor time");
      return;
    }
    long left = nanos;
    while (left > 0) {
      if (busyProcessors == processors) {
        processorWaiters.addLast(self);
        block(self, "a free processor", null);
      } else {
        busyProcessors++;
      }
      long slice = Math.min(left, SLICE_NANOS);
      passTime(self, slice, "processor time");
      left -= slice;
      releaseProcessor();
    }
  }

  private void releaseProcessor() {
    SimulatedTask waiter = processorWaiters.removeFirst();
    if (waiter == null) {
      busyProcessors--;
    } else {
      makeRunnable(waiter);
    }
  }

  @Override
  public WaitQueue newWaitQueue(String name) {
    return new SimulatedWaitQueue(this, name);
  }

  @Override
  public SleepingLock newLock(String name) {
    return new SimulatedLock(this, name);
  }

  @Override
  public SleepingReadWriteLock newReadWriteLock(String name) {
    return new SimulatedReadWriteLock(this, name);
  }

  @Override
  public Timer schedule(String name, long delayNanos, Runnable action) {
    Objects.requireNonNull(action, "action");
    enter();
    SimulatedTimer timer = new SimulatedTimer(this, name, action);
    addEvent(timer, delayNanos);
    if (tracer.enabled(MachineTracepoints.TIMER_START)) {
      tracer.emit(MachineTracepoints.TIMER_START, name, timer.time);
    }
    return timer;
  }

  boolean cancel(SimulatedTimer timer) {
    checkThread();
    boolean cancelled = events.remove(timer);
    if (cancelled && tracer.enabled(MachineTracepoints.TIMER_CANCEL)) {
      tracer.emit(MachineTracepoints.TIMER_CANCEL, timer.name);
    }
    return cancelled;
  }

  @Override
  public <T> TaskLocal<T> newTaskLocal(Supplier<T> initial) {
    Objects.requireNonNull(initial, "initial");
    int index = taskLocalCount++;
    return () -> currentTask().locals.get(index, initial);
  }

  @Override
  public RandomGenerator random() {
    return chance;
  }

  @Override
  public Tracer tracer() {
    return tracer;
  }

  @Override
  public void onPowerCut(Runnable listener) {
    powerCutListeners.add(Objects.requireNonNull(listener, "listener"));
  }

  @Override
  public boolean powered() {
    return powered;
  }

  // ------------------------------------------------------------------------------ who may call

  /** Checks that the caller may call; it may be interrupt context. */
  void enter() {
    checkThread();
    if (isDead()) {
      throw dead();
    }
  }

  /** Checks that the caller is a task that may wait, and returns it. */
  SimulatedTask waitingTask() {
    if (Thread.currentThread() != runningThread) {
      throw notTheRunningTask();
    }
    if (phase != Phase.RUNNING) {
      throw dead();
    }
    if (noWaiting != null) {
      throw new IllegalStateException("waiting is forbidden " + noWaiting);
    }
    return current;
  }

  boolean isDead() {
    return phase == Phase.DYING;
  }

  private void checkThread() {
    if (Thread.currentThread() != runningThread && phase != Phase.BOOTING) {
      throw notTheRunningTask();
    }
  }

  private PowerCut dead() {
    return new PowerCut(epitaph);
  }

  private IllegalStateException notTheRunningTask() {
    String caller = "thread '" + Thread.currentThread().getName() + "'";
    return new IllegalStateException(
        switch (phase) {
          case BOOTING -> caller + " must wait inside SimulatedMachine.run(…): nothing runs yet";
          case OVER -> caller + " calls a simulated machine whose run is over";
          case RUNNING, DYING ->
              caller
                  + " is not the running task of this simulated machine: use Machine.spawn, not"
                  + " threads or executors, inside a simulation";
        });
  }

  void runBeforeSleep(SimulatedTask self) {
    noWaiting = "in the before-sleep hook of task " + self;
    try {
      self.beforeSleep.run();
    } finally {
      noWaiting = null;
    }
    if (isDead()) {
      throw dead();
    }
  }

  // --------------------------------------------------------------------------------- scheduling

  /** Waits, in the given place, until somebody makes the task runnable. */
  void block(SimulatedTask self, Object place, Object subject) {
    self.state = SimulatedTask.State.WAITING;
    self.place = place;
    self.subject = subject;
    schedule(self);
  }

  /** Waits for a lock or a task; such waits can never end when they form a ring. */
  void blockOnHolders(SimulatedTask self, Object place) {
    self.state = SimulatedTask.State.WAITING;
    self.place = place;
    self.subject = null;
    String ring = new WaitReport(this).ringThrough(self);
    if (ring != null) {
      die(new DeadlockException(report("deadlock", ring)));
      throw dead();
    }
    schedule(self);
  }

  void makeRunnable(SimulatedTask task) {
    addRunnable(task);
    if (tracer.enabled(MachineTracepoints.SCHED_WAKEUP)) {
      tracer.emit(MachineTracepoints.SCHED_WAKEUP, task.name, task.id);
    }
  }

  /** Sets the time at which the task becomes runnable by itself. */
  void arm(SimulatedTask self, long nanos) {
    self.timedOut = false;
    addEvent(self, nanos);
  }

  void disarm(SimulatedTask self) {
    events.remove(self);
  }

  void join(SimulatedTask task) {
    SimulatedTask self = waitingTask();
    if (task == self) {
      throw new IllegalStateException("task " + self + " joins itself");
    }
    if (task.isAlive() && self.beforeSleep != null) {
      runBeforeSleep(self);
    }
    if (task.isAlive()) {
      task.joiners.addLast(self);
      blockOnHolders(self, task);
    }
    if (task.failure != null) {
      throw new TaskFailedException("task", task.name, task.failure);
    }
  }

  private void passTime(SimulatedTask self, long nanos, String place) {
    long end = later(nanos);
    if (runnableCount == 0 && (events.isEmpty() || events.peek().time > end)) {
      step();
      if (!isDead()) {
        advance(end);
      }
      if (isDead()) {
        throw dead();
      }
      return;
    }
    arm(self, nanos);
    block(self, place, null);
  }

  private void yieldTo(SimulatedTask self) {
    if (runnableCount == 0 && !isEventDue()) {
      step();
      if (isDead()) {
        throw dead();
      }
      return;
    }
    addRunnable(self);
    schedule(self);
  }

  /** Gives the processor away until the task is picked again. */
  private void schedule(SimulatedTask self) {
    SimulatedTask next = dispatch(self);
    if (next != self) {
      traceSwitch(self, next);
      pass(next);
      if (self.awaitBaton()) {
        noteInterrupt(self);
      }
    }
    current = self;
    self.state = SimulatedTask.State.RUNNING;
    if (isDead()) {
      throw dead();
    }
  }

  /**
   * The event loop: runs events until a task is picked.
   *
   * @param self the task whose thread this is; null when it has ended
   * @return who has the baton next, the caller itself included; null when nobody is left
   */
  private SimulatedTask dispatch(SimulatedTask self) {
    while (!isDead()) {
      int candidates = runnableCount + (isEventDue() ? 1 : 0);
      if (candidates == 0 && events.isEmpty()) {
        die(new DeadlockException(report("deadlock", "no task can run and no timer is pending")));
        break;
      }
      step();
      if (isDead()) {
        break;
      }
      int pick = candidates <= 1 ? 0 : nextRandom(candidates);
      if (pick < runnableCount) {
        return takeRunnable(pick);
      }
      Event event = events.peek();
      advance(event.time);
      if (!isDead()) {
        events.poll();
        SimulatedTask before = current;
        current = idle;
        happen(event);
        current = before;
      }
    }
    return self != null ? self : nextVictim();
  }

  private boolean isEventDue() {
    return !events.isEmpty() && events.peek().time <= now;
  }

  private void happen(Event event) {
    if (event instanceof SimulatedTimer timer) {
      if (tracer.enabled(MachineTracepoints.TIMER_EXPIRE_ENTRY)) {
        tracer.emit(MachineTracepoints.TIMER_EXPIRE_ENTRY, timer.name, now);
      }
      runInterrupt(timer.name, timer.action);
      if (tracer.enabled(MachineTracepoints.TIMER_EXPIRE_EXIT)) {
        tracer.emit(MachineTracepoints.TIMER_EXPIRE_EXIT, timer.name);
      }
      return;
    }
    SimulatedTask task = (SimulatedTask) event;
    task.timedOut = true;
    if (task.state == SimulatedTask.State.WAITING) {
      if (task.list != null) {
        task.list.remove(task);
      }
      makeRunnable(task);
    }
  }

  private void runInterrupt(String name, Runnable action) {
    SimulatedTask interrupted = current;
    boolean nested = inInterrupt;
    String noWaitingBefore = noWaiting;
    current = idle;
    inInterrupt = true;
    noWaiting = "in interrupt context (" + name + ")";
    try {
      TaskContext.runUnbound(action);
    } catch (Throwable t) {
      if (!isDead()) {
        die(new TaskFailedException("the action", name, t));
      }
    } finally {
      current = interrupted;
      inInterrupt = nested;
      noWaiting = noWaitingBefore;
    }
  }

  private void pass(SimulatedTask next) {
    runningThread = next.thread;
    if (next.state == SimulatedTask.State.NEW) {
      next.thread.start();
    } else {
      next.giveBaton();
    }
  }

  /** The life of a task's thread, which starts with the baton. */
  private void live(SimulatedTask task, TaskContext context, Runnable body) {
    current = task;
    task.state = SimulatedTask.State.RUNNING;
    Throwable thrown = null;
    try {
      if (context == TaskContext.ROOT) {
        body.run();
      } else {
        context.run(body);
      }
    } catch (Throwable t) {
      thrown = t;
    }
    end(task, thrown);
  }

  /** Ends the task and passes the baton on. For the main task returns when no task is left. */
  private void end(SimulatedTask task, Throwable thrown) {
    settle(task, thrown);
    if (tracer.enabled(MachineTracepoints.SCHED_PROCESS_EXIT)) {
      tracer.emit(MachineTracepoints.SCHED_PROCESS_EXIT, task.name, task.id);
    }
    bury(task);
    SimulatedTask joiner = isDead() ? null : task.joiners.removeFirst();
    while (joiner != null) {
      makeRunnable(joiner);
      joiner = task.joiners.removeFirst();
    }
    if (livingUserTasks == 0 && !isDead()) {
      die("the machine was shut down: all user tasks have ended", null);
    }
    SimulatedTask next = dispatch(null);
    if (next != null) {
      traceSwitch(task, next);
      pass(next);
    } else if (task != main) {
      runningThread = main.thread;
      main.giveBaton();
    }
    if (task == main && next != null && main.awaitBaton()) {
      callerInterrupted = true;
    }
  }

  /** Decides what becomes of what a task's body threw. */
  private void settle(SimulatedTask task, Throwable thrown) {
    if (thrown == null) {
      return;
    }
    if (isDead()) {
      // Whatever fails for want of a machine is no news; a failed assertion is.
      if (thrown instanceof Error && !(thrown instanceof PowerCut)) {
        if (failure == null) {
          failure = task == main ? thrown : new TaskFailedException("task", task.name, thrown);
        } else if (failure != thrown) {
          failure.addSuppressed(thrown);
        }
      }
      return;
    }
    task.failure = thrown;
    if (task.joiners.isEmpty()) {
      die(task == main ? thrown : new TaskFailedException("task", task.name, thrown));
    }
  }

  /** The next task to be ended on a dead machine; null when none is left. */
  private SimulatedTask nextVictim() {
    while (oldest != null && oldest.state == SimulatedTask.State.NEW) {
      bury(oldest);
    }
    return oldest;
  }

  private void die(Throwable reason) {
    die("the machine has stopped: " + reason, reason);
  }

  private void die(String lastWords, Throwable reason) {
    if (isDead()) {
      return;
    }
    phase = Phase.DYING;
    epitaph = lastWords;
    failure = failure == null ? reason : failure;
    powered &= reason == null;
    events.clear();
  }

  // --------------------------------------------------------------------------------- bookkeeping

  private SimulatedTask newTask(String name, TaskKind kind) {
    Objects.requireNonNull(name, "name");
    SimulatedTask task =
        new SimulatedTask(this, ++lastTaskId, name, Objects.requireNonNull(kind, "kind"));
    task.older = youngest;
    if (youngest == null) {
      oldest = task;
    } else {
      youngest.younger = task;
    }
    youngest = task;
    if (kind == TaskKind.USER) {
      livingUserTasks++;
    }
    return task;
  }

  private void bury(SimulatedTask task) {
    task.state = SimulatedTask.State.ENDED;
    task.locals.clear();
    task.beforeSleep = null;
    if (task.older == null) {
      oldest = task.younger;
    } else {
      task.older.younger = task.younger;
    }
    if (task.younger == null) {
      youngest = task.older;
    } else {
      task.younger.older = task.older;
    }
    if (task.kind == TaskKind.USER) {
      livingUserTasks--;
    }
  }

  SimulatedTask oldestTask() {
    return oldest;
  }

  private void addRunnable(SimulatedTask task) {
    if (task.state != SimulatedTask.State.NEW) {
      task.state = SimulatedTask.State.RUNNABLE;
    }
    if (runnableCount == runnable.length) {
      runnable = Arrays.copyOf(runnable, runnableCount * 2);
    }
    runnable[runnableCount++] = task;
  }

  private SimulatedTask takeRunnable(int index) {
    SimulatedTask task = runnable[index];
    runnable[index] = runnable[--runnableCount];
    runnable[runnableCount] = null;
    return task;
  }

  private void addEvent(Event event, long delayNanos) {
    event.time = later(Math.max(0, delayNanos));
    event.tieBreak = nextRandom();
    events.add(event);
  }

  private long later(long nanos) {
    long time = now + nanos;
    return time < 0 ? Long.MAX_VALUE : time;
  }

  private void advance(long time) {
    if (time > maxVirtualNanos) {
      die(
          new LivelockException(
              report(
                  "virtual time ran out",
                  "the next event is beyond the limit of "
                      + seconds(maxVirtualNanos)
                      + "; raise it with SimulatedMachine.builder(…).maxVirtualTime(…)")));
      return;
    }
    if (time > now) {
      now = time;
      stallAtEvent = eventCount + maxEventsWithoutTime;
    }
  }

  private void step() {
    if (++eventCount >= lookAtEvent) {
      look();
    }
  }

  private void look() {
    if (callerInterrupted || main.thread.isInterrupted()) {
      callerInterrupted = true;
      die(new IllegalStateException(report("interrupted", "the thread that called run")));
    } else if (eventCount >= cutAtEvent) {
      cutPower();
    } else if (eventCount >= maxEvents) {
      die(
          new LivelockException(
              report(
                  "too many events",
                  "the limit is "
                      + maxEvents
                      + "; raise it with SimulatedMachine.builder(…).maxEvents(…)")));
    } else if (eventCount >= stallAtEvent) {
      die(
          new LivelockException(
              report(
                  "livelock",
                  maxEventsWithoutTime
                      + " events and no time has passed; if that is meant, raise the limit with"
                      + " SimulatedMachine.builder(…).maxEventsWithoutTime(…)")));
    }
    lookAtEvent =
        Math.min(Math.min(eventCount + POLL_EVENTS, stallAtEvent), Math.min(cutAtEvent, maxEvents));
  }

  private void noteInterrupt(SimulatedTask task) {
    if (task == main) {
      callerInterrupted = true;
    }
  }

  private long nextRandom() {
    // SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
    random += 0x9E3779B97F4A7C15L;
    long z = random;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private int nextRandom(int bound) {
    return (int) (((nextRandom() >>> 32) * bound) >>> 32);
  }

  private void traceSwitch(SimulatedTask from, SimulatedTask to) {
    if (tracer.enabled(MachineTracepoints.SCHED_SWITCH)) {
      tracer.emit(
          MachineTracepoints.SCHED_SWITCH,
          from.name,
          from.id,
          String.valueOf(from.state.letter),
          to.name,
          to.id);
    }
  }

  private String report(String what, String detail) {
    return "%s at %s, event %d, seed %d: %s%n%s"
        .formatted(what, seconds(now), eventCount, seed, detail, new WaitReport(this).tasks());
  }

  static String seconds(long nanos) {
    return "%d.%09d s".formatted(nanos / 1_000_000_000, nanos % 1_000_000_000);
  }

  // ------------------------------------------------------------------------------------ builder

  /** Settings of a {@link SimulatedMachine}. */
  public static final class Builder {

    static final int AS_MANY_AS_TASKS = 0;

    private final long seed;
    private long bootTimeNanos =
        Instant.parse("2026-01-01T00:00:00Z").getEpochSecond() * 1_000_000_000;
    private int processors = AS_MANY_AS_TASKS;
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
