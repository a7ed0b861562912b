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

  /**
   * Time that many writers get to settle: the rate each is held to starts at the speed an unknown
   * device is taken for and falls by a tenth in a second, so to a share of a thousandth in 70 s.
   * Until then whoever wakes while there is room takes it.
   */
  private static final long SETTLING_NANOS_OF_MANY = 120 * SECOND;

  private static final long COUNTED_NANOS = 30 * SECOND;

  /** The longest rest, and so the slowest a writer below the limit can be held to: a page each. */
  private static final long LONGEST_REST_NANOS = SECOND / 5;

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
      assertThat(pagesOfEach(seed, writers, bytesPerSecond, SETTLING_NANOS).slowestToFastest())
          .as("seed %d: %d writers, %d B/s", seed, writers, bytesPerSecond)
          .isGreaterThan(LEAST_FAIRNESS);
    }
  }

  /**
   * So many writers that the device has six pages a second or more for each, above what the longest
   * rest allows. And no faster a device than 8 MB/s: what may be dirty between setpoint and limit,
   * 400 pages of this small a memory, is a fifth of a second's work of that one, and the rates are
   * renewed no more often than that. With the room gone before, rates are renewed by who wakes
   * first, sees the setpoint reached, and takes no rate to be too high.
   *
   * <p>{@code -Dsekiso.runs=1000} runs so many seeds.
   */
  @Test
  void writers_seventeenAndMore_convergeToAFairShareMoreSlowly() throws Exception {
    int runs = Integer.getInteger("sekiso.runs", DEFAULT_FAIRNESS_RUNS);
    for (long seed = 0; seed < runs; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int writers = 17 + random.nextInt(48);
      double least = writers * 6 * 4096.0;
      long bytesPerSecond = (long) (least * Math.pow(8e6 / least, random.nextDouble()));
      assertThat(
              pagesOfEach(seed, writers, bytesPerSecond, SETTLING_NANOS_OF_MANY).slowestToFastest())
          .as("seed %d: %d writers, %d B/s", seed, writers, bytesPerSecond)
          .isGreaterThan(LEAST_FAIRNESS);
    }
  }

  /**
   * No share can be fair that is less than a page for each of the longest rests: after such a rest
   * a writer below the limit goes on, whatever it owes. So the pages reach the limit, where all
   * rest until there is room, and who finds it is a matter of when it wakes. This is the
   * algorithm's own bound; the device is kept busy, and nobody gets more than that least rate.
   */
  @Test
  void writers_moreThanTheLongestRestHasPagesFor_areHeldToAPageForEachRest() throws Exception {
    long bytesPerSecond = 1_000_000;
    Shares shares = pagesOfEach(0, 64, bytesPerSecond, SETTLING_NANOS_OF_MANY);
    long leastRate = COUNTED_NANOS / LONGEST_REST_NANOS;
    assertThat(shares.most()).as("pages of the fastest").isBetween(leastRate - 1, leastRate + 1);
    double device = bytesPerSecond / 4096.0 * COUNTED_NANOS / SECOND;
    assertThat(shares.all() / device).as("the device is kept busy").isBetween(0.95, 1.05);
  }

  /**
   * What writers got in the time they were counted.
   *
   * @param least pages, of the slowest
   * @param most pages, of the fastest
   * @param all pages together
   */
  private record Shares(long least, long most, long all) {
    double slowestToFastest() {
      return (double) least / most;
    }
  }

  private static Shares pagesOfEach(long seed, int writers, long bytesPerSecond, long settlingNanos)
      throws Exception {
    Shares[] shares = new Shares[1];
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
          volume.machine.sleep(settlingNanos);
          long[] before = counts.stream().mapToLong(AtomicLong::get).toArray();
          volume.machine.sleep(COUNTED_NANOS);
          long least = Long.MAX_VALUE;
          long most = 0;
          long all = 0;
          for (int i = 0; i < writers; i++) {
            long count = counts.get(i).get() - before[i];
            least = Math.min(least, count);
            most = Math.max(most, count);
            all += count;
          }
          shares[0] = new Shares(least, most, all);
          stop.set(true);
          tasks.forEach(Task::join);
        });
    return shares[0];
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
