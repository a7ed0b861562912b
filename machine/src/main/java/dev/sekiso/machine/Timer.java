package dev.sekiso.machine;

/** A scheduled action. */
public interface Timer {

  /**
   * Prevents the action.
   *
   * @return false when it has already run, is running, was cancelled before, or the machine is dead
   */
  boolean cancel();
}
