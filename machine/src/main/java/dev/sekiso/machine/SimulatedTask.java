package dev.sekiso.machine;

import java.util.concurrent.locks.LockSupport;

/**
 * A task of a {@link SimulatedMachine}, and at the same time the event that wakes it when its sleep
 * or its patience is over. All fields belong to whoever holds the baton; {@link #baton} itself is
 * how it changes hands.
 */
final class SimulatedTask extends Event implements Task {

  enum State {
    NEW("R"),
    RUNNABLE("R"),
    RUNNING("R"),
    WAITING("D"),
    ENDED("X");

    /** As {@code sched_switch} prints it. */
    final String letter;

    State(String letter) {
      this.letter = letter;
    }
  }

  final SimulatedScheduler scheduler;
  final long id;
  final String name;
  final TaskKind kind;
  final TaskLocals locals = new TaskLocals();
  final SimulatedTaskList joiners = new SimulatedTaskList();

  State state = State.NEW;
  Thread thread;
  Runnable beforeSleep;
  Throwable failure;

  long processorNanos;
  long contextSwitches;

  /** How many calls of the dead machine have thrown {@link PowerCut} to it. */
  int deaths;

  /** What it waits for while {@link State#WAITING}: a queue, a lock, a task to join, or a text. */
  Object place;

  /** What it waits for at its place, as told by the waiter; null when the place says it all. */
  Object subject;

  /** The time set with {@link SimulatedScheduler#arm} is over. */
  boolean timedOut;

  /** Woken as one of many, hence entitled to its place at the head of the queue. */
  boolean wokenAlone;

  /** Waits for the write half of a {@link SimulatedReadWriteLock}. */
  boolean wantsWrite;

  /** The list it waits in, and its neighbours there. */
  SimulatedTaskList list;

  SimulatedTask previous;
  SimulatedTask next;

  /** Neighbours among the living, in order of creation. */
  SimulatedTask older;

  SimulatedTask younger;

  private volatile boolean baton;

  SimulatedTask(SimulatedScheduler scheduler, long id, String name, TaskKind kind) {
    this.scheduler = scheduler;
    this.id = id;
    this.name = name;
    this.kind = kind;
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
    return state != State.ENDED;
  }

  @Override
  public void join() {
    scheduler.join(this);
  }

  @Override
  public void setBeforeSleep(Runnable hook) {
    if (id == SimulatedScheduler.IDLE_ID) {
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
    return processorNanos;
  }

  @Override
  public long contextSwitches() {
    return contextSwitches;
  }

  /** Passes the baton to this task; the caller no longer has it. */
  void giveBaton() {
    Thread parked = thread;
    baton = true;
    LockSupport.unpark(parked);
  }

  /** Parks this task's thread until it has the baton. Interrupts are told to the scheduler. */
  void awaitBaton() {
    boolean interrupted = false;
    while (!baton) {
      LockSupport.park(scheduler);
      if (Thread.interrupted()) {
        interrupted = true;
        scheduler.interrupted(this);
      }
    }
    baton = false;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String toString() {
    return "'" + name + "' (" + id + ")";
  }
}
