package dev.sekiso.blockdev.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.Buffers;
import dev.sekiso.blockdev.HeldDriver;
import dev.sekiso.blockdev.Plug;
import dev.sekiso.blockdev.QueueLimits;
import dev.sekiso.blockdev.Request;
import dev.sekiso.blockdev.RequestQueue;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.IoPriority;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.machine.TaskKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What every {@link IoScheduler} owes its queue. A subclass names the scheduler. */
public abstract class IoSchedulerContract {

  /** The scheduler under test. */
  protected abstract IoScheduler.Factory factory();

  /**
   * How many nanoseconds a best-effort request may wait while newer ones of its kind keep the
   * device busy; empty when the policy promises nothing.
   */
  protected abstract OptionalLong longestWaitNanos();

  /** Bios from many tasks, released in any order, some failing: each ends once, none is lost. */
  @Test
  void randomBios_endExactlyOnce() throws Exception {
    for (long seed = 0; seed < 100; seed++) {
      String hint = "seed " + seed;
      SimulatedMachine machine = new SimulatedMachine(seed);
      SplittableRandom random = new SplittableRandom(seed);
      HeldDriver driver =
          new HeldDriver(
              4096,
              QueueLimits.DEFAULT
                  .withQueueDepth(1 + random.nextInt(8))
                  .withMaxSectors(8 << random.nextInt(4))
                  .withWriteCache(true, false));
      RequestQueue queue = new RequestQueue(machine, "sda", driver, factory());
      Map<Bio, Integer> ends = new HashMap<>();
      List<Bio> submitted = new ArrayList<>();
      machine.run(() -> {
        for (int t = 0; t < 6; t++) {
          SplittableRandom own = random.split();
          TaskContext context = TaskContext.ROOT.withIoPriority(priority(own));
          machine.spawn(
              "submitter-" + t,
              TaskKind.USER,
              context,
              () -> submitSome(machine, queue, own, submitted, ends));
        }
        machine.spawn(
            "device",
            TaskKind.DAEMON,
            () -> {
              while (true) {
                machine.sleep(1 + random.nextInt(50));
                for (int n = random.nextInt(4); n >= 0 && driver.held() > 0; n--) {
                  end(driver.take(random.nextInt(driver.held())), random);
                }
              }
            });
        machine.sleep(1_000);
        queue.close();
      });
      assertThat(submitted).as(hint).hasSize(6 * 40);
      assertThat(ends).as(hint).hasSize(submitted.size());
      assertThat(ends.values()).as(hint).containsOnly(1);
      assertThat(queue.counters().inFlight()).as(hint).isZero();
    }
  }

  private static void end(Request request, SplittableRandom random) {
    request.complete(random.nextInt(20) == 0 ? Errno.EIO : null);
  }

  private static IoPriority priority(SplittableRandom random) {
    IoPriority.SchedulingClass[] classes = IoPriority.SchedulingClass.values();
    return new IoPriority(classes[random.nextInt(classes.length)], random.nextInt(8));
  }

  private static void submitSome(
      SimulatedMachine machine,
      RequestQueue queue,
      SplittableRandom random,
      List<Bio> submitted,
      Map<Bio, Integer> ends) {
    for (int batch = 0; batch < 10; batch++) {
      try (Plug _ = queue.plug()) {
        for (int i = 0; i < 4; i++) {
          Bio bio = randomBio(random, ends);
          submitted.add(bio);
          queue.submit(bio);
        }
      }
      if (random.nextBoolean()) {
        machine.sleep(random.nextInt(100));
      }
    }
  }

  private static Bio randomBio(SplittableRandom random, Map<Bio, Integer> ends) {
    Bio.Completion count = bio -> ends.merge(bio, 1, Integer::sum);
    if (random.nextInt(20) == 0) {
      return new Bio(BioOperation.FLUSH, 0, 0, count);
    }
    BioOperation operation = random.nextBoolean() ? BioOperation.READ : BioOperation.WRITE;
    int flags = random.nextInt(10) == 0 ? Bio.FORCE_UNIT_ACCESS | Bio.PREFLUSH : 0;
    return new Bio(
            operation, operation == BioOperation.WRITE ? flags : 0, 8L * random.nextInt(64), count)
        .add(Buffers.sectors(8L * (1 + random.nextInt(3))));
  }

  /** Every merge keeps each bio's data in its place. */
  @Test
  void requests_carryTheirBiosInSectorOrder() throws Exception {
    for (long seed = 0; seed < 50; seed++) {
      SimulatedMachine machine = new SimulatedMachine(seed);
      SplittableRandom random = new SplittableRandom(seed);
      HeldDriver driver = new HeldDriver(4096, QueueLimits.DEFAULT.withQueueDepth(2));
      RequestQueue queue = new RequestQueue(machine, "sda", driver, factory());
      String hint = "seed " + seed;
      machine.run(() -> {
        Map<Bio, Integer> ends = new HashMap<>();
        for (int i = 0; i < 3; i++) {
          for (int k = 0; k < 20; k++) {
            machine.schedule("submit", 1, () -> queue.submit(randomBio(random, ends)));
          }
          machine.sleep(2);
          while (driver.held() > 0) {
            Request request = driver.take(0);
            long at = request.sector();
            for (Bio bio : request.bios()) {
              assertThat(bio.sector()).as(hint).isEqualTo(at);
              at = bio.endSector();
            }
            assertThat(at).as(hint).isEqualTo(request.endSector());
            request.complete(null);
          }
        }
        assertThat(ends).as(hint).hasSize(60);
      });
    }
  }

  /** A stream of near requests does not keep a far one waiting beyond the promised bound. */
  @Test
  void farRequest_underASteadyStream_isServedInTime() throws Exception {
    OptionalLong bound = longestWaitNanos();
    org.junit.jupiter.api.Assumptions.assumeTrue(bound.isPresent(), "no promise");
    for (BioOperation operation : List.of(BioOperation.READ, BioOperation.WRITE)) {
      SimulatedMachine machine = new SimulatedMachine(1);
      long service = 1_000_000;
      HeldDriver driver = new HeldDriver(1 << 20, QueueLimits.DEFAULT.withQueueDepth(1));
      RequestQueue queue = new RequestQueue(machine, "sda", driver, factory());
      machine.run(() -> {
        queue.settings().get("nr_requests").set(512);
        long[] served = {-1};
        stream(queue, 200_000);
        queue.submit(
            new Bio(operation, 0, 8, bio -> served[0] = machine.nanoTime())
                .add(Buffers.sectors(8)));
        long sector = 210_000;
        while (served[0] < 0 && machine.nanoTime() <= 4 * bound.getAsLong()) {
          sector = sector > 1_000_000 ? 200_000 : sector + 32;
          stream(queue, sector);
          stream(queue, sector + 16);
          machine.sleep(2 * service);
          driver.release();
          driver.release();
        }
        assertThat(served[0]).isBetween(0L, bound.getAsLong() + 64 * service);
        driver.releaseAll();
      });
    }
  }

  private static void stream(RequestQueue queue, long sector) {
    queue.submit(new Bio(BioOperation.READ, 0, sector, bio -> {}).add(Buffers.sectors(8)));
  }
}
