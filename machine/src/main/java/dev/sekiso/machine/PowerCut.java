package dev.sekiso.machine;

/**
 * Ends a task whose machine is gone: its power was cut, it stopped on a failure, or it was shut
 * down while a servant still waited. The message says which.
 *
 * <p>An {@link Error}, so that nothing that handles failures mistakes it for one; every call of a
 * dead machine that waits, wakes, schedules or spawns throws it again. Only letting go of what is
 * held ({@link SleepingLock#unlock()}, {@link Timer#cancel()}) and looking ({@link
 * Machine#nanoTime()}, {@link Machine#powered()}, {@link Machine#currentTask()}) still work, so a
 * {@code finally} block does not hide the exception it runs under.
 */
public final class PowerCut extends Error {

  private static final long serialVersionUID = 1L;

  public PowerCut() {
    this("the machine's power was cut");
  }

  PowerCut(String message) {
    super(message, null, false, false);
  }
}
