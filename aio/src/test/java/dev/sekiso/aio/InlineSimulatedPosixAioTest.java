package dev.sekiso.aio;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.vfs.Vfs;

class InlineSimulatedPosixAioTest extends PosixAioContract {

  private static final long SEED = 1;

  @Override
  protected CompletionEngine engine(Machine machine, Vfs vfs) {
    return new InlineEngine(vfs);
  }

  @Override
  protected void onMachine(MachineBody body) throws Exception {
    SimulatedMachine machine = new SimulatedMachine(SEED);
    SimulatedMachine.Program<Exception> program = () -> body.run(machine);
    machine.run(program);
  }
}
