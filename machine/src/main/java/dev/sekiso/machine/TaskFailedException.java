package dev.sekiso.machine;

/** The body of a task threw; the cause is what it threw. */
public final class TaskFailedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String taskName;

  TaskFailedException(String what, String taskName, Throwable cause) {
    super(what + " '" + taskName + "' failed: " + cause, cause);
    this.taskName = taskName;
  }

  /** The name of the task or timer that failed. */
  public String taskName() {
    return taskName;
  }
}
