package dev.sekiso.machine;

import java.util.Arrays;

/**
 * The tasks of a simulation that could go next. Their order says nothing but is, like all else, a
 * function of the seed. Guarded by the baton.
 */
final class RunnableTasks {

  private SimulatedTask[] tasks = new SimulatedTask[16];
  private int count;

  int count() {
    return count;
  }

  boolean isEmpty() {
    return count == 0;
  }

  void add(SimulatedTask task) {
    if (task.state != SimulatedTask.State.NEW) {
      task.state = SimulatedTask.State.RUNNABLE;
    }
    if (count == tasks.length) {
      tasks = Arrays.copyOf(tasks, count * 2);
    }
    tasks[count++] = task;
  }

  /** Takes out the task at an index below {@link #count}; the last one takes its place. */
  SimulatedTask take(int index) {
    SimulatedTask task = tasks[index];
    tasks[index] = tasks[--count];
    tasks[count] = null;
    return task;
  }
}
