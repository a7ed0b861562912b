package dev.sekiso.machine;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Who waits for what and whom on a {@link SimulatedMachine}, for its last words. */
final class WaitReport {

  private final SimulatedTask oldest;

  /** A report on the task and all younger ones. */
  WaitReport(SimulatedTask oldest) {
    this.oldest = oldest;
  }

  /** One line per living task. */
  String tasks() {
    StringBuilder lines = new StringBuilder();
    for (SimulatedTask task = oldest; task != null; task = task.younger) {
      lines.append("  ").append(describe(task)).append('\n');
    }
    return lines.toString();
  }

  /**
   * The ring of waiting tasks the given one belongs to, in words; null when there is none. Follows
   * locks to their holders and joins to the task joined, waits that nothing else can end.
   */
  String ringThrough(SimulatedTask task) {
    return ring(task, task, new HashSet<>());
  }

  private static String ring(SimulatedTask from, SimulatedTask target, Set<SimulatedTask> seen) {
    if (from.state != SimulatedTask.State.WAITING || !seen.add(from)) {
      return null;
    }
    for (SimulatedTask holder : waitedFor(from)) {
      String step = "task " + from + " waits for " + place(from);
      if (holder == target) {
        return step;
      }
      String rest = ring(holder, target, seen);
      if (rest != null) {
        return step + "; " + rest;
      }
    }
    return null;
  }

  private static List<SimulatedTask> waitedFor(SimulatedTask task) {
    return switch (task.place) {
      case SimulatedLock lock when lock.owner() != null -> List.of(lock.owner());
      case SimulatedReadWriteLock lock -> lock.holders();
      case SimulatedTask joined -> List.of(joined);
      case null, default -> List.of();
    };
  }

  private static String describe(SimulatedTask task) {
    String who = (task.kind == TaskKind.USER ? "user task " : "daemon ") + task;
    return switch (task.state) {
      case NEW -> who + " has not run yet";
      case RUNNABLE -> who + " could run";
      case RUNNING -> who + " runs";
      case ENDED -> who + " has ended";
      case WAITING -> {
        String until =
            task.isPending() && task.time != VirtualTime.NEVER
                ? ", at most until " + SimulatedScheduler.seconds(task.time)
                : "";
        yield who + " waits for " + place(task) + until;
      }
    };
  }

  private static String place(SimulatedTask task) {
    String place =
        switch (task.place) {
          case SimulatedLock lock -> lock.describe();
          case SimulatedReadWriteLock lock -> lock.describe();
          case SimulatedTask joined -> "the end of task " + joined;
          case Object other -> other.toString();
        };
    return task.subject == null ? place : place + " for " + name(task.subject);
  }

  /** A report of trouble must not make more of it. */
  static String name(Object subject) {
    try {
      return String.valueOf(subject);
    } catch (RuntimeException e) {
      return subject.getClass().getName() + " (its toString() threw " + e + ")";
    }
  }
}
