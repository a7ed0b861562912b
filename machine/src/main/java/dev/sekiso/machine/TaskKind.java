package dev.sekiso.machine;

/** Whether a task's life keeps the machine running. */
public enum TaskKind {
  /** Somebody's work: a simulation runs until all user tasks have ended. */
  USER,
  /** A servant (flusher, worker) that may wait for ever and ends with the machine. */
  DAEMON
}
