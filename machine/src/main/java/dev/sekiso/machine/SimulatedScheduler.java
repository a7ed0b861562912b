package dev.sekiso.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/**
 * The engine of a {@link SimulatedMachine}, whose documentation tells the story: baton, event loop,
 * virtual time, end. All fields are the baton holder's, except the volatile ones.
 *
 * <p>A task is {@code NEW} until it first gets the baton, {@code RUNNING} while it has it, {@code
 * RUNNABLE} while it is in the runnable set, {@code WAITING} while somebody must make it runnable,
 * and {@code ENDED}. The running task moves itself to WAITING or RUNNABLE; wakers, timeouts and
 * releasers of locks move others from WAITING to RUNNABLE; the loop moves one from NEW or RUNNABLE
 * to RUNNING. On a dead machine the baton goes round once more, whatever the states.
 */
final class SimulatedScheduler {

  static final long IDLE_ID = 0;

  /** How many calls a task may make on a dead machine before it counts as refusing to end. */
  private static final int MAX_DEATHS = 10_000;

  private final long seed;
  private final Tracer tracer;
  private final MachineTraces traces;
  private final SimulationLimits limits;
  private final SplitMix random;
  private final VirtualTime time;
  private final EventCounter counter;
  private final RunnableTasks runnable = new RunnableTasks();
  private final SimulatedPopulation population = new SimulatedPopulation();
  private final SimulatedTask idle = new SimulatedTask(this, IDLE_ID, "<idle>", TaskKind.DAEMON);
  private final SimulatedTask main = population.bear(this, "main", TaskKind.USER);
  private final List<Runnable> powerCutListeners = new ArrayList<>();
  private final SimulationOutcome outcome = new SimulationOutcome();
  private final Baton baton = new Baton();

  private SimulatedTask current = idle;
  private boolean inInterrupt;

  /** Why nobody may wait at the moment; null when one may. */
  private String noWaiting;

  private volatile boolean callerInterrupted;
  private volatile boolean powered = true;

  SimulatedScheduler(long seed, Tracer tracer, SimulationLimits limits) {
    this.seed = seed;
    this.tracer = tracer;
    this.limits = limits;
    traces = new MachineTraces(tracer, this::emit);
    random = new SplitMix(seed);
    time = new VirtualTime(random);
    counter = new EventCounter(limits);
  }

  // ------------------------------------------------------------------------------ the whole run

  <T, X extends Throwable> T run(ScopedValue.CallableOp<T, X> program) throws X {
    baton.start();
    main.thread = Thread.currentThread();
    main.state = SimulatedTask.State.RUNNING;
    current = main;
    T result = null;
    Throwable thrown = null;
    try {
      if (counter.isCutDue()) {
        cutPower();
      }
      result = program.call();
    } catch (Throwable t) {
      thrown = t;
    }
    end(main, thrown);
    baton.end();
    current = idle;
    if (callerInterrupted) {
      Thread.currentThread().interrupt();
    }
    outcome.<X>throwFailure();
    return result;
  }

  void cutPowerAtEvent(long event) {
    checkThread();
    counter.cutAt(event);
    if (baton.isRunning() && counter.isCutDue()) {
      cutPower();
    }
  }

  void cutPower() {
    enter();
    if (baton.isBooting()) {
      counter.cutAt(0);
      return;
    }
    if (!powered) {
      return;
    }
    powered = false;
    for (int i = 0; i < powerCutListeners.size(); i++) {
      runInterrupt("power cut", powerCutListeners.get(i));
    }
    die(
        "the machine's power was cut at " + seconds(time.now()) + ", event " + counter.count(),
        null);
  }

  void onPowerCut(Runnable listener) {
    checkThread();
    powerCutListeners.add(listener);
  }

  boolean powered() {
    return powered;
  }

  long now() {
    return time.now();
  }

  long eventCount() {
    return counter.count();
  }

  SimulatedTask oldestTask() {
    return population.oldest();
  }

  RandomGenerator chance() {
    return () -> {
      checkThread();
      return random.nextLong();
    };
  }

  // ------------------------------------------------------------------------------- who may call

  /** Checks that the caller may call; it may be interrupt context. */
  void enter() {
    checkThread();
    if (isDead()) {
      throw dead();
    }
  }

  /** Checks that the caller is a task that may wait, and returns it. */
  SimulatedTask waitingTask() {
    baton.checkHeld();
    if (!baton.isRunning()) {
      throw dead();
    }
    if (noWaiting != null) {
      throw new IllegalStateException("waiting is forbidden " + noWaiting);
    }
    return current;
  }

  SimulatedTask currentTask() {
    checkThread();
    return current;
  }

  boolean inInterrupt() {
    return inInterrupt;
  }

  boolean isDead() {
    return baton.isDying();
  }

  /** Checks that the caller has the baton, or that nobody has it yet. */
  void checkThread() {
    baton.checkHeldOrBooting();
  }

  // ------------------------------------------------------------------------------ tasks, timers

  SimulatedTask spawn(String name, TaskKind kind, TaskContext context, Runnable body) {
    enter();
    SimulatedTask task = population.bear(this, name, kind);
    task.thread = Thread.ofVirtual().name(name).unstarted(() -> live(task, context, body));
    traces.forked(current, task);
    runnable.add(task);
    if (baton.isRunning() && noWaiting == null) {
      yieldTo(current);
    }
    return task;
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

  Timer schedule(String name, long delayNanos, Runnable action) {
    enter();
    SimulatedTimer timer = new SimulatedTimer(this, name, action);
    time.add(timer, delayNanos);
    traces.timerStarted(name, timer.time);
    return timer;
  }

  boolean cancel(SimulatedTimer timer) {
    checkThread();
    boolean cancelled = time.remove(timer);
    if (cancelled) {
      traces.timerCancelled(timer.name);
    }
    return cancelled;
  }

  // ------------------------------------------------------------------------------------ waiting

  void runBeforeSleep(SimulatedTask self) {
    noWaiting = "in the before-sleep hook of task " + self;
    try {
      self.beforeSleep.run();
    } finally {
      noWaiting = null;
    }
    throwIfDead();
  }

  /** Waits, in the given place, until somebody makes the task runnable. */
  void block(SimulatedTask self, Object place, Object subject) {
    self.contextSwitches++;
    leaveProcessor(self, place, subject);
  }

  private void leaveProcessor(SimulatedTask self, Object place, Object subject) {
    self.state = SimulatedTask.State.WAITING;
    self.place = place;
    self.subject = subject;
    schedule(self);
  }

  /** Waits for a lock or a task; such waits can never end when they form a ring. */
  void blockOnHolders(SimulatedTask self, Object place) {
    self.contextSwitches++;
    self.state = SimulatedTask.State.WAITING;
    self.place = place;
    self.subject = null;
    String ring = new WaitReport(population.oldest()).ringThrough(self);
    if (ring != null) {
      die(new DeadlockException(report("deadlock", ring)));
      throw dead();
    }
    schedule(self);
  }

  void makeRunnable(SimulatedTask task) {
    runnable.add(task);
    traces.woken(task);
  }

  /** Sets the time at which the task becomes runnable by itself. */
  void arm(SimulatedTask self, long nanos) {
    self.timedOut = false;
    time.add(self, nanos);
  }

  void disarm(SimulatedTask self) {
    time.remove(self);
  }

  /** Lets time pass for the task. When nothing else can happen meanwhile, only the clock moves. */
  void passTime(SimulatedTask self, long nanos, String place) {
    long end = time.later(nanos);
    boolean alone = runnable.isEmpty() && time.next() > end;
    if (alone && end != VirtualTime.NEVER) {
      step();
      if (!isDead()) {
        advance(end);
      }
      throwIfDead();
      return;
    }
    arm(self, nanos);
    leaveProcessor(self, place, null);
  }

  /** Lets others go first, if there are any. */
  void yieldTo(SimulatedTask self) {
    if (runnable.isEmpty() && !time.isEventDue()) {
      step();
      throwIfDead();
      return;
    }
    runnable.add(self);
    schedule(self);
  }

  // ----------------------------------------------------------------------------------- the loop

  /** Gives the processor away until the task is picked again. */
  private void schedule(SimulatedTask self) {
    SimulatedTask next = dispatch(self);
    if (next != self) {
      traces.switched(self, self.state.letter, next);
      pass(next);
      self.awaitBaton();
    }
    current = self;
    self.state = SimulatedTask.State.RUNNING;
    throwIfDead();
  }

  /**
   * The event loop: runs events until a task is picked.
   *
   * @param self the task whose thread this is; null when it has ended
   * @return who has the baton next, the caller itself included; null when nobody is left
   */
  private SimulatedTask dispatch(SimulatedTask self) {
    while (!isDead()) {
      int candidates = runnable.count() + (time.isEventDue() ? 1 : 0);
      if (candidates == 0 && time.next() == VirtualTime.NEVER) {
        die(new DeadlockException(report("deadlock", "no task can run and no timer is pending")));
        break;
      }
      step();
      if (isDead()) {
        break;
      }
      int pick = candidates <= 1 ? 0 : random.nextInt(candidates);
      if (pick < runnable.count()) {
        return runnable.take(pick);
      }
      advance(time.next());
      if (!isDead()) {
        SimulatedTask before = current;
        current = idle;
        happen(time.takeNext());
        current = before;
      }
    }
    return self != null ? self : nextVictim();
  }

  private void happen(Event event) {
    if (event instanceof SimulatedTimer timer) {
      traces.timerEntered(timer.name, time.now());
      runInterrupt(timer.name, timer.action);
      traces.timerLeft(timer.name);
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
    baton.passTo(next.thread);
    if (next.state == SimulatedTask.State.NEW) {
      next.thread.start();
    } else {
      next.giveBaton();
    }
  }

  // ---------------------------------------------------------------------------- time and limits

  private void advance(long to) {
    if (to > limits.virtualNanos()) {
      die(new LivelockException(report("virtual time ran out", limits.virtualTimeExceeded())));
    } else if (time.moveTo(to)) {
      counter.timePassed();
    }
  }

  private void step() {
    if (counter.countOne()) {
      look();
    }
  }

  private void look() {
    EventCounter.Finding finding = counter.look();
    if (callerInterrupted || main.thread.isInterrupted()) {
      callerInterrupted = true;
      die(new IllegalStateException(report("interrupted", "the thread that called run")));
      return;
    }
    switch (finding) {
      case POWER_CUT -> cutPower();
      case TOO_MANY_EVENTS ->
          die(new LivelockException(report("too many events", limits.eventsExceeded())));
      case NO_TIME_PASSES -> die(new LivelockException(report("livelock", limits.stalled())));
      case NOTHING -> {}
    }
  }

  /** Told by a parked task's thread that it was interrupted: the one call without the baton. */
  void interrupted(SimulatedTask task) {
    if (task == main) {
      callerInterrupted = true;
    }
  }

  // ------------------------------------------------------------------------------------ the end

  /** The life of a task's thread, which starts with the baton. */
  private void live(SimulatedTask task, TaskContext context, Runnable body) {
    current = task;
    task.state = SimulatedTask.State.RUNNING;
    Throwable thrown = null;
    try {
      if (TaskContext.ROOT.equals(context)) {
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
    traces.exited(task);
    population.bury(task);
    SimulatedTask joiner = isDead() ? null : task.joiners.removeFirst();
    while (joiner != null) {
      makeRunnable(joiner);
      joiner = task.joiners.removeFirst();
    }
    if (!population.hasUserTasks() && !isDead()) {
      die("the machine was shut down: all user tasks have ended", null);
    }
    SimulatedTask next = dispatch(null);
    passOn(task, next);
    if (task == main && next != null) {
      main.awaitBaton();
    }
  }

  /** Gives an ended task's baton to the next, or back to the caller of run when nobody is left. */
  private void passOn(SimulatedTask ended, SimulatedTask next) {
    if (next != null) {
      traces.switched(ended, ended.state.letter, next);
      pass(next);
    } else if (ended != main) {
      baton.passTo(main.thread);
      main.giveBaton();
    }
  }

  /** Decides what becomes of what a task's body threw. */
  private void settle(SimulatedTask task, Throwable thrown) {
    if (thrown == null) {
      return;
    }
    Throwable named = task == main ? thrown : new TaskFailedException("task", task.name, thrown);
    if (!isDead()) {
      task.failure = thrown;
      if (task.joiners.isEmpty()) {
        die(named);
      }
    } else if (thrown instanceof Error && !(thrown instanceof PowerCut)) {
      // Whatever else fails for want of a machine is no news; a failed assertion is.
      outcome.add(named);
    }
  }

  private void die(Throwable reason) {
    die("the machine has stopped: " + reason, reason);
  }

  private void die(String lastWords, Throwable reason) {
    if (isDead()) {
      return;
    }
    baton.startDying();
    outcome.end(lastWords, reason);
    powered &= reason == null;
    time.end();
  }

  /** The next task to be ended on a dead machine; null when none is left. */
  private SimulatedTask nextVictim() {
    SimulatedTask oldest = population.oldest();
    while (oldest != null && oldest.state == SimulatedTask.State.NEW) {
      population.bury(oldest);
      oldest = population.oldest();
    }
    return oldest;
  }

  private void throwIfDead() {
    if (isDead()) {
      throw dead();
    }
  }

  private PowerCut dead() {
    if (isDead() && ++current.deaths > MAX_DEATHS) {
      strand(current);
    }
    return outcome.powerCut();
  }

  /** Gets rid of a task that goes on and on instead of ending by {@link PowerCut}. */
  private void strand(SimulatedTask task) {
    IllegalStateException complaint =
        new IllegalStateException(
            "task " + task + " catches PowerCut and goes on: let it pass, and the task end");
    outcome.complain(complaint);
    if (task == main) {
      throw complaint;
    }
    population.bury(task);
    passOn(task, nextVictim());
    while (true) {
      LockSupport.park(this);
    }
  }

  // ------------------------------------------------------------------------------------ telling

  /** Emits; a tracer that throws stops the run instead of losing the baton. */
  private void emit(Tracepoint point, Object... values) {
    try {
      tracer.emit(point, values);
    } catch (Throwable t) {
      if (baton.isBooting()) {
        throw t;
      }
      die(t);
    }
  }

  private String report(String what, String detail) {
    return "%s at %s, event %d, seed %d: %s%n%s"
        .formatted(
            what,
            seconds(time.now()),
            counter.count(),
            seed,
            detail,
            new WaitReport(population.oldest()).tasks());
  }

  static String seconds(long nanos) {
    return "%d.%09d s".formatted(nanos / 1_000_000_000, nanos % 1_000_000_000);
  }
}
