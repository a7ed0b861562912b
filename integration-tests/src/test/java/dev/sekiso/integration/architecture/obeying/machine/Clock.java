package dev.sekiso.integration.architecture.obeying.machine;

/** The one place that may ask the JDK for time and threads. */
public final class Clock {
  /** Reads the machine's own clock. */
  public long now() {
    return System.nanoTime();
  }

  /** Starts a task the only way there is. */
  public Thread start(Runnable task) {
    return Thread.startVirtualThread(task);
  }
}
