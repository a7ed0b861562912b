package dev.sekiso.blockdev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.blockdev.scheduler.MqDeadlineScheduler;
import dev.sekiso.blockdev.scheduler.NoneScheduler;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.SimulatedMachine;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Flush sequencing: the table of {@link FlushSequencer}, and how flushes are shared. */
class FlushTest {

  private static final int PRE = Bio.PREFLUSH;
  private static final int FUA = Bio.FORCE_UNIT_ACCESS;

  private enum Layer {
    NONE,
    MQ_DEADLINE,
    DIRECT
  }

  private static BlockDevice device(Layer layer, SimulatedMachine machine, BlockDriver driver) {
    return switch (layer) {
      case NONE -> new RequestQueue(machine, "sda", driver, host -> new NoneScheduler());
      case MQ_DEADLINE -> new RequestQueue(machine, "sda", driver, MqDeadlineScheduler::new);
      case DIRECT -> new DirectQueue(machine, "sda", driver);
    };
  }

  static Stream<Arguments> table() {
    List<Arguments> rows = new ArrayList<>();
    for (Layer layer : Layer.values()) {
      // cache, FUA, flags, data → what reaches the driver, one after another
      row(rows, layer, false, false, PRE, false);
      row(rows, layer, false, false, PRE, true, "W");
      row(rows, layer, false, false, FUA, true, "W");
      row(rows, layer, false, false, PRE | FUA, true, "W");
      row(rows, layer, true, true, PRE, false, "FF");
      row(rows, layer, true, true, PRE, true, "FF", "W");
      row(rows, layer, true, true, FUA, true, "WF");
      row(rows, layer, true, true, PRE | FUA, true, "FF", "WF");
      row(rows, layer, true, false, PRE, false, "FF");
      row(rows, layer, true, false, PRE, true, "FF", "W");
      row(rows, layer, true, false, FUA, true, "W", "FF");
      row(rows, layer, true, false, PRE | FUA, true, "FF", "W", "FF");
      row(rows, layer, true, false, 0, true, "W");
    }
    return rows.stream();
  }

  private static void row(
      List<Arguments> rows,
      Layer layer,
      boolean cache,
      boolean fua,
      int flags,
      boolean data,
      String... steps) {
    rows.add(Arguments.of(layer, cache, fua, flags, data, List.of(steps)));
  }

  @ParameterizedTest
  @MethodSource("table")
  void flags_becomeTheStepsTheDeviceNeeds(
      Layer layer, boolean cache, boolean fua, int flags, boolean data, List<String> steps) {
    SimulatedMachine machine = new SimulatedMachine(1);
    HeldDriver driver = new HeldDriver(1000, QueueLimits.DEFAULT.withWriteCache(cache, fua));
    BlockDevice device = device(layer, machine, driver);
    machine.run(() -> {
      List<Bio> ended = new ArrayList<>();
      Bio bio = new Bio(BioOperation.WRITE, flags, data ? 8 : 0, ended::add);
      device.submit(data ? bio.add(Buffers.sectors(8)) : bio);
      for (String step : steps) {
        assertThat(ended).isEmpty();
        List<String> issued = driver.takeIssued();
        assertThat(issued).hasSize(1);
        // The sequencer marks what it passes as synchronous, as the kernel does.
        String letters = issued.getFirst().split(" ")[0];
        assertThat(letters.replace("S", "")).isEqualTo(step);
        driver.release();
      }
      assertThat(driver.takeIssued()).isEmpty();
      assertThat(ended).containsExactly(bio);
      assertThat(bio.failure()).isNull();
      assertThat(device.counters().inFlight()).isZero();
      assertThat(device.counters().writeRequests()).isEqualTo(data || cache ? 1 : 0);
      assertThat(device.counters().flushRequests())
          .isEqualTo(steps.stream().filter("FF"::equals).count());
    });
  }

  /** A queue over a driver with a cache and no FUA. */
  private static final class Bench {
    final SimulatedMachine machine = new SimulatedMachine(1);
    final HeldDriver driver =
        new HeldDriver(1 << 20, QueueLimits.DEFAULT.withWriteCache(true, false));
    final RequestQueue queue =
        new RequestQueue(machine, "sda", driver, host -> new NoneScheduler());
    final List<Bio> ended = new ArrayList<>();

    Bio flush() {
      Bio bio = new Bio(BioOperation.FLUSH, 0, 0, ended::add);
      queue.submit(bio);
      return bio;
    }

    Bio write(int flags, long sector) {
      Bio bio = new Bio(BioOperation.WRITE, flags, sector, ended::add);
      queue.submit(bio.add(Buffers.sectors(8)));
      return bio;
    }
  }

  @Test
  void flushes_whileOneIsInTheDevice_shareTheNext() {
    Bench bench = new Bench();
    bench.machine.run(() -> {
      Bio first = bench.flush();
      for (int i = 0; i < 10; i++) {
        bench.flush();
      }
      assertThat(bench.driver.takeIssued()).containsExactly("FF");
      bench.driver.release();
      assertThat(bench.ended).containsExactly(first);
      assertThat(bench.driver.takeIssued()).containsExactly("FF");
      bench.driver.release();
      assertThat(bench.ended).hasSize(11);
      assertThat(bench.driver.held()).isZero();
      assertThat(bench.queue.counters().flushRequests()).isEqualTo(2);
      assertThat(bench.queue.counters().writeRequests()).isEqualTo(11);
    });
  }

  @Test
  void fuaWrites_whileDataIsInFlight_shareOnePostFlush() {
    Bench bench = new Bench();
    bench.machine.run(() -> {
      bench.write(FUA, 0);
      bench.write(FUA, 100);
      bench.write(FUA, 200);
      assertThat(bench.driver.takeIssued()).hasSize(3);
      bench.driver.release();
      bench.driver.release();
      // Another one's data is still under way: one flush later serves all three.
      assertThat(bench.driver.takeIssued()).isEmpty();
      bench.driver.release();
      assertThat(bench.driver.takeIssued()).containsExactly("FF");
      assertThat(bench.ended).isEmpty();
      bench.driver.release();
      assertThat(bench.ended).hasSize(3);
    });
  }

  @Test
  void flush_heldBackByData_goesAfterFiveSeconds() {
    Bench bench = new Bench();
    bench.machine.run(() -> {
      bench.write(FUA, 0);
      bench.flush();
      assertThat(bench.driver.takeIssued()).containsExactly("WS 0+8");
      bench.machine.sleep(FlushSequencer.PENDING_TIMEOUT_NANOS);
      bench.flush();
      assertThat(bench.driver.takeIssued()).containsExactly("FF");
      bench.driver.release(1);
      assertThat(bench.ended).hasSize(2);
      bench.driver.releaseAll();
      assertThat(bench.ended).hasSize(3);
    });
  }

  @Test
  void failedFlush_failsAllItServed_andOnlyThose() {
    Bench bench = new Bench();
    bench.machine.run(() -> {
      Bio first = bench.flush();
      Bio second = bench.write(PRE, 8);
      bench.driver.fail(Errno.EIO);
      assertThat(first.status()).isEqualTo(Errno.EIO);
      assertThat(bench.ended).containsExactly(first);
      bench.driver.fail(Errno.ENOSPC);
      assertThat(second.status()).isEqualTo(Errno.ENOSPC);
      assertThat(bench.driver.held()).isZero();
      assertThat(bench.queue.counters().inFlight()).isZero();
    });
  }

  @Test
  void failedData_skipsThePostFlush() {
    Bench bench = new Bench();
    bench.machine.run(() -> {
      Bio bio = bench.write(FUA, 8);
      bench.driver.fail(Errno.EIO);
      assertThat(bio.status()).isEqualTo(Errno.EIO);
      assertThat(bench.driver.held()).isZero();
    });
  }

  @Test
  void flush_inTheMidstOfAPlug_goesPastIt() {
    Bench bench = new Bench();
    bench.machine.run(() -> {
      try (Plug _ = bench.queue.plug()) {
        bench.write(0, 0);
        bench.flush();
        assertThat(bench.driver.takeIssued()).containsExactly("FF");
      }
      assertThat(bench.driver.takeIssued()).containsExactly("W 0+8");
      bench.driver.releaseAll();
    });
  }

  @Test
  void preFlushedWrite_isFlushedBeforeItIsWritten_evenWhenSplit() {
    SimulatedMachine machine = new SimulatedMachine(1);
    HeldDriver driver =
        new HeldDriver(1000, QueueLimits.DEFAULT.withMaxSectors(8).withWriteCache(true, false));
    RequestQueue queue = new RequestQueue(machine, "sda", driver, host -> new NoneScheduler());
    machine.run(() -> {
      List<Bio> ended = new ArrayList<>();
      queue.submit(new Bio(BioOperation.WRITE, PRE | FUA, 0, ended::add).add(Buffers.sectors(16)));
      List<String> all = new ArrayList<>();
      while (driver.held() > 0) {
        driver.release();
      }
      all.addAll(driver.takeIssued());
      assertThat(all.getFirst()).isEqualTo("FF");
      assertThat(all.getLast()).isEqualTo("FF");
      assertThat(all).contains("WS 0+8", "WS 8+8");
      assertThat(ended).hasSize(1);
    });
  }
}
