package dev.sekiso.machine;

/** A variable with one value per task. */
public interface TaskLocal<T> {

  /** The running task's value; made by the initial supplier on first use. */
  T get();
}
