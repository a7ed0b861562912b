package dev.sekiso.writeback.flusher;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.machine.WaitQueue;
import java.util.ArrayDeque;
import java.util.List;

/**
 * Two to eight tasks that do jobs ({@code mm/pdflush.c}).
 *
 * <p>A job goes to the task that has been idle for the shortest time, or is refused if there is
 * none. A task that ends its job and finds that none has been idle for a second starts another, up
 * to eight. One that sees the longest idle one sleep for more than a second, with more than two
 * there, ends itself; at most one does in a second.
 *
 * <p>The monitor guards everything; tasks sleep on their own queues.
 */
final class PdflushPool {

  /** {@code MIN_PDFLUSH_THREADS}. */
  static final int LEAST = 2;

  /** {@code MAX_PDFLUSH_THREADS}. */
  static final int MOST = 8;

  private static final long SECOND = 1_000_000_000L;

  private final Machine machine;
  private final WaitQueue ending;

  /** Idle tasks, the one idle for the shortest time first ({@code pdflush_list}). */
  private final ArrayDeque<Worker> idle = new ArrayDeque<>();

  private volatile int tasks;
  private volatile boolean closed;
  private long lastEmpty;

  private static final class Worker {
    private final WaitQueue alarm;
    private volatile Runnable job;
    private long idleSince;

    Worker(WaitQueue alarm) {
      this.alarm = alarm;
    }
  }

  PdflushPool(Machine machine) {
    this.machine = machine;
    this.ending = machine.newWaitQueue("end of pdflush");
    this.lastEmpty = machine.nanoTime();
  }

  Machine machine() {
    return machine;
  }

  int tasks() {
    return tasks;
  }

  void start() {
    for (int i = 0; i < LEAST; i++) {
      startOne();
    }
  }

  /** Starts a task, which counts as idle from now on. */
  private void startOne() {
    Worker worker = new Worker(machine.newWaitQueue("pdflush"));
    synchronized (this) {
      if (closed || tasks >= MOST) {
        return;
      }
      tasks++;
      worker.idleSince = machine.nanoTime();
      idle.addFirst(worker);
    }
    machine.spawn("pdflush", TaskKind.DAEMON, TaskContext.ROOT, () -> work(worker));
  }

  /** Gives a job to an idle task; false when there is none. Must not wait. */
  boolean submit(Runnable job) {
    Worker worker;
    synchronized (this) {
      worker = idle.pollFirst();
      if (worker == null || closed) {
        return false;
      }
      if (idle.isEmpty()) {
        lastEmpty = machine.nanoTime();
      }
      worker.job = job;
    }
    worker.alarm.wakeAll();
    return true;
  }

  private void work(Worker worker) {
    try {
      while (true) {
        worker.alarm.await(this, () -> worker.job != null || closed);
        Runnable job = worker.job;
        if (job == null) {
          return;
        }
        worker.job = null;
        job.run();
        if (isShort()) {
          startOne();
        }
        if (!goIdle(worker)) {
          return;
        }
      }
    } finally {
      synchronized (this) {
        tasks--;
      }
      ending.wakeAll();
    }
  }

  private synchronized boolean isShort() {
    return idle.isEmpty() && machine.nanoTime() - lastEmpty > SECOND;
  }

  /** Puts a task among the idle ones; false if it is to end. */
  private synchronized boolean goIdle(Worker worker) {
    long now = machine.nanoTime();
    Worker longest = idle.peekLast();
    if (closed) {
      return false;
    }
    if (longest != null && tasks > LEAST && now - longest.idleSince > SECOND) {
      // The next one ends a second from now at the soonest.
      longest.idleSince = now;
      return false;
    }
    worker.idleSince = now;
    idle.addFirst(worker);
    return true;
  }

  /** Ends the tasks once they have done their jobs. May wait. */
  void close() {
    List<Worker> waiting;
    synchronized (this) {
      closed = true;
      waiting = List.copyOf(idle);
    }
    waiting.forEach(worker -> worker.alarm.wakeAll());
    ending.await(this, () -> tasks == 0);
  }

  @Override
  public String toString() {
    return "pdflush of " + tasks;
  }
}
