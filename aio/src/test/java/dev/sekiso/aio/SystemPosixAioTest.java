package dev.sekiso.aio;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SystemMachine;
import dev.sekiso.vfs.Vfs;

class SystemPosixAioTest extends WorkerEngineContract {

  @Override
  protected CompletionEngine engine(Machine machine, Vfs vfs) {
    return new WorkerEngine(machine, vfs, new AioSettings(3, 8192));
  }

  @Override
  protected void onMachine(MachineBody body) throws Exception {
    try (SystemMachine machine = new SystemMachine()) {
      body.run(machine);
    }
  }
}
