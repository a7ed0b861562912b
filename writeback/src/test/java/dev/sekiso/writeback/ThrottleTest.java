package dev.sekiso.writeback;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheSettings;
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
  private static final int CACHE_PAGES = 16_384;

  /** A page takes a writer this long to produce: 4 GB/s. */
  private static final long NANOS_PER_STORE = 1_000;

  /** The most a writer may dirty between two looks near the limit. */
  private static final int SLACK_PAGES_PER_WRITER = 32;

  /** All together may dirty this part of the limit between two looks. */
  private static final int SHARED_SLACK = 32;

  private interface Experiment {
    void run(TestVolume volume, CgroupWriteback writeback) throws Exception;
  }

  private static void run(long seed, long nanosPerPage, Flusher flusher, Experiment experiment)
      throws Exception {
    TestMachines.simulated(
        seed,
        machine -> {
          PageCache pages = new FolioPageCache(machine, PageCacheSettings.ofPages(CACHE_PAGES));
          try (CgroupWriteback writeback =
              new CgroupWriteback(
                  machine,
                  pages::memory,
                  WritebackSettings.DEFAULT,
                  flusher,
                  new PosRatioThrottle(machine))) {
            TestDisk disk = new TestDisk(machine, nanosPerPage);
            experiment.run(new TestVolume(machine, writeback, pages, disk, "disk"), writeback);
          }
        });
  }

  private static Task writer(TestInode file, int pages, AtomicLong written) {
    Machine machine = file.volume.machine;
    return machine.spawn(
        "writer",
        TaskKind.USER,
        () -> {
          try {
            for (int i = 0; i < pages; i++) {
              file.store(i % 3000, i);
              written.incrementAndGet();
              machine.spendProcessorTime(NANOS_PER_STORE);
            }
          } catch (ErrnoException e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void dirtyPages_anyNumberOfWritersAndAnyDevice_stayUnderTheLimit() throws Exception {
    for (long seed = 0; seed < 25; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int writers = 1 << random.nextInt(7);
      long bytesPerSecond = (long) (1e6 * Math.pow(3000, random.nextDouble()));
      long nanosPerPage = 4096 * SECOND / bytesPerSecond;
      run(
          seed,
          nanosPerPage,
          new PerBdiFlusher(),
          (volume, writeback) -> {
            List<Task> tasks = new ArrayList<>();
            for (int i = 0; i < writers; i++) {
              tasks.add(writer(volume.newFile(), 12_000 / writers, new AtomicLong()));
            }
            AtomicBoolean done = new AtomicBoolean();
            long limit = writeback.domain().limits().limit();
            AtomicLong excess = new AtomicLong(Long.MIN_VALUE);
            Task observer =
                volume.machine.spawn(
                    "observer",
                    TaskKind.USER,
                    () -> {
                      while (!done.get()) {
                        WritebackCounters now = writeback.counters();
                        excess.accumulateAndGet(
                            now.nrDirty()
                                + now.nrWriteback()
                                - writeback.domain().hardLimit(writeback.domain().limits()),
                            Math::max);
                        volume.machine.sleep(100_000);
                      }
                    });
            tasks.forEach(Task::join);
            done.set(true);
            observer.join();
            assertThat(excess.get())
                .as("%d writers, %d B/s", writers, bytesPerSecond)
                .isLessThanOrEqualTo(
                    limit / SHARED_SLACK + (long) writers * SLACK_PAGES_PER_WRITER);
          });
    }
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
            tasks.add(writer(volume.newFile(), 60_000, counts.get(i)));
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
          writer(volume.newFile(), 6_000, new AtomicLong()).join();
          WritebackCounters now = writeback.counters();
          assertThat(now.nrDirty() + now.nrWriteback())
              .isLessThanOrEqualTo(now.nrDirtyThreshold() + SLACK_PAGES_PER_WRITER);
        });
  }

  @Test
  void device_failing_doesNotStopWriters() throws Exception {
    run(
        1,
        20_000,
        new PerBdiFlusher(),
        (volume, writeback) -> {
          volume.disk.failWith(Errno.EIO);
          AtomicLong written = new AtomicLong();
          writer(volume.newFile(), 6_000, written).join();
          assertThat(written).hasValue(6_000);
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
