package dev.sekiso.machine;

/** A {@link SimulatedMachine}'s timer. Guarded by the baton. */
final class SimulatedTimer extends Event implements Timer {

  final String name;
  final Runnable action;
  private final SimulatedScheduler scheduler;

  SimulatedTimer(SimulatedScheduler scheduler, String name, Runnable action) {
    this.scheduler = scheduler;
    this.name = name;
    this.action = action;
  }

  @Override
  public boolean cancel() {
    return scheduler.cancel(this);
  }
}
