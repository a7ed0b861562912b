package dev.sekiso.writeback;

import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.SystemMachine;
import dev.sekiso.machine.Tracer;

/** Runs a test's body as a task of a machine. */
final class TestMachines {

  private TestMachines() {}

  static void simulated(long seed, WritebackContract.Program program) throws Exception {
    simulated(seed, Tracer.NONE, program);
  }

  static void simulated(long seed, Tracer tracer, WritebackContract.Program program)
      throws Exception {
    SimulatedMachine machine =
        SimulatedMachine.builder(seed).tracer(tracer).maxEvents(50_000_000).build();
    SimulatedMachine.Program<Exception> body = () -> program.run(machine);
    try {
      machine.run(body);
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("with seed " + seed + ": " + e.getMessage(), e);
    }
  }

  static void system(WritebackContract.Program program) throws Exception {
    try (SystemMachine machine = new SystemMachine()) {
      program.run(machine);
    }
  }
}
