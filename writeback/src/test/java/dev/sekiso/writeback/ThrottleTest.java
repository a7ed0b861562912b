package dev.sekiso.writeback;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Task;
import dev.sekiso.writeback.TestVolume.TestInode;
import dev.sekiso.writeback.flusher.ManualFlusher;
import dev.sekiso.writeback.flusher.PerBdiFlusher;
import dev.sekiso.writeback.throttle.PosRatioThrottle;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How long writers rest, in virtual time. */
final class ThrottleTest {

  private static final long SECOND = 1_000_000_000L;
  private static final int DEFAULT_FAIRNESS_RUNS = 3;

  /**
   * Time that writers get to settle, and then to be counted; a bandwidth is known after some 3 s.
   */
  private static final long SETTLING_NANOS = 30 * SECOND;

  private static final long COUNTED_NANOS = 30 * SECOND;

  /** The slowest writer's rate to the fastest's, once they have settled. */
  private static final double LEAST_FAIRNESS = 0.7;

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

  /** {@code -Dsekiso.runs=1000} runs so many seeds. */
  @Test
  void writers_upToSixteen_convergeToAFairShare() throws Exception {
    int runs = Integer.getInteger("sekiso.runs", DEFAULT_FAIRNESS_RUNS);
    for (long seed = 0; seed < runs; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int writers = 2 + random.nextInt(15);
      long bytesPerSecond = (long) (1e6 * Math.pow(20, random.nextDouble()));
      double ratio = slowestToFastest(seed, writers, bytesPerSecond);
      assertThat(ratio)
          .as("seed %d: %d writers, %d B/s", seed, writers, bytesPerSecond)
          .isGreaterThan(LEAST_FAIRNESS);
    }
  }

  private static double slowestToFastest(long seed, int writers, long bytesPerSecond)
      throws Exception {
    double[] ratio = new double[1];
    run(
        seed,
        Math.max(1, 4096 * SECOND / bytesPerSecond),
        new PerBdiFlusher(),
        (volume, writeback) -> {
          List<AtomicLong> counts = new ArrayList<>();
          List<Task> tasks = new ArrayList<>();
          AtomicBoolean stop = new AtomicBoolean();
          for (int i = 0; i < writers; i++) {
            counts.add(new AtomicLong());
            tasks.add(ThrottleExperiment.endless(volume.newFile(), counts.get(i), stop));
          }
          volume.machine.sleep(SETTLING_NANOS);
          long[] before = counts.stream().mapToLong(AtomicLong::get).toArray();
          volume.machine.sleep(COUNTED_NANOS);
          long least = Long.MAX_VALUE;
          long most = 0;
          for (int i = 0; i < writers; i++) {
            long count = counts.get(i).get() - before[i];
            least = Math.min(least, count);
            most = Math.max(most, count);
          }
          ratio[0] = (double) least / most;
          stop.set(true);
          tasks.forEach(Task::join);
        });
    return ratio[0];
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
