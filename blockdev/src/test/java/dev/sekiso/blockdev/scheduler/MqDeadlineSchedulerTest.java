package dev.sekiso.blockdev.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.Buffers;
import dev.sekiso.blockdev.HeldDriver;
import dev.sekiso.blockdev.QueueLimits;
import dev.sekiso.blockdev.RequestQueue;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.IoPriority;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.TaskContext;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The policy in virtual time, one request in the device at a time. */
class MqDeadlineSchedulerTest extends IoSchedulerContract {

  @Override
  protected IoScheduler.Factory factory() {
    return MqDeadlineScheduler::new;
  }

  /** The deadline of a write, by which a read has long been served. */
  @Override
  protected OptionalLong longestWaitNanos() {
    return OptionalLong.of(TimeUnit.SECONDS.toNanos(5));
  }

  private interface Body {
    void run(Bench bench) throws ErrnoException;
  }

  /** The device is kept busy by one request until the test lets things go. */
  private static final class Bench {

    final SimulatedMachine machine = new SimulatedMachine(1);
    final HeldDriver driver = new HeldDriver(1 << 20, QueueLimits.DEFAULT.withQueueDepth(1));
    final RequestQueue queue = new RequestQueue(machine, "sda", driver, MqDeadlineScheduler::new);

    void submit(BioOperation operation, long... sectors) {
      for (long sector : sectors) {
        queue.submit(new Bio(operation, 0, sector, bio -> {}).add(Buffers.sectors(1)));
      }
    }

    void reads(long... sectors) {
      submit(BioOperation.READ, sectors);
    }

    void writes(long... sectors) {
      submit(BioOperation.WRITE, sectors);
    }

    void set(String name, long value) throws ErrnoException {
      queue.settings().get("iosched/" + name).set(value);
    }

    /** Runs everything, and tells the order of what had been waiting. */
    List<String> order() {
      driver.takeIssued();
      driver.releaseAll();
      return driver.takeIssued().stream().map(issued -> issued.replace("+1", "")).toList();
    }
  }

  private static void with(Body body) {
    Bench bench = new Bench();
    try {
      bench.machine.run(() -> {
        bench.queue.settings().get("nr_requests").set(512);
        // A read first, so that a batch of reads is what goes on.
        bench.reads(0);
        body.run(bench);
      });
    } catch (ErrnoException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void requests_goUpwardsFromTheLastPosition_thenFromTheOldest() {
    with(bench -> {
      bench.driver.release();
      bench.reads(5000);
      bench.reads(9000, 100, 7000, 300, 6000);
      assertThat(bench.order()).containsExactly("R 6000", "R 7000", "R 9000", "R 100", "R 300");
    });
  }

  @Test
  void batch_ofFifoBatch_endsAndDirectionIsChosenAnew() {
    with(bench -> {
      bench.set("fifo_batch", 2);
      bench.reads(10, 20, 30, 40, 50, 60, 70);
      bench.writes(15, 25, 35);
      // The first read in the device is one of the batch; the writes starve twice.
      assertThat(bench.order())
          .containsExactly(
              "R 10", "R 20", "R 30", "R 40", "R 50", "W 15", "W 25", "R 60", "R 70", "W 35");
    });
  }

  @Test
  void writesStarved_says_howOftenReadsPass() {
    with(bench -> {
      bench.set("fifo_batch", 1);
      bench.set("writes_starved", 0);
      bench.reads(10, 20, 30);
      bench.writes(15, 25);
      assertThat(bench.order()).containsExactly("W 15", "W 25", "R 10", "R 20", "R 30");
    });
  }

  @Test
  void expiredRequest_isServedBeforeNearerOnes_atTheNextBatch() {
    with(bench -> {
      bench.set("fifo_batch", 2);
      bench.reads(100_000);
      bench.driver.release();
      bench.reads(5, 7);
      bench.machine.sleep(TimeUnit.MILLISECONDS.toNanos(499));
      bench.reads(100_010, 100_020, 100_030);
      assertThat(bench.queue.settings().get("iosched/read_expire").get()).isEqualTo(500);
      bench.machine.sleep(TimeUnit.MILLISECONDS.toNanos(1));
      assertThat(bench.order()).containsExactly("R 5", "R 7", "R 100010", "R 100020", "R 100030");
    });
  }

  @Test
  void unexpiredRequest_waitsForNearerOnes() {
    with(bench -> {
      bench.set("fifo_batch", 2);
      bench.reads(100_000);
      bench.driver.release();
      bench.reads(5, 7);
      bench.machine.sleep(TimeUnit.MILLISECONDS.toNanos(499));
      bench.reads(100_010, 100_020, 100_030);
      assertThat(bench.order()).containsExactly("R 100010", "R 100020", "R 100030", "R 5", "R 7");
    });
  }

  private static TaskContext of(IoPriority.SchedulingClass schedulingClass) {
    return TaskContext.ROOT.withIoPriority(new IoPriority(schedulingClass, 4));
  }

  @Test
  void classes_goInOrder_andWaitForTheDriverToBeDone() {
    with(bench -> {
      bench.driver.release();
      of(IoPriority.SchedulingClass.IDLE).run(() -> bench.reads(10));
      of(IoPriority.SchedulingClass.BEST_EFFORT).run(() -> bench.reads(20));
      of(IoPriority.SchedulingClass.REAL_TIME).run(() -> bench.reads(30, 40));
      bench.reads(50);
      assertThat(bench.order()).containsExactly("R 30", "R 40", "R 20", "R 50");
    });
  }

  @Test
  void lowerClass_withRoomInTheDriver_waitsForTheHigherToEnd() {
    SimulatedMachine machine = new SimulatedMachine(1);
    HeldDriver driver = new HeldDriver(1 << 20, QueueLimits.DEFAULT.withQueueDepth(8));
    RequestQueue queue = new RequestQueue(machine, "sda", driver, MqDeadlineScheduler::new);
    machine.run(() -> {
      Runnable read =
          () -> queue.submit(new Bio(BioOperation.READ, 0, 0, bio -> {}).add(Buffers.sectors(1)));
      of(IoPriority.SchedulingClass.REAL_TIME).run(read);
      of(IoPriority.SchedulingClass.IDLE).run(read);
      assertThat(driver.held()).isEqualTo(1);
      driver.release();
      assertThat(driver.held()).isEqualTo(1);
      driver.releaseAll();
    });
  }

  @Test
  void agedRequest_ofALowerClass_goesFirst() {
    with(bench -> {
      of(IoPriority.SchedulingClass.IDLE).run(() -> bench.reads(10));
      bench.machine.sleep(TimeUnit.SECONDS.toNanos(10));
      of(IoPriority.SchedulingClass.REAL_TIME).run(() -> bench.reads(30, 40));
      assertThat(bench.order()).containsExactly("R 10", "R 30", "R 40");
    });
    with(bench -> {
      of(IoPriority.SchedulingClass.IDLE).run(() -> bench.reads(10));
      bench.machine.sleep(TimeUnit.SECONDS.toNanos(10) - 1);
      of(IoPriority.SchedulingClass.REAL_TIME).run(() -> bench.reads(30, 40));
      assertThat(bench.order()).containsExactly("R 30", "R 40", "R 10");
    });
  }

  @Test
  void merge_keepsTheEarlierDeadlineAndItsPlace() {
    with(bench -> {
      bench.set("fifo_batch", 1);
      bench.reads(100_000);
      bench.driver.release();
      bench.reads(502);
      bench.machine.sleep(TimeUnit.MILLISECONDS.toNanos(400));
      bench.reads(700, 500);
      // Joins 500 and brings it together with the older 502.
      bench.reads(501);
      bench.machine.sleep(TimeUnit.MILLISECONDS.toNanos(100));
      bench.driver.takeIssued();
      bench.driver.releaseAll();
      assertThat(bench.driver.takeIssued()).containsExactly("R 500+3", "R 700+1");
    });
  }

  @Test
  void settings_haveTheKernelsNamesAndDefaults() {
    with(bench -> {
      List<String> all = new ArrayList<>();
      bench
          .queue
          .settings()
          .forEach((name, tunable) -> {
            if (name.startsWith("iosched/")) {
              all.add(name.substring(8) + "=" + tunable.get());
            }
          });
      assertThat(all)
          .containsExactly(
              "read_expire=500",
              "write_expire=5000",
              "prio_aging_expire=10000",
              "writes_starved=2",
              "fifo_batch=16",
              "front_merges=1",
              "async_depth=512");
    });
  }
}
