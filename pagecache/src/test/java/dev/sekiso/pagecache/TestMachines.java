package dev.sekiso.pagecache;

import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.SystemMachine;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

/** Runs a test's body as a task of a machine. */
final class TestMachines {

  /** A test that takes longer on the slowest machine is stuck. */
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private static final Duration PATIENCE_AFTER_POWER_CUT = Duration.ofSeconds(10);

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

  /** As {@link #simulated}; one that hangs fails, and says who waited for what. */
  static void system(PageCacheContract.Body body) throws Exception {
    try (SystemMachine machine = new SystemMachine()) {
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread thread =
          Thread.ofPlatform()
              .name("test")
              .daemon()
              .start(() -> {
                try {
                  body.run(machine);
                } catch (Throwable t) {
                  thrown.set(t);
                }
              });
      if (!thread.join(PATIENCE)) {
        String report = machine.report();
        machine.cutPower();
        boolean ended = thread.join(PATIENCE_AFTER_POWER_CUT);
        throw new AssertionError(
            "nothing ends in "
                + PATIENCE
                + (ended ? "" : ", and without power neither")
                + ":\n"
                + report,
            thrown.get());
      }
      switch (thrown.get()) {
        case null -> {}
        case Error e -> throw e;
        case Exception e -> throw e;
        case Throwable t -> throw new AssertionError(t);
      }
    }
  }
}
