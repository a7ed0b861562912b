package dev.sekiso.writeback;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.writeback.TestVolume.TestInode;
import dev.sekiso.writeback.flusher.PerBdiFlusher;
import dev.sekiso.writeback.throttle.PosRatioThrottle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * What writers of one device get of it under {@code pos-ratio}, from one to 64 of them, on devices
 * from 1 MB/s to 3 GB/s; and where no share is fair, why. {@link Seeds} says how to run more.
 */
final class FairShareTest {

  private static final long SECOND = 1_000_000_000L;
  private static final int DEFAULT_RUNS = 8;

  /**
   * Time that writers get to settle: the rate each is held to starts at the speed an unknown device
   * is taken for and falls by a tenth in a second, so to a share of a thousandth in 70 s. Until
   * then whoever wakes while there is room takes it.
   */
  private static final long SETTLING_NANOS = 120 * SECOND;

  private static final long COUNTED_NANOS = 30 * SECOND;

  /** The longest rest, and so the slowest a writer below the limit can be held to: a unit each. */
  private static final long LONGEST_REST_NANOS = SECOND / 5;

  /** Units a second that each writer can have at least: a little above what that rest allows. */
  private static final double LEAST_UNITS = 6;

  /**
   * Jain's index of the rates, once they have settled: 1 if all are the same, 1/n if one has all.
   */
  private static final double LEAST_FAIRNESS = 0.95;

  /**
   * How far from the fair share the slowest and the fastest may be. Nothing disturbs these writers,
   * so one may wake at the same point of the device's beat again and again, when there is a little
   * more room than usual, or less.
   */
  private static final double MOST_DEVIATION = 2;

  /** Transfers a second of a fast device; a slow one transfers pages. */
  private static final double TRANSFERS = 1024;

  /** No folio is larger than 2 MiB. */
  private static final int LARGEST_UNIT = 512;

  /** The part of memory that may be dirty between setpoint and limit, with the usual ratios. */
  private static final double ROOM = 0.2 / 8;

  /**
   * Room that a share needs to be fair, by what the device writes until rates are renewed. With
   * less, the room is gone before they are, writers rest at the limit for as long as the device
   * takes to make room again, and rates are renewed by who wakes first, sees the setpoint reached,
   * and takes no rate to be too high.
   */
  private static final double LEAST_ROOM = 2;

  /** How often rates are renewed. */
  private static final double UPDATE_SECONDS = DirtyDomain.UPDATE_INTERVAL_NANOS / 1e9;

  /**
   * A machine and what goes on in it.
   *
   * @param bytesPerSecond of the device
   * @param roomUpdates what may be dirty between setpoint and limit, by what the device writes
   *     until rates are renewed
   */
  private record Machinery(int writers, double bytesPerSecond, double roomUpdates) {

    double pagesPerSecond() {
      return bytesPerSecond / PageCache.PAGE_SIZE;
    }

    int unit() {
      return (int) Math.clamp(pagesPerSecond() / TRANSFERS, 1, LARGEST_UNIT);
    }

    long memoryPages() {
      return (long) (roomUpdates * UPDATE_SECONDS * pagesPerSecond() / ROOM);
    }

    @Override
    public String toString() {
      return "%d writers, %.1f MB/s, units of %d pages, room for %.2f s"
          .formatted(writers, bytesPerSecond / 1e6, unit(), roomUpdates * UPDATE_SECONDS);
    }
  }

  /**
   * What writers got in the time they were counted, in units.
   *
   * @param least of the slowest
   * @param mean the fair share
   * @param most of the fastest
   * @param fairness Jain's index
   * @param deviceUse all together, by what the device can
   */
  private record Shares(long least, double mean, long most, double fairness, double deviceUse) {
    static Shares of(long[] counts, double device) {
      double sum = 0;
      double squares = 0;
      for (long count : counts) {
        sum += count;
        squares += (double) count * count;
      }
      return new Shares(
          Arrays.stream(counts).min().orElseThrow(),
          sum / counts.length,
          Arrays.stream(counts).max().orElseThrow(),
          sum * sum / (counts.length * squares),
          sum / device);
    }
  }

  /** As long as a writer's share is more than a unit for each of the longest rests. */
  @Test
  void writers_withRoomForWhatIsWrittenUntilRatesAreRenewed_convergeToAFairShare() {
    Seeds.each(
        DEFAULT_RUNS,
        (seed, random) -> {
          int writers = 1 + random.nextInt(64);
          double least = Math.max(1e6, writers * LEAST_UNITS * PageCache.PAGE_SIZE);
          double bytesPerSecond = least * Math.pow(3e9 / least, random.nextDouble());
          double roomUpdates = LEAST_ROOM * Math.pow(16, random.nextDouble());
          Machinery machinery = new Machinery(writers, bytesPerSecond, roomUpdates);
          Shares shares = run(seed, machinery);
          String what = machinery + ": " + shares;
          assertThat(shares.fairness()).as(what).isGreaterThan(LEAST_FAIRNESS);
          assertThat(shares.least())
              .as(what)
              .isGreaterThan((long) (shares.mean() / MOST_DEVIATION));
          assertThat(shares.most()).as(what).isLessThan((long) (shares.mean() * MOST_DEVIATION));
          assertThat(shares.deviceUse()).as(what).isBetween(0.9, 1.1);
        });
  }

  /**
   * No share can be fair that is less than a page for each of the longest rests: after such a rest
   * a writer below the limit goes on, whatever it owes. So the pages reach the limit, where all
   * rest until there is room, and who finds it is a matter of when it wakes. This is the
   * algorithm's own bound; the device is kept busy, and nobody gets more than that least rate.
   */
  @Test
  void writers_moreThanTheLongestRestHasPagesFor_areHeldToAPageForEachRest() throws Exception {
    Shares shares = run(0, new Machinery(64, 1e6, 8));
    long leastRate = COUNTED_NANOS / LONGEST_REST_NANOS;
    assertThat(shares.most())
        .as("pages of the fastest")
        .isBetween(leastRate * 19 / 20, leastRate + 1);
    assertThat(shares.deviceUse()).as("the device is kept busy").isBetween(0.95, 1.05);
  }

  /** The other bound: with 16 ms of room shares are a matter of chance, and the device is busy. */
  @Test
  void writers_withoutRoom_keepTheDeviceBusy() throws Exception {
    Shares shares = run(0, new Machinery(64, 100e6, 0.08));
    assertThat(shares.deviceUse()).as("%s", shares).isBetween(0.9, 1.1);
    assertThat(shares.least()).as("units of the slowest").isPositive();
  }

  private static Shares run(long seed, Machinery machinery) throws Exception {
    Shares[] shares = new Shares[1];
    TestMachines.simulated(
        seed,
        machine -> {
          int unit = machinery.unit();
          long nanosPerUnit = (long) (unit * SECOND / machinery.pagesPerSecond());
          TestDisk disk = new TestDisk(machine, nanosPerUnit);
          CountedPages pages = new CountedPages(machine, disk, machinery.memoryPages(), unit);
          try (CgroupWriteback writeback =
              new CgroupWriteback(
                  machine,
                  pages::memory,
                  WritebackSettings.DEFAULT,
                  new PerBdiFlusher(),
                  new PosRatioThrottle(machine))) {
            TestVolume volume = new TestVolume(machine, writeback, pages.cache(), disk, "disk");
            List<AtomicLong> counts = new ArrayList<>();
            List<Task> tasks = new ArrayList<>();
            AtomicBoolean stop = new AtomicBoolean();
            for (int i = 0; i < machinery.writers(); i++) {
              AtomicLong count = new AtomicLong();
              TestInode file = volume.newFile();
              counts.add(count);
              tasks.add(
                  machine.spawn(
                      "writer " + i,
                      TaskKind.USER,
                      () -> {
                        while (!stop.get()) {
                          pages.dirty(file);
                          count.incrementAndGet();
                        }
                      }));
            }
            machine.sleep(SETTLING_NANOS);
            long[] before = counts.stream().mapToLong(AtomicLong::get).toArray();
            machine.sleep(COUNTED_NANOS);
            long[] counted = new long[before.length];
            for (int i = 0; i < before.length; i++) {
              counted[i] = counts.get(i).get() - before[i];
            }
            shares[0] = Shares.of(counted, (double) COUNTED_NANOS / nanosPerUnit);
            stop.set(true);
            tasks.forEach(Task::join);
            volume.drop();
          }
        });
    return shares[0];
  }
}
