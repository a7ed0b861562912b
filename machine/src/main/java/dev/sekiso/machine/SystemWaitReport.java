package dev.sekiso.machine;

import java.util.List;

/** Who waits for what and whom on a {@link SystemMachine}, and from where. */
final class SystemWaitReport {

  /** Frames of a task's stack that are shown, from the innermost. */
  private static final int FRAMES = 24;

  private final List<SystemTask> tasks;

  SystemWaitReport(List<SystemTask> tasks) {
    this.tasks = tasks;
  }

  @Override
  public String toString() {
    StringBuilder lines = new StringBuilder();
    for (SystemTask task : tasks) {
      lines.append("  ").append(describe(task)).append('\n');
      appendStack(lines, task.thread());
    }
    return lines.toString();
  }

  private static String describe(SystemTask task) {
    String who =
        task.isAdopted()
            ? "thread " + task
            : (task.kind == TaskKind.USER ? "user task " : "daemon ") + task;
    Object place = task.place;
    Object subject = task.subject;
    if (place == null) {
      return who + " does not wait";
    }
    String where =
        switch (place) {
          case SystemLock lock -> "for " + lock.describe();
          case SystemReadWriteLock lock -> "for " + lock.describeNow();
          case SystemWaitQueue queue -> "in " + queue;
          default -> "for " + place;
        };
    return who + " waits " + where + (subject == null ? "" : " for " + WaitReport.name(subject));
  }

  private static void appendStack(StringBuilder lines, Thread thread) {
    StackTraceElement[] stack = thread.getStackTrace();
    for (int frame = 0; frame < Math.min(FRAMES, stack.length); frame++) {
      lines.append("      at ").append(stack[frame]).append('\n');
    }
  }
}
