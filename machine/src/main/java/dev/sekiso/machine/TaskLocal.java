package dev.sekiso.machine;

/** A variable with one value per task. */
public interface TaskLocal<T> {

  /**
   * The running task's value; made by the initial supplier on first use, and gone when the task has
   * ended. In interrupt context it is the value of task 0.
   */
  T get();
}
