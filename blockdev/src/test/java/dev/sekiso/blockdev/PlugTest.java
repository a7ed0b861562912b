package dev.sekiso.blockdev;

import static dev.sekiso.blockdev.QueueBench.NONE;
import static dev.sekiso.blockdev.QueueBench.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.blockdev.scheduler.MqDeadlineScheduler;
import org.junit.jupiter.api.Test;

/** What a task holds back, and when it lets go. */
class PlugTest {

  @Test
  void noPlug_adjoiningBios_stayApart() {
    with(
        QueueLimits.DEFAULT,
        NONE,
        bench -> {
          bench.read(0, 8);
          bench.read(8, 8);
          assertThat(bench.issued()).containsExactly("R 0+8", "R 8+8");
        });
  }

  @Test
  void plug_adjoiningBios_becomeOneRequest() {
    with(
        QueueLimits.DEFAULT,
        NONE,
        bench -> {
          try (Plug _ = bench.queue.plug()) {
            bench.read(8, 8);
            bench.read(16, 8);
            bench.read(0, 8);
            assertThat(bench.issued()).isEmpty();
          }
          assertThat(bench.issued()).containsExactly("R 0+24");
          assertThat(bench.queue.counters().readMerges()).isEqualTo(2);
          bench.driver.releaseAll();
          assertThat(bench.ended).hasSize(3).allMatch(bio -> bio.failure() == null);
          assertThat(bench.ended).extracting(Bio::sector).containsExactly(0L, 8L, 16L);
        });
  }

  @Test
  void plug_underNone_looksAtTheLastRequestOnly() {
    with(
        QueueLimits.DEFAULT,
        NONE,
        bench -> {
          try (Plug _ = bench.queue.plug()) {
            for (int i = 0; i < 3; i++) {
              bench.read(i * 8, 8);
              bench.read(1000 + i * 8, 8);
            }
          }
          assertThat(bench.issued())
              .containsExactly("R 0+8", "R 1000+8", "R 8+8", "R 1008+8", "R 16+8", "R 1016+8");
        });
  }

  @Test
  void plug_underMqDeadline_mergesInterleavedStreams() {
    with(
        QueueLimits.DEFAULT,
        MqDeadlineScheduler::new,
        bench -> {
          try (Plug _ = bench.queue.plug()) {
            for (int i = 0; i < 3; i++) {
              bench.read(i * 8, 8);
              bench.read(1000 + i * 8, 8);
            }
          }
          assertThat(bench.issued()).containsExactly("R 0+24", "R 1000+24");
          assertThat(bench.queue.counters().readMerges()).isEqualTo(4);
          bench.driver.releaseAll();
          assertThat(bench.ended).hasSize(6);
          assertThat(bench.queue.counters().inFlight()).isZero();
          assertThat(bench.queue.counters().readRequests()).isEqualTo(2);
        });
  }

  @Test
  void plug_holding32Requests_emptiesItself() {
    with(
        QueueLimits.DEFAULT,
        NONE,
        bench -> {
          try (Plug _ = bench.queue.plug()) {
            for (int i = 0; i < 32; i++) {
              bench.read(i * 16, 8);
            }
            assertThat(bench.issued()).isEmpty();
            bench.read(32 * 16, 8);
            assertThat(bench.issued()).hasSize(32);
          }
          assertThat(bench.issued()).hasSize(1);
        });
  }

  @Test
  void plug_lastRequestOf128KiB_emptiesItselfAtTheNext() {
    with(
        QueueLimits.DEFAULT,
        NONE,
        bench -> {
          try (Plug _ = bench.queue.plug()) {
            bench.read(0, 8);
            bench.read(1000, 256);
            assertThat(bench.issued()).isEmpty();
            bench.read(1256, 8);
            assertThat(bench.issued()).isEmpty();
            bench.read(5000, 8);
            assertThat(bench.issued()).containsExactly("R 0+8", "R 1000+264");
          }
          assertThat(bench.issued()).containsExactly("R 5000+8");
        });
  }

  @Test
  void plug_taskSleeps_isEmptiedBefore() {
    with(
        QueueLimits.DEFAULT,
        NONE,
        bench -> {
          try (Plug _ = bench.queue.plug()) {
            bench.read(0, 8);
            bench.machine.sleep(10);
            assertThat(bench.issued()).containsExactly("R 0+8");
            bench.read(8, 8);
            bench.machine.yieldProcessor();
            assertThat(bench.issued()).isEmpty();
          }
          assertThat(bench.issued()).containsExactly("R 8+8");
        });
  }

  @Test
  void plug_insidePlug_outermostCounts() {
    with(
        QueueLimits.DEFAULT,
        NONE,
        bench -> {
          try (Plug _ = bench.queue.plug()) {
            try (Plug _ = bench.queue.plug()) {
              bench.read(0, 8);
            }
            assertThat(bench.issued()).isEmpty();
          }
          assertThat(bench.issued()).hasSize(1);
        });
  }

  @Test
  void plugsOfTwoDevices_taskSleeps_areBothEmptied() {
    with(
        QueueLimits.DEFAULT,
        NONE,
        bench -> {
          HeldDriver other = new HeldDriver(1000, QueueLimits.DEFAULT);
          RequestQueue second = new RequestQueue(bench.machine, "sdb", other, NONE);
          try (Plug _ = bench.queue.plug()) {
            bench.read(0, 8);
            try (Plug _ = second.plug()) {
              second.submit(new Bio(BioOperation.READ, 0, 0, bio -> {}).add(Buffers.sectors(1)));
              bench.machine.sleep(1);
              assertThat(bench.issued()).hasSize(1);
              assertThat(other.takeIssued()).hasSize(1);
            }
            bench.read(0, 8);
            bench.machine.sleep(1);
            assertThat(bench.issued()).hasSize(1);
          }
          other.releaseAll();
        });
  }
}
