package dev.sekiso.machine;

import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass(name = "seed {0}")
@ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, -1, Long.MIN_VALUE})
class SimulatedMachineContractTest extends MachineContract {

  @Parameter long seed;

  private SimulatedMachine machine;

  @Override
  protected SimulatedMachine machine() {
    if (machine == null) {
      machine = new SimulatedMachine(seed);
    }
    return machine;
  }

  @Override
  protected void run(Program program) throws Throwable {
    SimulatedMachine.Program<Throwable> body = program::run;
    machine().run(body);
  }

  @Override
  protected void cutPower() {
    machine().cutPower();
  }

  @Override
  protected void untilItWaits(Task task) {
    while (((SimulatedTask) task).state != SimulatedTask.State.WAITING) {
      machine().sleep(1);
    }
  }

  @Override
  protected void untilAllHaveEnded() {}
}
