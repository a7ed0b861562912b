package dev.sekiso.writeback.flusher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.SimulatedMachine;
import org.junit.jupiter.api.Test;

final class PdflushPoolTest {

  private static final long SECOND = 1_000_000_000L;

  private interface Program {
    void run(SimulatedMachine machine, PdflushPool pool);
  }

  private static void run(Program program) {
    SimulatedMachine machine = new SimulatedMachine(1);
    SimulatedMachine.Program<RuntimeException> body =
        () -> {
          PdflushPool pool = new PdflushPool(machine);
          pool.start();
          program.run(machine, pool);
          pool.close();
          assertThat(pool.tasks()).isZero();
        };
    machine.run(body);
  }

  @Test
  void submit_allBusy_isRefused() {
    run((machine, pool) -> {
      assertThat(pool.submit(() -> machine.sleep(SECOND / 2))).isTrue();
      assertThat(pool.submit(() -> machine.sleep(SECOND / 2))).isTrue();
      assertThat(pool.submit(() -> machine.sleep(SECOND / 2))).isFalse();
      machine.sleep(SECOND);
      assertThat(pool.submit(() -> {})).isTrue();
      assertThat(pool.tasks()).isEqualTo(PdflushPool.LEAST);
    });
  }

  @Test
  void tasks_noneIdleForASecond_becomeMoreUpToEight() {
    run((machine, pool) -> {
      int most = 0;
      for (int i = 0; i < 200; i++) {
        while (pool.submit(() -> machine.sleep(SECOND * 3 / 2))) {
          // until all are busy
        }
        machine.sleep(SECOND / 10);
        most = Math.max(most, pool.tasks());
      }
      assertThat(most).isEqualTo(PdflushPool.MOST);
    });
  }

  @Test
  void tasks_idleForMoreThanASecond_becomeFewerOneASecond() {
    run((machine, pool) -> {
      for (int i = 0; i < 200; i++) {
        while (pool.submit(() -> machine.sleep(SECOND * 3 / 2))) {
          // until all are busy
        }
        machine.sleep(SECOND / 10);
      }
      machine.sleep(5 * SECOND);
      int before = pool.tasks();
      assertThat(before).isBetween(PdflushPool.MOST - 2, PdflushPool.MOST);
      long start = machine.nanoTime();
      while (pool.tasks() > PdflushPool.LEAST) {
        pool.submit(() -> {});
        machine.sleep(SECOND / 20);
        assertThat(machine.nanoTime() - start).isLessThan(20 * SECOND);
      }
      assertThat(machine.nanoTime() - start)
          .isGreaterThan((before - PdflushPool.LEAST - 1) * SECOND);
    });
  }
}
