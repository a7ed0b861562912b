package dev.sekiso.blockdev;

import static dev.sekiso.blockdev.QueueBench.NONE;
import static dev.sekiso.blockdev.QueueBench.run;
import static dev.sekiso.blockdev.QueueBench.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.blockdev.driver.RamDriver;
import dev.sekiso.blockdev.scheduler.IoScheduler;
import dev.sekiso.blockdev.scheduler.MqDeadlineScheduler;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.RecordingTracer;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.machine.TraceEvent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A queue as a whole: its counters, its end, another scheduler, the power, the tracepoints. */
class RequestQueueTest {

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
        List<Task> tasks = QueueBench.spawnReaders(machine, queue, 20, 10);
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

  @Test
  void tracepoints_tellTheStoryWithTheKernelsNames() {
    RecordingTracer tracer = RecordingTracer.unbounded("block");
    QueueBench bench =
        new QueueBench(
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

  private interface Change {
    void apply() throws ErrnoException;
  }

  /** Others run while the scheduler is being made. */
  private static IoScheduler.Factory slowly(SimulatedMachine machine, IoScheduler.Factory factory) {
    return host -> {
      machine.sleep(50);
      return factory.create(host);
    };
  }

  /** A task that changes something of a live queue again and again. */
  private static Task changing(SimulatedMachine machine, String name, Change change) {
    return machine.spawn(
        name,
        TaskKind.USER,
        () -> {
          for (int i = 0; i < 10; i++) {
            try {
              change.apply();
            } catch (ErrnoException e) {
              throw new AssertionError(e);
            }
            machine.yieldProcessor();
          }
        });
  }

  @Test
  void schedulerAndRequestsChangedAtOnce_underLoad_loseNothing() {
    for (long seed = 0; seed < 40; seed++) {
      SimulatedMachine machine = SimulatedMachine.builder(seed).maxEvents(200_000).build();
      QueueBench bench =
          new QueueBench(machine, QueueLimits.DEFAULT.withQueueDepth(8), MqDeadlineScheduler::new);
      run(
          bench,
          b -> {
            List<Task> tasks = new ArrayList<>(QueueBench.spawnReaders(machine, b.queue, 12, 10));
            tasks.add(
                changing(machine, "to none", () -> b.queue.setScheduler(slowly(machine, NONE))));
            tasks.add(
                changing(
                    machine,
                    "to mq",
                    () -> b.queue.setScheduler(slowly(machine, MqDeadlineScheduler::new))));
            tasks.add(
                changing(machine, "requests", () -> b.queue.settings().get("nr_requests").set(8)));
            while (tasks.stream().anyMatch(Task::isAlive)) {
              machine.sleep(100);
              b.driver.releaseAll();
            }
            tasks.forEach(Task::join);
            assertThat(b.queue.counters().readRequests()).isEqualTo(120);
            assertThat(b.queue.counters().inFlight()).isZero();
            assertThat(QueueInvariants.of(b.queue).violations()).isEmpty();
          });
    }
  }
}
