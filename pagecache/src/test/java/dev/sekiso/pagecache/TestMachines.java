package dev.sekiso.pagecache;

import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.SystemMachine;

/** Runs a test's body as a task of a machine. */
final class TestMachines {

  private TestMachines() {}

  static void simulated(long seed, PageCacheContract.Body body) throws Exception {
    SimulatedMachine machine = SimulatedMachine.builder(seed).maxEvents(50_000_000).build();
    SimulatedMachine.Program<Exception> program = () -> body.run(machine);
    try {
      machine.run(program);
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("with seed " + seed + ": " + e.getMessage(), e);
    }
  }

  static void system(PageCacheContract.Body body) throws Exception {
    try (SystemMachine machine = new SystemMachine()) {
      body.run(machine);
    }
  }
}
