package dev.sekiso.machine;

/**
 * How a simulation ended, and what it throws. The first reason counts; what fails while tasks are
 * being ended is added to it, because for want of a machine all kinds of things fail. Guarded by
 * the baton.
 */
final class SimulationOutcome {

  private String lastWords;
  private Throwable failure;

  /**
   * The machine dies.
   *
   * @param why for those who call it afterwards
   * @param reason what the run throws; null when it ended as it should
   */
  void end(String why, Throwable reason) {
    lastWords = why;
    failure = reason;
  }

  /** A task failed while it was being ended. */
  void add(Throwable later) {
    if (failure == null) {
      failure = later;
    } else {
      failure.addSuppressed(later);
    }
  }

  /** A task refuses to end: told when nothing worse has happened. */
  void complain(Throwable complaint) {
    if (failure == null) {
      failure = complaint;
    }
  }

  /** What ends a task that calls a dead machine. */
  PowerCut powerCut() {
    return new PowerCut(lastWords);
  }

  /** Throws what went wrong, if anything did. */
  @SuppressWarnings("unchecked") // a program throws X, and all else is unchecked
  <X extends Throwable> void throwFailure() throws X {
    if (failure != null) {
      throw (X) failure;
    }
  }
}
