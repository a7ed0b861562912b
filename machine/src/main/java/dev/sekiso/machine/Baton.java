package dev.sekiso.machine;

/**
 * Who may touch a simulated machine: the thread that has the baton, or, while nothing runs yet,
 * whoever builds on it. The holder's fields; a thread that is not the holder may see them late, and
 * late or not finds that it is not the one.
 */
final class Baton {

  private enum Phase {
    /** The machine is being built; nothing runs. */
    BOOTING,
    /** Some task has the baton. */
    RUNNING,
    /** Tasks are being ended. */
    DYING,
    /** No task is left. */
    OVER
  }

  private Phase phase = Phase.BOOTING;
  private Thread holder;

  /** The run begins, in the calling thread. */
  void start() {
    if (phase != Phase.BOOTING) {
      throw new IllegalStateException("a simulated machine runs once: make a new one");
    }
    phase = Phase.RUNNING;
    holder = Thread.currentThread();
  }

  /** From here on the baton goes round only to end tasks. */
  void startDying() {
    phase = Phase.DYING;
  }

  /** The run is over; nobody gets the baton any more. */
  void end() {
    phase = Phase.OVER;
    holder = null;
  }

  /** Names the next holder, which is still to be told. */
  void passTo(Thread next) {
    holder = next;
  }

  boolean isBooting() {
    return phase == Phase.BOOTING;
  }

  boolean isRunning() {
    return phase == Phase.RUNNING;
  }

  boolean isDying() {
    return phase == Phase.DYING;
  }

  /** Checks that the caller has the baton. */
  void checkHeld() {
    if (Thread.currentThread() != holder) {
      throw notTheHolder();
    }
  }

  /** Checks that the caller has the baton, or that nobody has it yet. */
  void checkHeldOrBooting() {
    if (Thread.currentThread() != holder && phase != Phase.BOOTING) {
      throw notTheHolder();
    }
  }

  private IllegalStateException notTheHolder() {
    String caller = "thread '" + Thread.currentThread().getName() + "'";
    return new IllegalStateException(
        switch (phase) {
          case BOOTING -> caller + " must wait inside SimulatedMachine.run(…): nothing runs yet";
          case OVER -> caller + " calls a simulated machine whose run is over";
          case RUNNING, DYING ->
              caller
                  + " is not the running task of this simulated machine: use Machine.spawn, not"
                  + " threads or executors, inside a simulation";
        });
  }
}
