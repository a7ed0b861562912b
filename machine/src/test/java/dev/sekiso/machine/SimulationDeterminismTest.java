package dev.sekiso.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A run is a function of program and seed, and of nothing else. */
@Timeout(60)
class SimulationDeterminismTest {

  @Test
  void run_sameSeedTwice_givesTheSameTraceByteForByte() {
    for (long seed = 0; seed < 30; seed++) {
      String first = BusyProgram.traceOf(seed, (int) seed % 3);
      assertThat(first.length()).isGreaterThan(5_000);
      assertThat(BusyProgram.traceOf(seed, (int) seed % 3)).as("seed " + seed).isEqualTo(first);
    }
  }

  @Test
  void run_otherSeeds_giveOtherInterleavings() {
    Set<String> traces = new HashSet<>();
    for (long seed = 0; seed < 30; seed++) {
      traces.add(BusyProgram.traceOf(seed, 0));
    }
    assertThat(traces).hasSize(30);
  }

  @Test
  void run_severalTasksReady_everyOrderHappens() {
    Set<List<Integer>> orders = new HashSet<>();
    Set<List<Integer>> timerOrders = new HashSet<>();
    for (long seed = 0; seed < 200; seed++) {
      SimulatedMachine machine = new SimulatedMachine(seed);
      List<Integer> order = new ArrayList<>();
      List<Integer> timerOrder = new ArrayList<>();
      machine.run(() -> {
        for (int i = 0; i < 3; i++) {
          int number = i;
          machine.spawn("task " + i, TaskKind.USER, () -> order.add(number));
          machine.schedule("timer " + i, 5, () -> timerOrder.add(number));
        }
        machine.sleep(10);
      });
      orders.add(order);
      timerOrders.add(timerOrder);
    }
    assertThat(orders).hasSize(6);
    assertThat(timerOrders).hasSize(6);
  }

  @Test
  void random_sameSeed_drawsTheSame() {
    List<Long> draws = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      SimulatedMachine machine = new SimulatedMachine(42);
      assertThat(machine.seed()).isEqualTo(42);
      draws.add(machine.run(() -> machine.random().nextLong()));
    }
    assertThat(draws.get(0)).isEqualTo(draws.get(1));
  }
}
