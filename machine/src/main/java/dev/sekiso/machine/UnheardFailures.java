package dev.sekiso.machine;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What tasks and timers of a {@link SystemMachine} threw and nobody has heard of yet. Of those that
 * nobody joins as a rule, the uncaught exception handler hears at once. Without locks; used by all
 * tasks.
 */
final class UnheardFailures {

  /** How many are kept: the first ones say what went wrong. */
  private static final int KEPT = 64;

  private record Failure(SystemTask task, TaskFailedException exception) {}

  private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger count = new AtomicInteger();

  /** Called by the thread that failed. */
  void add(SystemTask task, TaskFailedException exception) {
    if (count.incrementAndGet() <= KEPT) {
      failures.add(new Failure(task, exception));
    }
    if (task.kind == TaskKind.DAEMON) {
      Thread thread = Thread.currentThread();
      thread.getUncaughtExceptionHandler().uncaughtException(thread, exception);
    }
  }

  /** Somebody has been told of the task's. */
  void heard(SystemTask task) {
    if (failures.removeIf(failure -> failure.task == task)) {
      count.decrementAndGet();
    }
  }

  /** Throws the first, the others suppressed in it, if there are any. */
  void throwFirst() {
    Failure first = failures.poll();
    if (first != null) {
      failures.forEach(other -> first.exception.addSuppressed(other.exception));
      throw first.exception;
    }
  }
}
