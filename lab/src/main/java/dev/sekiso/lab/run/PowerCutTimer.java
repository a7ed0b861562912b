package dev.sekiso.lab.run;

import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.Timer;
import dev.sekiso.stack.StorageStack;

/**
 * Cuts the power of a simulated machine some time after the jobs began, unless they have ended.
 * Used by the tasks of one run.
 */
public final class PowerCutTimer implements RunWatcher {

  private final long nanos;
  private Timer timer;

  /**
   * @param nanos virtual time from the beginning of the jobs
   */
  public PowerCutTimer(long nanos) {
    this.nanos = nanos;
  }

  /**
   * @throws IllegalStateException on a machine in real time, whose power nothing cuts
   */
  @Override
  public void began(StorageStack stack) {
    if (!(stack.machine() instanceof SimulatedMachine machine)) {
      throw new IllegalStateException("the power can be cut in virtual time only");
    }
    timer = machine.schedule("power cut", nanos, machine::cutPower);
  }

  @Override
  public void ended(StorageStack stack) {
    timer.cancel();
  }
}
