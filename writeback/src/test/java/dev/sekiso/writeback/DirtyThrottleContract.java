package dev.sekiso.writeback;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.writeback.TestVolume.TestInode;
import dev.sekiso.writeback.flusher.ManualFlusher;
import dev.sekiso.writeback.flusher.PdflushFlusher;
import dev.sekiso.writeback.flusher.PerBdiFlusher;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * What every {@link DirtyThrottle} promises with any flusher: writers get on, nobody rests for
 * nothing, and what is dirty stays within the limit and the slack that the throttle documents. A
 * subclass makes the throttle and says what its slack is.
 *
 * <p>{@link Seeds} says how to run more of the randomised test.
 */
public abstract class DirtyThrottleContract {

  private static final long SECOND = 1_000_000_000L;
  private static final int PAGES_PER_RUN = 12_000;

  private static final int DEFAULT_RUNS = 25;

  protected abstract DirtyThrottle newThrottle(Machine machine);

  /**
   * Pages that may be dirty or under writeback beyond the limit; negative if there is no bound.
   *
   * @param limit in pages
   */
  protected abstract long slack(long limit, int writers);

  private void run(
      long seed, long nanosPerPage, Flusher flusher, ThrottleExperiment.Program program)
      throws Exception {
    ThrottleExperiment.run(seed, nanosPerPage, flusher, this::newThrottle, program);
  }

  private static List<Flusher> flushers() {
    return List.of(new PerBdiFlusher(), new PdflushFlusher(), new ManualFlusher());
  }

  /** {@code RWF_NOWAIT}: refused where others rest, never put to sleep, and not for ever. */
  @Test
  void storesThatMustNotWait_neverRest_andAreRefusedWhereOthersRest() throws Exception {
    for (Flusher flusher : List.of(new PerBdiFlusher(), new PdflushFlusher())) {
      run(
          1,
          SECOND / 1000,
          flusher,
          (volume, writeback) -> {
            Machine machine = volume.machine;
            TestInode file = volume.newFile();
            long limit = writeback.domain().limits().limit();
            long refused = 0;
            for (int i = 0; i < PAGES_PER_RUN; i++) {
              long before = machine.nanoTime();
              if (!file.tryStore(i, i)) {
                refused++;
              }
              assertThat(machine.nanoTime() - before)
                  .as("time that store %d took of the task", i)
                  .isLessThan(ThrottleExperiment.NANOS_PER_STORE * 100);
              machine.spendProcessorTime(ThrottleExperiment.NANOS_PER_STORE);
            }
            WritebackCounters now = writeback.counters();
            long slack = slack(limit, 1);
            if (slack < 0) {
              assertThat(refused).isZero();
            } else {
              assertThat(refused).isPositive();
              assertThat(now.nrDirty() + now.nrWriteback()).isLessThanOrEqualTo(limit + slack);
            }
            machine.sleep(60 * SECOND);
            assertThat(file.tryStore(0, 1)).as("after a minute of writeback").isTrue();
          });
    }
  }

  @Test
  void dirtyPages_anyWritersDeviceAndFlusher_stayWithinTheLimitAndSlack() {
    Seeds.each(
        DEFAULT_RUNS,
        (seed, random) -> {
          int writers = 1 + random.nextInt(64);
          long bytesPerSecond = (long) (1e6 * Math.pow(3000, random.nextDouble()));
          // A flusher in the writer has no task that bounds what is dirty.
          Flusher flusher = flushers().get(random.nextInt(2));
          run(
              seed,
              Math.max(1, 4096 * SECOND / bytesPerSecond),
              flusher,
              (volume, writeback) -> {
                List<Task> tasks = new ArrayList<>();
                AtomicLong written = new AtomicLong();
                for (int i = 0; i < writers; i++) {
                  tasks.add(
                      ThrottleExperiment.writer(
                          volume.newFile(), PAGES_PER_RUN / writers, written));
                }
                long excess = ThrottleExperiment.excessDuring(volume, writeback, tasks);
                assertThat(written.get()).isEqualTo((long) PAGES_PER_RUN / writers * writers);
                long slack = slack(writeback.domain().limits().limit(), writers);
                if (slack >= 0) {
                  assertThat(excess)
                      .as(
                          "%d writers, %d B/s, %s",
                          writers, bytesPerSecond, flusher.getClass().getSimpleName())
                      .isLessThanOrEqualTo(slack);
                }
              });
        });
  }

  @Test
  void writer_farBelowTheThresholds_neverRests() throws Exception {
    for (Flusher flusher : flushers()) {
      run(
          1,
          SECOND / 1000,
          flusher,
          (volume, writeback) -> {
            long background = writeback.domain().limits().background();
            TestInode file = volume.newFile();
            long start = volume.machine.nanoTime();
            for (long page = 0; page < background / 2; page++) {
              file.store(page, page);
            }
            assertThat(volume.machine.nanoTime() - start).isZero();
          });
    }
  }

  @Test
  void device_failing_doesNotStopWriters() throws Exception {
    for (Flusher flusher : flushers()) {
      run(
          1,
          20_000,
          flusher,
          (volume, writeback) -> {
            volume.disk.failWith(Errno.EIO);
            AtomicLong written = new AtomicLong();
            ThrottleExperiment.writer(volume.newFile(), 6_000, written).join();
            assertThat(written).hasValue(6_000);
          });
    }
  }

  @Test
  void limit_loweredLive_bindsSoonAfter() throws Exception {
    run(
        1,
        SECOND / 5000,
        new PerBdiFlusher(),
        (volume, writeback) -> {
          AtomicBoolean done = new AtomicBoolean();
          TestInode file = volume.newFile();
          Task task =
              volume.machine.spawn(
                  "writer",
                  TaskKind.USER,
                  () -> {
                    for (long i = 0; !done.get(); i++) {
                      file.put(i % 12_000, i);
                      volume.machine.spendProcessorTime(ThrottleExperiment.NANOS_PER_STORE);
                    }
                  });
          volume.machine.sleep(2 * SECOND);
          writeback.configure("dirty_background_bytes", 200 * 4096);
          writeback.configure("dirty_bytes", 400 * 4096);
          volume.machine.sleep(4 * SECOND);
          WritebackCounters now = writeback.counters();
          if (slack(400, 1) >= 0) {
            assertThat(now.nrDirty() + now.nrWriteback())
                .isLessThanOrEqualTo(
                    writeback.domain().hardLimit(writeback.domain().limits()) + slack(400, 1));
          }
          done.set(true);
          task.join();
        });
  }

  @Test
  void device_detached_isForgotten() throws Exception {
    run(
        1,
        20_000,
        new PerBdiFlusher(),
        (volume, writeback) -> {
          for (int i = 0; i < 3; i++) {
            TestVolume other =
                new TestVolume(volume.machine, writeback, volume.pages, volume.disk, "other");
            TestInode file = other.newFile();
            AtomicLong written = new AtomicLong();
            ThrottleExperiment.writer(file, 6_000, written).join();
            assertThat(written).hasValue(6_000);
            other.sync();
            other.evict(file);
            other.release();
          }
        });
  }
}
