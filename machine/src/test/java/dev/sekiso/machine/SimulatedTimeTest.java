package dev.sekiso.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Virtual time and the processors that work takes. */
@Timeout(60)
class SimulatedTimeTest {

  @Test
  void sleep_days_takesVirtualTimeOnly() {
    long days = Duration.ofDays(30).toNanos();
    SimulatedMachine machine =
        SimulatedMachine.builder(1).bootTime(Instant.parse("2030-01-01T00:00:00Z")).build();
    machine.run(() -> machine.sleep(days));
    assertThat(machine.nanoTime()).isEqualTo(days);
    assertThat(Instant.EPOCH.plusNanos(machine.realTimeNanos()))
        .isEqualTo(Instant.parse("2030-01-31T00:00:00Z"));
  }

  @Test
  void code_betweenSchedulingPoints_takesNoTime() {
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      machine.spawn("other", TaskKind.USER, machine::yieldProcessor).join();
      machine.yieldProcessor();
      assertThat(machine.nanoTime()).isZero();
    });
  }

  @Test
  void spendProcessorTime_limitedProcessors_sharesThem() {
    for (int processors = 1; processors <= 4; processors++) {
      SimulatedMachine machine = SimulatedMachine.builder(5).processors(processors).build();
      int busy = processors;
      machine.run(() -> {
        for (int i = 0; i < 8; i++) {
          machine.spawn("task", TaskKind.USER, () -> machine.spendProcessorTime(12_000_000));
        }
      });
      assertThat(machine.nanoTime()).isBetween(96_000_000L / busy, 96_000_000L / busy + 9_000_000);
    }
  }

  @Test
  void spendProcessorTime_contended_takesTurns() {
    SimulatedMachine machine = SimulatedMachine.builder(5).processors(1).build();
    long[] end = new long[2];
    machine.run(() -> {
      machine.spawn(
          "long",
          TaskKind.USER,
          () -> {
            machine.spendProcessorTime(1_000_000_000);
            end[0] = machine.nanoTime();
          });
      machine.sleep(10_000_000);
      machine.spendProcessorTime(6_000_000);
      end[1] = machine.nanoTime();
    });
    assertThat(end[1]).isBetween(16_000_000L, 25_000_000L);
    assertThat(end[0]).isEqualTo(1_006_000_000L);
  }

  @Test
  void spendProcessorTime_unlimitedProcessors_runsSideBySide() {
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      for (int i = 0; i < 8; i++) {
        machine.spawn("task", TaskKind.USER, () -> machine.spendProcessorTime(1_000_000));
      }
    });
    assertThat(machine.nanoTime()).isEqualTo(1_000_000);
  }

  @Test
  void run_thousandsOfTasks_endsThemAll() {
    SimulatedMachine machine = new SimulatedMachine(1);
    AtomicInteger ended = new AtomicInteger();
    machine.run(() -> {
      for (int i = 0; i < 5_000; i++) {
        machine.spawn(
            "task " + i,
            TaskKind.USER,
            () -> {
              machine.sleep(1_000);
              ended.incrementAndGet();
            });
      }
    });
    assertThat(ended).hasValue(5_000);
  }

  @Test
  void run_singleTask_neverLeavesTheCallingThread() {
    SimulatedMachine machine = new SimulatedMachine(1);
    Set<Thread> threads = new HashSet<>();
    machine.run(() -> {
      WaitQueue queue = machine.newWaitQueue("q");
      AtomicBoolean done = new AtomicBoolean();
      machine.schedule(
          "io",
          100,
          () -> {
            threads.add(Thread.currentThread());
            done.set(true);
            queue.wakeAll();
          });
      queue.await(done::get);
      threads.add(Thread.currentThread());
    });
    assertThat(threads).containsExactly(Thread.currentThread());
  }
}
