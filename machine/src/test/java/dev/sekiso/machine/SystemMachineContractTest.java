package dev.sekiso.machine;

import org.junit.jupiter.api.AfterEach;

class SystemMachineContractTest extends MachineContract {

  private final SystemMachine machine = new SystemMachine();

  @AfterEach
  void close() {
    machine.close();
  }

  @Override
  protected SystemMachine machine() {
    return machine;
  }

  @Override
  protected void run(Program program) throws Throwable {
    program.run();
  }

  @Override
  protected void cutPower() {
    machine.cutPower();
  }

  @Override
  protected void untilItWaits(Task task) {
    Thread thread = ((SystemTask) task).thread();
    while (thread.getState() != Thread.State.WAITING
        && thread.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
  }

  @Override
  protected void untilAllHaveEnded() {
    machine.close();
  }
}
