package dev.sekiso.machine;

/**
 * A task of a {@link SystemMachine}: a virtual thread it started, or a foreign thread it adopted.
 *
 * <p>The links belong to the guard of the list the task is in; the rest is the task's own, or
 * volatile.
 */
final class SystemTask implements Task {

  final long id;
  final String name;
  final TaskKind kind;
  final TaskLocals locals = new TaskLocals();

  /** Woken: what it waits for may be there. Cleared by the task itself before it enqueues. */
  volatile boolean signalled;

  volatile Runnable beforeSleep;
  volatile Throwable failure;

  /** Stands for the passing of time where a task waits for nothing else. */
  static final String TIME = "time to pass";

  /**
   * Where the task stands in line, and what it waits for there if the place does not say; null
   * while it does not wait. Its own; read by whoever reports.
   */
  volatile Object place;

  volatile Object subject;

  /** Why the task may not wait at the moment; null when it may. Its own. */
  String noWaiting;

  /** Runs a timer's action or a power-cut listener. Its own. */
  boolean inInterrupt;

  /** Woken as one of many, hence entitled to its place at the head of the queue. */
  boolean wokenAlone;

  /** Waits for the write half of a {@link SystemReadWriteLock}. */
  boolean wantsWrite;

  /** Written by the task alone; others may see it late. */
  long contextSwitches;

  SystemTaskList list;
  SystemTask previous;
  SystemTask next;

  /** Null when adopted, so that a foreign thread's task does not keep a forgotten machine alive. */
  private final SystemMachine machine;

  private final SystemWaitQueue end;
  private volatile Thread thread;
  private volatile boolean ended;

  private SystemTask(SystemMachine machine, long id, String name, TaskKind kind) {
    this.machine = machine;
    this.id = id;
    this.name = name;
    this.kind = kind;
    this.end = machine == null ? null : new SystemWaitQueue(machine, "end of " + name);
  }

  static SystemTask spawned(SystemMachine machine, long id, String name, TaskKind kind) {
    return new SystemTask(machine, id, name, kind);
  }

  static SystemTask adopted(long id, TaskKind kind, String name, Thread thread) {
    SystemTask task = new SystemTask(null, id, name, kind);
    task.thread = thread;
    return task;
  }

  void bind(Thread itsThread) {
    thread = itsThread;
  }

  Thread thread() {
    return thread;
  }

  boolean isAdopted() {
    return machine == null;
  }

  /** Marks the task ended and wakes who joins it. */
  void ended() {
    ended = true;
    end.wakeWaiters();
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public TaskKind kind() {
    return kind;
  }

  @Override
  public boolean isAlive() {
    return isAdopted() ? thread.isAlive() : !ended;
  }

  @Override
  public void join() {
    if (isAdopted()) {
      throw new IllegalStateException(
          "task " + this + " is a thread the machine did not start: use Thread.join");
    }
    if (!ended) {
      if (machine.currentTask() == this) {
        throw new IllegalStateException("task " + this + " joins itself");
      }
      end.await(this, () -> ended);
    }
    if (failure != null) {
      machine.failureObserved(this);
      throw new TaskFailedException("task", name, failure);
    }
  }

  @Override
  public void setBeforeSleep(Runnable hook) {
    if (id == SystemMachine.IDLE_ID) {
      throw new IllegalStateException("interrupt context never sleeps: set the hook in a task");
    }
    beforeSleep = hook;
  }

  @Override
  public Runnable beforeSleep() {
    return beforeSleep;
  }

  @Override
  public long processorNanos() {
    return 0;
  }

  @Override
  public long contextSwitches() {
    return contextSwitches;
  }

  @Override
  public String toString() {
    return "'" + name + "' (" + id + ")";
  }
}
