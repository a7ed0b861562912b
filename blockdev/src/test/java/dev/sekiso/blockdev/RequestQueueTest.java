package dev.sekiso.blockdev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.blockdev.driver.RamDriver;
import dev.sekiso.blockdev.scheduler.IoScheduler;
import dev.sekiso.blockdev.scheduler.MqDeadlineScheduler;
import dev.sekiso.blockdev.scheduler.NoneScheduler;
import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.IoPriority;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.RecordingTracer;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.SystemMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.machine.TraceEvent;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A queue over a driver that holds everything until the test lets it go. */
class RequestQueueTest {

  private static final IoScheduler.Factory NONE = host -> new NoneScheduler();

  /** A queue, its driver, and what became of the bios. */
  private static final class Bench {

    final SimulatedMachine machine;
    final HeldDriver driver;
    final RequestQueue queue;
    final List<Bio> ended = new ArrayList<>();

    Bench(QueueLimits limits, IoScheduler.Factory scheduler) {
      this(new SimulatedMachine(1), limits, scheduler);
    }

    Bench(SimulatedMachine machine, QueueLimits limits, IoScheduler.Factory scheduler) {
      this.machine = machine;
      driver = new HeldDriver(1 << 20, limits);
      queue = new RequestQueue(machine, "sda", driver, scheduler);
    }

    Bio submit(BioOperation operation, int flags, long sector, long sectors) {
      Bio bio = new Bio(operation, flags, sector, ended::add);
      queue.submit(bio.add(Buffers.sectors(sectors)));
      return bio;
    }

    Bio read(long sector, long sectors) {
      return submit(BioOperation.READ, 0, sector, sectors);
    }

    Bio write(long sector, long sectors) {
      return submit(BioOperation.WRITE, 0, sector, sectors);
    }

    Bio scattered(BioOperation operation, long sector, MemorySegment... pieces) {
      Bio bio = new Bio(operation, 0, sector, ended::add);
      for (MemorySegment piece : pieces) {
        bio.add(piece);
      }
      queue.submit(bio);
      return bio;
    }

    List<String> issued() {
      return driver.takeIssued();
    }
  }

  private interface Body {
    void run(Bench bench) throws Exception;
  }

  private static void with(QueueLimits limits, IoScheduler.Factory scheduler, Body body) {
    run(new Bench(limits, scheduler), body);
  }

  private static void run(Bench bench, Body body) {
    try {
      bench.machine.run(() -> {
        body.run(bench);
        bench.driver.releaseAll();
      });
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  // ------------------------------------------------------------------------------- plug, merging

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
  void mqDeadline_queuedRequests_takeBiosAtBothEndsAndFuse() {
    with(
        QueueLimits.DEFAULT.withQueueDepth(1),
        MqDeadlineScheduler::new,
        bench -> {
          bench.queue.settings().get("nr_requests").set(64);
          bench.read(100_000, 8);
          bench.read(16, 8);
          bench.read(32, 8);
          bench.read(8, 8);
          bench.read(24, 8);
          bench.issued();
          bench.driver.release();
          assertThat(bench.issued()).containsExactly("R 8+32");
          bench.driver.releaseAll();
          assertThat(bench.ended).hasSize(5);
          assertThat(bench.queue.counters().readRequests()).isEqualTo(2);
          assertThat(bench.queue.counters().inFlight()).isZero();
        });
  }

  @Test
  void mqDeadline_withoutFrontMerges_mergesAtTheBackOnly() {
    with(
        QueueLimits.DEFAULT.withQueueDepth(1),
        MqDeadlineScheduler::new,
        bench -> {
          bench.queue.settings().get("nr_requests").set(64);
          bench.queue.settings().get("iosched/front_merges").set(0);
          bench.read(100_000, 8);
          bench.read(50_000, 8);
          bench.read(16, 8);
          bench.read(8, 8);
          bench.issued();
          bench.driver.releaseAll();
          assertThat(bench.issued()).containsExactly("R 50000+8", "R 16+8", "R 8+8");
        });
  }

  @Test
  void plug_unlikeBios_areNotMerged() {
    with(
        QueueLimits.DEFAULT,
        NONE,
        bench -> {
          TaskContext idle =
              TaskContext.ROOT.withIoPriority(new IoPriority(IoPriority.SchedulingClass.IDLE, 0));
          TaskContext group = TaskContext.ROOT.withCgroup(Cgroup.ROOT.child("a"));
          try (Plug _ = bench.queue.plug()) {
            bench.read(0, 8);
            bench.write(8, 8);
            idle.run(() -> bench.write(16, 8));
            group.run(() -> bench.write(24, 8));
            bench.submit(BioOperation.WRITE, Bio.NO_MERGE, 32, 8);
            bench.write(40, 8);
            bench.write(56, 8);
          }
          assertThat(bench.issued())
              .containsExactly("R 0+8", "W 8+8", "W 16+8", "W 24+8", "W 32+8", "W 40+8", "W 56+8");
        });
  }

  @Test
  void merge_beyondTheSectorLimit_closesTheRequest() {
    with(
        QueueLimits.DEFAULT.withMaxSectors(32),
        NONE,
        bench -> {
          try (Plug _ = bench.queue.plug()) {
            bench.read(100, 16);
            bench.read(116, 8);
            bench.read(124, 16);
            // Would fit, but the request before it is last now, and its former neighbour closed.
            bench.read(92, 8);
          }
          assertThat(bench.issued()).containsExactly("R 100+24", "R 124+16", "R 92+8");
        });
  }

  @Test
  void merge_beyondTheSegmentLimit_isRefused() {
    with(
        QueueLimits.DEFAULT.withSegments(3, 65536, -1),
        NONE,
        bench -> {
          try (Plug _ = bench.queue.plug()) {
            bench.scattered(BioOperation.READ, 0, Buffers.scattered(2, 8));
            bench.read(16, 8);
            bench.read(24, 8);
          }
          assertThat(bench.issued()).containsExactly("R 0+24", "R 24+8");
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void nomerges_says_howMuchIsMerged(int level) {
    with(
        QueueLimits.DEFAULT,
        MqDeadlineScheduler::new,
        bench -> {
          bench.queue.settings().get("nomerges").set(level);
          try (Plug _ = bench.queue.plug()) {
            bench.read(0, 8);
            bench.read(8, 8);
            bench.read(1000, 8);
            bench.read(16, 8);
          }
          List<String> issued = bench.issued();
          switch (level) {
            case 0 -> assertThat(issued).containsExactly("R 0+24", "R 1000+8");
            // The last hit is the first request put in, which is the one this joins.
            case 1 -> assertThat(issued).containsExactly("R 0+24", "R 1000+8");
            default -> assertThat(issued).containsExactly("R 0+8", "R 8+8", "R 16+8", "R 1000+8");
          }
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

  // ------------------------------------------------------------------------------------- splitting

  @Test
  void split_atMaxSectors_completesOnceAllPartsHave() {
    with(
        QueueLimits.DEFAULT.withMaxSectors(16),
        NONE,
        bench -> {
          Bio bio = bench.write(4, 40);
          assertThat(bench.issued()).containsExactly("W 4+16", "W 20+16", "W 36+8");
          bench.driver.release(1);
          bench.driver.release(0);
          assertThat(bench.ended).isEmpty();
          bench.driver.release(0);
          assertThat(bench.ended).containsExactly(bio);
          assertThat(bio.failure()).isNull();
        });
  }

  @Test
  void split_withPhysicalBlocks_alignsTheNextPart() {
    with(
        QueueLimits.DEFAULT.withBlockSizes(512, 4096).withMaxSectors(20),
        NONE,
        bench -> {
          bench.write(4, 40);
          assertThat(bench.issued()).containsExactly("W 4+20", "W 24+16", "W 40+4");
        });
  }

  @Test
  void split_bySegments_countsContiguousMemoryOnce() {
    with(
        QueueLimits.DEFAULT.withSegments(2, 8192, -1),
        NONE,
        bench -> {
          bench.read(0, 48);
          assertThat(bench.issued()).containsExactly("R 0+32", "R 32+16");
          MemorySegment whole = Buffers.sectors(16);
          bench.scattered(
              BioOperation.READ, 1000, whole.asSlice(0, 4096), whole.asSlice(4096, 4096));
          assertThat(bench.driver.requests().getLast().segmentCount()).isEqualTo(1);
          bench.issued();
          bench.scattered(BioOperation.READ, 2000, Buffers.scattered(3, 8));
          assertThat(bench.issued()).containsExactly("R 2000+16", "R 2016+8");
        });
  }

  @Test
  void split_byBoundary_countsASegmentOnEachSide() {
    with(
        QueueLimits.DEFAULT.withSegments(1, 65536, 8191),
        NONE,
        bench -> {
          MemorySegment memory = java.lang.foreign.Arena.ofAuto().allocate(3 * 8192, 8192);
          bench.scattered(BioOperation.READ, 0, memory.asSlice(4096, 12288));
          assertThat(bench.issued()).containsExactly("R 0+8", "R 8+16");
        });
  }

  @Test
  void split_oneFailingPart_failsTheBioAfterAllParts() {
    with(
        QueueLimits.DEFAULT.withMaxSectors(8),
        NONE,
        bench -> {
          Bio bio = bench.write(0, 24);
          bench.driver.release();
          bench.driver.fail(Errno.ENOSPC);
          assertThat(bench.ended).isEmpty();
          bench.driver.release();
          assertThat(bio.status()).isEqualTo(Errno.ENOSPC);
          assertThat(bio.failure()).hasMessageContaining("sda").hasMessageContaining("8");
        });
  }

  @Test
  void split_withNoWait_failsWithEagain() {
    with(
        QueueLimits.DEFAULT.withMaxSectors(8),
        NONE,
        bench -> {
          Bio bio = bench.submit(BioOperation.READ, Bio.NO_WAIT, 0, 16);
          assertThat(bio.status()).isEqualTo(Errno.EAGAIN);
          assertThat(bench.issued()).isEmpty();
        });
  }

  @Test
  void split_lastPart_canStillBeMerged() {
    with(
        QueueLimits.DEFAULT.withMaxSectors(16),
        NONE,
        bench -> {
          try (Plug _ = bench.queue.plug()) {
            bench.write(0, 24);
            bench.write(24, 8);
          }
          assertThat(bench.issued()).containsExactly("W 0+16", "W 16+16");
        });
  }

  // ----------------------------------------------------------------------------------- validation

  @Test
  void badBios_failAsLinuxHasIt_withoutReachingTheDriver() {
    with(
        QueueLimits.DEFAULT.withBlockSizes(4096, 4096),
        NONE,
        bench -> {
          assertThat(bench.read((1 << 20) - 8, 16).status()).isEqualTo(Errno.EIO);
          assertThat(bench.read(1 << 20, 8).status()).isEqualTo(Errno.EIO);
          assertThat(bench.read(-8, 8).status()).isEqualTo(Errno.EIO);
          assertThat(bench.read(1, 8).status()).isEqualTo(Errno.EIO);
          assertThat(bench.read(0, 1).status()).isEqualTo(Errno.EIO);
          MemorySegment odd = Buffers.sectors(17).asSlice(256, 4096);
          assertThat(bench.scattered(BioOperation.READ, 0, odd).status()).isEqualTo(Errno.EINVAL);
          Bio discard = new Bio(BioOperation.DISCARD, 0, 0, bio -> {}).length(4096);
          bench.queue.submit(discard);
          assertThat(discard.status()).isEqualTo(Errno.EOPNOTSUPP);
          Bio empty = new Bio(BioOperation.READ, 0, 0, bio -> {});
          bench.queue.submit(empty);
          assertThat(empty.status()).isEqualTo(Errno.EINVAL);
          assertThat(bench.issued()).isEmpty();
          assertThat(bench.read((1 << 20) - 8, 8).failure()).isNull();
          assertThat(bench.ended)
              .allSatisfy(bio ->
                  assertThat(bio.failure())
                      .hasMessageContaining("sda")
                      .hasMessageContaining("sector " + bio.sector()));
        });
  }

  @Test
  void readOnlyDriver_refusesWritesButFlushes() throws Exception {
    SimulatedMachine machine = new SimulatedMachine(1);
    BlockDriver readOnly =
        new LambdaDriver(
            1000,
            QueueLimits.DEFAULT.withWriteCache(true, false),
            true,
            request -> request.complete(null));
    RequestQueue queue = new RequestQueue(machine, "ro", readOnly, NONE);
    machine.run(() -> {
      BlockIo io = new BlockIo(machine, queue);
      assertThatThrownBy(() -> io.write(0, Buffers.sectors(1)))
          .isInstanceOfSatisfying(
              ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPERM));
      assertThatThrownBy(() -> io.writeZeroes(0, 1)).isInstanceOf(ErrnoException.class);
      io.read(0, Buffers.sectors(1));
      io.flush();
      assertThat(queue.readOnly()).isTrue();
    });
  }

  @Test
  void bio_misused_throwsAtOnce() {
    assertThatThrownBy(() ->
            new Bio(BioOperation.READ, 0, 0, bio -> {}).add(MemorySegment.ofArray(new byte[512])))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> new Bio(BioOperation.READ, 0, 0, bio -> {}).add(Buffers.sectors(1).asSlice(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Bio(BioOperation.WRITE, 0, 0, bio -> {}).length(512))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Bio(BioOperation.DISCARD, 0, 0, bio -> {}).add(Buffers.sectors(1)))
        .isInstanceOf(IllegalArgumentException.class);
    Bio twice = new Bio(BioOperation.FLUSH, 0, 0, bio -> {});
    twice.complete(null);
    assertThatThrownBy(() -> twice.complete(null)).isInstanceOf(IllegalStateException.class);
  }

  // ------------------------------------------------------------------------------------------ tags

  @ParameterizedTest
  @ValueSource(strings = {"none", "mq-deadline"})
  void tags_exhausted_tasksWaitTheirTurn(String scheduler) {
    IoScheduler.Factory factory = scheduler.equals("none") ? NONE : MqDeadlineScheduler::new;
    for (long seed = 0; seed < 20; seed++) {
      SimulatedMachine machine = new SimulatedMachine(seed);
      Bench bench = new Bench(machine, QueueLimits.DEFAULT.withQueueDepth(4), factory);
      run(
          bench,
          b -> {
            List<Task> tasks = spawnReaders(machine, b.queue, 40, 5);
            while (tasks.stream().anyMatch(Task::isAlive)) {
              machine.sleep(100);
              while (b.driver.held() > 0) {
                b.driver.release(b.driver.held() - 1);
              }
            }
            tasks.forEach(Task::join);
            assertThat(b.driver.most()).isEqualTo(4);
            assertThat(b.queue.counters().readRequests()).isEqualTo(200);
            assertThat(b.queue.counters().inFlight()).isZero();
          });
    }
  }

  @Test
  void tags_exhaustedInRealTime_tasksWaitTheirTurn() throws Exception {
    try (SystemMachine machine = new SystemMachine()) {
      HeldDriver driver = new HeldDriver(1 << 20, QueueLimits.DEFAULT.withQueueDepth(4));
      RequestQueue queue = new RequestQueue(machine, "sda", driver, NONE);
      List<Task> tasks = spawnReaders(machine, queue, 40, 20);
      while (tasks.stream().anyMatch(Task::isAlive)) {
        if (driver.held() > 0) {
          driver.release();
        } else {
          Thread.onSpinWait();
        }
      }
      tasks.forEach(Task::join);
      assertThat(driver.most()).isLessThanOrEqualTo(4);
      assertThat(queue.counters().readRequests()).isEqualTo(800);
      queue.close();
    }
  }

  private static List<Task> spawnReaders(Machine machine, RequestQueue queue, int count, int each) {
    List<Task> tasks = new ArrayList<>();
    for (int t = 0; t < count; t++) {
      long base = t * 1000L;
      tasks.add(
          machine.spawn(
              "reader-" + t,
              TaskKind.USER,
              () -> {
                try {
                  BlockIo io = new BlockIo(machine, queue);
                  for (int i = 0; i < each; i++) {
                    io.read(base + i * 16, Buffers.sectors(8));
                  }
                } catch (ErrnoException e) {
                  throw new AssertionError(e);
                }
              }));
    }
    return tasks;
  }

  @Test
  void tags_exhausted_noWaitFailsAndInterruptContextIsQueued() {
    with(
        QueueLimits.DEFAULT.withQueueDepth(4),
        NONE,
        bench -> {
          for (int i = 0; i < 4; i++) {
            bench.read(i * 16, 8);
          }
          assertThat(bench.submit(BioOperation.READ, Bio.NO_WAIT, 500, 8).status())
              .isEqualTo(Errno.EAGAIN);
          bench.machine.schedule("interrupt", 5, () -> bench.read(1000, 8));
          bench.machine.schedule("interrupt", 6, () -> bench.read(2000, 8));
          bench.machine.sleep(10);
          assertThat(bench.driver.held()).isEqualTo(4);
          bench.issued();
          bench.driver.release();
          bench.driver.release();
          assertThat(bench.issued()).containsExactly("R 1000+8", "R 2000+8");
        });
  }

  @Test
  void completionThatSubmits_withoutFreeTag_isQueuedNotStuck() {
    with(
        QueueLimits.DEFAULT.withQueueDepth(4),
        NONE,
        bench -> {
          AtomicInteger chained = new AtomicInteger();
          for (int i = 0; i < 4; i++) {
            long sector = i * 16;
            bench.queue.submit(
                new Bio(
                        BioOperation.READ,
                        0,
                        sector,
                        first -> {
                          for (int k = 0; k < 3; k++) {
                            bench.queue.submit(
                                new Bio(
                                        BioOperation.READ,
                                        0,
                                        1000 + sector,
                                        done -> chained.incrementAndGet())
                                    .add(Buffers.sectors(8)));
                          }
                        })
                    .add(Buffers.sectors(8)));
          }
          bench.driver.releaseAll();
          assertThat(chained).hasValue(12);
          assertThat(bench.driver.most()).isEqualTo(4);
        });
  }

  @Test
  void nrRequests_changedLive_limitsAndAdmits() {
    with(
        QueueLimits.DEFAULT.withQueueDepth(16),
        MqDeadlineScheduler::new,
        bench -> {
          assertThat(bench.queue.settings().get("nr_requests").get()).isEqualTo(32);
          bench.queue.settings().get("nr_requests").set(4);
          for (int i = 0; i < 4; i++) {
            bench.read(i * 16, 8);
          }
          assertThat(bench.submit(BioOperation.READ, Bio.NO_WAIT, 500, 8).status())
              .isEqualTo(Errno.EAGAIN);
          Task waiter = bench.machine.spawn("waiter", TaskKind.USER, () -> bench.read(1000, 8));
          bench.machine.sleep(1);
          assertThat(waiter.isAlive()).isTrue();
          bench.queue.settings().get("nr_requests").set(5);
          waiter.join();
          assertThatThrownBy(() -> bench.queue.settings().get("nr_requests").set(1))
              .isInstanceOfSatisfying(
                  ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
        });
  }

  @Test
  void asyncDepth_keepsTagsForReads() {
    with(
        QueueLimits.DEFAULT.withQueueDepth(4),
        MqDeadlineScheduler::new,
        bench -> {
          bench.queue.settings().get("iosched/async_depth").set(2);
          bench.write(0, 8);
          bench.write(100, 8);
          assertThat(bench.submit(BioOperation.WRITE, Bio.NO_WAIT, 200, 8).status())
              .isEqualTo(Errno.EAGAIN);
          Task writer = bench.machine.spawn("writer", TaskKind.USER, () -> bench.write(300, 8));
          bench.machine.sleep(1);
          Bio read = bench.submit(BioOperation.READ, Bio.NO_WAIT, 400, 8);
          assertThat(bench.driver.held()).isEqualTo(3);
          bench.driver.releaseAll();
          writer.join();
          bench.driver.releaseAll();
          assertThat(read.failure()).isNull();
        });
  }

  @Test
  void badBio_resubmittedByItsCompletion_doesNotRecurse() {
    with(
        QueueLimits.DEFAULT,
        NONE,
        bench -> {
          AtomicInteger left = new AtomicInteger(100_000);
          MemorySegment memory = Buffers.sectors(8);
          Bio.Completion again =
              new Bio.Completion() {
                @Override
                public void completed(Bio bio) {
                  assertThat(bio.status()).isEqualTo(Errno.EIO);
                  if (left.decrementAndGet() > 0) {
                    bench.queue.submit(new Bio(BioOperation.READ, 0, -8, this).add(memory));
                  }
                }
              };
          bench.queue.submit(new Bio(BioOperation.READ, 0, -8, again).add(memory));
          assertThat(left).hasValue(0);
        });
  }

  /** A worker that delivers completions must not be made to wait for a tag by what they submit. */
  @Test
  void completionInAWorkerTask_thatSubmits_doesNotWait() {
    with(
        QueueLimits.DEFAULT.withQueueDepth(1),
        NONE,
        bench -> {
          List<Integer> order = new ArrayList<>();
          bench.queue.submit(
              new Bio(
                      BioOperation.READ,
                      0,
                      0,
                      first -> {
                        for (int i = 0; i < 3; i++) {
                          int number = i;
                          bench.queue.submit(
                              new Bio(BioOperation.READ, 0, 8, done -> order.add(number))
                                  .add(Buffers.sectors(8)));
                        }
                      })
                  .add(Buffers.sectors(8)));
          Task worker = bench.machine.spawn("worker", TaskKind.USER, () -> bench.driver.release());
          worker.join();
          bench.driver.releaseAll();
          assertThat(order).containsExactly(0, 1, 2);
        });
  }

  // ------------------------------------------------------------------------------ errors, counters

  @Test
  void mergedRequest_failingHalfway_failsTheBiosBehind() {
    with(
        QueueLimits.DEFAULT,
        NONE,
        bench -> {
          Bio first;
          Bio second;
          Bio third;
          try (Plug _ = bench.queue.plug()) {
            first = bench.read(0, 8);
            second = bench.read(8, 8);
            third = bench.read(16, 8);
          }
          Request request = bench.driver.take(0);
          request.fail(new ErrnoException(Errno.EIO, "sector 9 cannot be read"), 9 * 512);
          assertThat(first.failure()).isNull();
          assertThat(second.status()).isEqualTo(Errno.EIO);
          assertThat(third.failure()).hasMessageContaining("sector 9");
          assertThatThrownBy(() -> request.complete(null))
              .isInstanceOf(IllegalStateException.class);
          assertThat(bench.queue.counters().inFlight()).isZero();
        });
  }

  @Test
  void driverThatThrows_failsTheRequestWithTheCause() {
    SimulatedMachine machine = new SimulatedMachine(1);
    RuntimeException cause = new IllegalStateException("short circuit");
    BlockDriver broken =
        new LambdaDriver(
            1000,
            QueueLimits.DEFAULT,
            false,
            request -> {
              throw cause;
            });
    RequestQueue queue = new RequestQueue(machine, "sda", broken, NONE);
    machine.run(() ->
        assertThatThrownBy(() -> new BlockIo(machine, queue).read(0, Buffers.sectors(1)))
            .isInstanceOf(ErrnoException.class)
            .hasRootCause(cause));
  }

  @Test
  void completionThatThrows_doesNotKeepTheOthersWaiting() {
    with(
        QueueLimits.DEFAULT,
        NONE,
        bench -> {
          try (Plug _ = bench.queue.plug()) {
            bench.queue.submit(
                new Bio(
                        BioOperation.READ,
                        0,
                        0,
                        bio -> {
                          throw new IllegalStateException("oops");
                        })
                    .add(Buffers.sectors(8)));
            bench.read(8, 8);
          }
          assertThatThrownBy(() -> bench.driver.release()).hasMessage("oops");
          assertThat(bench.ended).hasSize(1);
          assertThat(bench.queue.counters().inFlight()).isZero();
        });
  }

  @Test
  void counters_countAsTheKernel() {
    with(
        QueueLimits.DEFAULT.withWriteCache(true, false),
        NONE,
        bench -> {
          bench.read(0, 8);
          bench.machine.sleep(100);
          bench.write(8, 16);
          bench.machine.sleep(50);
          bench.driver.release();
          bench.driver.release();
          bench.machine.sleep(1000);
          bench.queue.submit(new Bio(BioOperation.FLUSH, 0, 0, bench.ended::add));
          assertThat(bench.queue.counters().inFlight()).isEqualTo(1);
          bench.machine.sleep(30);
          bench.driver.release();
          DeviceCounters counters = bench.queue.counters();
          assertThat(counters)
              .isEqualTo(
                  new DeviceCounters(
                      1, 0, 8, 150, 2, 0, 16, 80, 1, 30, 0, 0, 0, 0, 150 + 50 + 30, 180, 0));
        });
  }

  @Test
  void close_waitsForWhatIsInFlight_andRefusesMore() {
    with(
        QueueLimits.DEFAULT,
        NONE,
        bench -> {
          bench.read(0, 8);
          bench.machine.schedule("device", 100, bench.driver::release);
          bench.queue.close();
          assertThat(bench.machine.nanoTime()).isEqualTo(100);
          assertThat(bench.ended).hasSize(1);
          assertThat(bench.read(0, 8).status()).isEqualTo(Errno.ENODEV);
          bench.queue.close();
        });
  }

  @Test
  void schedulerChangedLive_losesNothing() {
    with(
        QueueLimits.DEFAULT.withQueueDepth(2),
        MqDeadlineScheduler::new,
        bench -> {
          bench.machine.schedule("device", 10, bench.driver::releaseAll);
          for (int i = 0; i < 4; i++) {
            bench.read(i * 16, 8);
          }
          bench.machine.spawn("late", TaskKind.USER, () -> bench.read(5000, 8));
          bench.queue.setScheduler(NONE);
          assertThat(bench.queue.schedulerName()).isEqualTo("none");
          assertThat(bench.queue.settings()).doesNotContainKey("iosched/fifo_batch");
          bench.machine.schedule("device", 10, bench.driver::releaseAll);
          bench.machine.sleep(20);
          bench.driver.releaseAll();
          assertThat(bench.ended).hasSize(5);
        });
  }

  @Test
  void powerCut_withTagsInFlight_endsEverythingAndLosesNoSettledData() {
    for (long seed = 0; seed < 50; seed++) {
      SimulatedMachine machine = new SimulatedMachine(seed);
      HeldDriver driver = new HeldDriver(1 << 20, QueueLimits.DEFAULT.withQueueDepth(4));
      RequestQueue queue = new RequestQueue(machine, "sda", driver, NONE);
      machine.cutPowerAtEvent(20 + seed);
      machine.run(() -> {
        List<Task> tasks = spawnReaders(machine, queue, 20, 10);
        while (tasks.stream().anyMatch(Task::isAlive)) {
          machine.sleep(10);
          if (driver.held() > 0) {
            driver.release();
          }
        }
      });
      assertThat(machine.powered()).isFalse();
      // Completions that come too late are ignored.
      driver.releaseAll();
    }
  }

  @Test
  void submit_afterPowerCut_failsTheBio() {
    SimulatedMachine machine = new SimulatedMachine(1);
    RequestQueue queue = new RequestQueue(machine, "ram", new RamDriver(new Media(100)), NONE);
    List<Bio> ended = new ArrayList<>();
    machine.onPowerCut(
        () -> queue.submit(new Bio(BioOperation.READ, 0, 0, ended::add).add(Buffers.sectors(1))));
    machine.run(machine::cutPower);
    assertThat(ended).extracting(Bio::status).containsExactly(Errno.EIO);
  }

  // ------------------------------------------------------------------------------------- tracing

  @Test
  void tracepoints_tellTheStoryWithTheKernelsNames() {
    RecordingTracer tracer = RecordingTracer.unbounded("block");
    Bench bench =
        new Bench(
            SimulatedMachine.builder(1).tracer(tracer).build(),
            QueueLimits.DEFAULT.withMaxSectors(16).withWriteCache(true, false),
            MqDeadlineScheduler::new);
    run(
        bench,
        b -> {
          try (Plug _ = b.queue.plug()) {
            b.submit(BioOperation.READ, Bio.SYNC, 8, 8);
            b.submit(BioOperation.READ, Bio.SYNC, 16, 8);
            b.submit(BioOperation.WRITE, Bio.METADATA, 100, 24);
          }
          b.driver.releaseAll();
          b.submit(BioOperation.WRITE, Bio.FORCE_UNIT_ACCESS, 0, 1);
          b.driver.releaseAll();
        });
    List<String> names = tracer.events().stream().map(e -> e.point().name()).toList();
    assertThat(names)
        .containsExactly(
            "block_bio_queue",
            "block_getrq",
            "block_plug",
            "block_bio_queue",
            "block_bio_backmerge",
            "block_bio_queue",
            "block_split",
            "block_getrq",
            "block_getrq",
            "block_unplug",
            "block_rq_insert",
            "block_rq_insert",
            "block_rq_insert",
            "block_rq_issue",
            "block_rq_issue",
            "block_rq_issue",
            "block_rq_complete",
            "block_rq_complete",
            "block_rq_complete",
            "block_bio_queue",
            "block_getrq",
            "block_rq_insert",
            "block_rq_issue",
            "block_rq_complete",
            "block_rq_issue",
            "block_rq_complete");
    TraceEvent flush = tracer.events().get(24);
    assertThat(flush.value("rwbs")).isEqualTo("FF");
    TraceEvent split = tracer.events().get(6);
    assertThat(split.value("new_sector")).isEqualTo(116L);
    assertThat(split.value("rwbs")).isEqualTo("WM");
  }
}
