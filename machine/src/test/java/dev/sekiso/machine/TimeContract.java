package dev.sekiso.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

/** What every machine promises of time and chance. */
abstract class TimeContract extends MachineContractPart {

  @Test
  void sleep_someTime_lastsAtLeastThatLong() throws Throwable {
    run(() -> {
      long start = machine().nanoTime();
      long realStart = machine().realTimeNanos();
      machine().sleep(2 * MILLISECOND);
      assertThat(machine().nanoTime() - start).isGreaterThanOrEqualTo(2 * MILLISECOND);
      assertThat(machine().realTimeNanos()).isGreaterThan(realStart);
      assertThat(realStart).isGreaterThan(1_500_000_000L * 1_000_000_000L);
      assertThat(machine().coarseRealTimeNanos()).isBetween(realStart, machine().realTimeNanos());
    });
  }

  @Test
  void time_negative_isRefused() throws Throwable {
    run(() -> {
      assertThatIllegalArgumentException().isThrownBy(() -> machine().sleep(-1));
      assertThatIllegalArgumentException().isThrownBy(() -> machine().spendProcessorTime(-1));
      machine().sleep(0);
      machine().spendProcessorTime(0);
    });
  }

  @Test
  void random_manyDraws_reachEveryValue() throws Throwable {
    run(() -> {
      boolean[] drawn = new boolean[6];
      for (int i = 0; i < 1000; i++) {
        drawn[machine().random().nextInt(6)] = true;
      }
      assertThat(drawn).containsOnly(true);
    });
  }
}
