package dev.sekiso.pagecache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Behind the gate no store is under way that began by what was there before. */
final class StoreGateTest {

  private static final int TASKS = 3;
  private static final int ROUNDS = 3000;

  @Test
  void awaitStores_returnsWhenEveryStoreThatSawTheOldValueIsOver() throws Exception {
    TestMachines.system(machine -> {
      StoreGate gate = new StoreGate(machine);
      AtomicLong open = new AtomicLong(1);
      AtomicInteger[] inside = new AtomicInteger[2];
      inside[0] = new AtomicInteger();
      inside[1] = new AtomicInteger();
      AtomicBoolean done = new AtomicBoolean();
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        tasks.add(
            machine.spawn(
                "storer " + i,
                TaskKind.USER,
                () -> {
                  while (!done.get()) {
                    int place = gate.enter();
                    AtomicInteger mine = inside[(int) (open.get() & 1)];
                    mine.incrementAndGet();
                    mine.decrementAndGet();
                    gate.leave(place);
                  }
                }));
      }
      for (int round = 0; round < ROUNDS; round++) {
        long before = open.getAndIncrement();
        gate.awaitStores();
        assertThat(inside[(int) (before & 1)].get()).isZero();
      }
      done.set(true);
      for (Task task : tasks) {
        task.join();
      }
    });
  }

  @Test
  void awaitStores_withNobodyInside_returnsAtOnce() throws Exception {
    TestMachines.simulated(
        1,
        machine -> {
          StoreGate gate = new StoreGate(machine);
          int place = gate.enter();
          gate.leave(place);
          gate.awaitStores();
          assertThat(machine.nanoTime()).isZero();
        });
  }
}
