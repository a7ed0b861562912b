package dev.sekiso.machine;

/** The living tasks of a simulation, in order of creation. Guarded by the baton. */
final class SimulatedPopulation {

  private SimulatedTask oldest;
  private SimulatedTask youngest;
  private int userTasks;
  private long lastId;

  SimulatedTask bear(SimulatedScheduler scheduler, String name, TaskKind kind) {
    SimulatedTask task = new SimulatedTask(scheduler, ++lastId, name, kind);
    task.older = youngest;
    if (youngest == null) {
      oldest = task;
    } else {
      youngest.younger = task;
    }
    youngest = task;
    if (kind == TaskKind.USER) {
      userTasks++;
    }
    return task;
  }

  void bury(SimulatedTask task) {
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
    task.older = null;
    task.younger = null;
    if (task.kind == TaskKind.USER) {
      userTasks--;
    }
  }

  /** The oldest living task; null when none lives. The others follow by their {@code younger}. */
  SimulatedTask oldest() {
    return oldest;
  }

  boolean hasUserTasks() {
    return userTasks > 0;
  }
}
