package dev.sekiso.machine;

/** A {@link SimulatedMachine}'s timer. Guarded by the baton. */
final class SimulatedTimer extends Event implements Timer {

  final String name;
  final Runnable action;
  private final SimulatedMachine machine;

  SimulatedTimer(SimulatedMachine machine, String name, Runnable action) {
    this.machine = machine;
    this.name = name;
    this.action = action;
  }

  @Override
  public boolean cancel() {
    return machine.cancel(this);
  }
}
