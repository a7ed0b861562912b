package dev.sekiso.writeback;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Task;
import dev.sekiso.writeback.TestVolume.TestInode;
import dev.sekiso.writeback.flusher.ManualFlusher;
import dev.sekiso.writeback.flusher.PerBdiFlusher;
import dev.sekiso.writeback.throttle.PosRatioThrottle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How long writers rest, in virtual time. */
final class ThrottleTest {

  private static final long SECOND = 1_000_000_000L;

  /** The most a writer may dirty between two looks near the limit. */
  private static final int SLACK_PAGES_PER_WRITER = 32;

  private static void run(
      long seed, long nanosPerPage, Flusher flusher, ThrottleExperiment.Program program)
      throws Exception {
    ThrottleExperiment.run(seed, nanosPerPage, flusher, PosRatioThrottle::new, program);
  }

  @Test
  void writers_equalOnes_getEqualShares() throws Exception {
    run(
        3,
        4096 * SECOND / 20_000_000,
        new PerBdiFlusher(),
        (volume, writeback) -> {
          List<Task> tasks = new ArrayList<>();
          List<AtomicLong> counts = new ArrayList<>();
          for (int i = 0; i < 4; i++) {
            counts.add(new AtomicLong());
            tasks.add(ThrottleExperiment.writer(volume.newFile(), 60_000, counts.get(i)));
          }
          volume.machine.sleep(10 * SECOND);
          List<Long> before = counts.stream().map(AtomicLong::get).toList();
          volume.machine.sleep(20 * SECOND);
          long[] rates = new long[4];
          long sum = 0;
          for (int i = 0; i < 4; i++) {
            rates[i] = counts.get(i).get() - before.get(i);
            sum += rates[i];
          }
          for (long rate : rates) {
            assertThat(rate).isBetween(sum / 4 * 8 / 10, sum / 4 * 12 / 10);
          }
          double device = 20_000_000 / 4096.0 * 20;
          assertThat(sum / device).as("the device is kept busy").isBetween(0.85, 1.1);
          assertThat(writeback.devices().getFirst().bdiWriteBandwidth())
              .as("pages per second")
              .isBetween(4000L, 5400L);
          tasks.forEach(Task::join);
        });
  }

  @Test
  void writer_belowFreerun_neverRests() throws Exception {
    run(
        1,
        4096 * SECOND / 1_000_000,
        new PerBdiFlusher(),
        (volume, writeback) -> {
          long freerun = writeback.domain().limits().freerun();
          TestInode file = volume.newFile();
          long start = volume.machine.nanoTime();
          for (long page = 0; page < freerun / 2; page++) {
            file.store(page, page);
          }
          assertThat(volume.machine.nanoTime() - start).isZero();
        });
  }

  @Test
  void manualFlusher_writerOverTheLimit_writesItselfAndDoesNotHang() throws Exception {
    run(
        1,
        20_000,
        new ManualFlusher(),
        (volume, writeback) -> {
          ThrottleExperiment.writer(volume.newFile(), 6_000, new AtomicLong()).join();
          WritebackCounters now = writeback.counters();
          assertThat(now.nrDirty() + now.nrWriteback())
              .isLessThanOrEqualTo(now.nrDirtyThreshold() + SLACK_PAGES_PER_WRITER);
        });
  }

  @Test
  void deviceRatios_minimum_isKeptForTheDevice() throws Exception {
    run(
        1,
        20_000,
        new PerBdiFlusher(),
        (volume, writeback) -> {
          BackingDevInfo device = (BackingDevInfo) volume.device;
          BdiWriteback root = device.writebacks().getFirst();
          assertThat(root.threshold(root.domain(), 1000, 1000)).isZero();
          device.setRatios(30, 60);
          assertThat(root.threshold(root.domain(), 1000, 1000)).isEqualTo(300);
          volume.newFile().store(0, 1);
          volume.sync();
          assertThat(root.threshold(root.domain(), 1000, 1000))
              .as("all that was written, but the maximum")
              .isEqualTo(600);
        });
  }
}
