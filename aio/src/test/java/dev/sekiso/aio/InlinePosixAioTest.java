package dev.sekiso.aio;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SystemMachine;
import dev.sekiso.vfs.Vfs;

class InlinePosixAioTest extends PosixAioContract {

  @Override
  protected CompletionEngine engine(Machine machine, Vfs vfs) {
    return new InlineEngine(vfs);
  }

  @Override
  protected void onMachine(MachineBody body) throws Exception {
    try (SystemMachine machine = new SystemMachine()) {
      body.run(machine);
    }
  }
}
