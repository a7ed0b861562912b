package dev.sekiso.blockdev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The layer without a queue. */
class DirectQueueTest {

  private final SimulatedMachine machine = new SimulatedMachine(1);

  private static Bio read(long sector, long sectors, List<Bio> ended) {
    return new Bio(BioOperation.READ, 0, sector, ended::add).add(Buffers.sectors(sectors));
  }

  @Test
  void bios_areNotMergedNorHeldBack_butSplit() {
    HeldDriver driver = new HeldDriver(1000, QueueLimits.DEFAULT.withMaxSectors(8));
    DirectQueue queue = new DirectQueue(machine, "sda", driver);
    machine.run(() -> {
      List<Bio> ended = new ArrayList<>();
      try (Plug _ = queue.plug()) {
        queue.submit(read(0, 12, ended));
        queue.submit(read(12, 4, ended));
        assertThat(driver.takeIssued()).containsExactly("R 0+8", "R 8+4", "R 12+4");
      }
      driver.fail(Errno.EIO);
      driver.releaseAll();
      assertThat(ended).extracting(Bio::status).containsExactly(Errno.EIO, null);
      assertThat(queue.counters().readRequests()).isEqualTo(3);
    });
  }

  @Test
  void depth_isKept_whoeverSubmits() throws Exception {
    HeldDriver driver = new HeldDriver(10_000, QueueLimits.DEFAULT.withQueueDepth(3));
    DirectQueue queue = new DirectQueue(machine, "sda", driver);
    machine.run(() -> {
      List<Bio> ended = new ArrayList<>();
      machine.schedule(
          "interrupt",
          1,
          () -> {
            for (int i = 0; i < 10; i++) {
              queue.submit(read(i * 8, 8, ended));
            }
          });
      List<Task> tasks = new ArrayList<>();
      for (int t = 0; t < 10; t++) {
        tasks.add(
            machine.spawn(
                "reader",
                TaskKind.USER,
                () -> {
                  try {
                    new BlockIo(machine, queue).read(0, Buffers.sectors(1));
                  } catch (ErrnoException e) {
                    throw new AssertionError(e);
                  }
                }));
      }
      machine.sleep(5);
      Bio impatient =
          new Bio(BioOperation.READ, Bio.NO_WAIT, 0, done -> {}).add(Buffers.sectors(1));
      queue.submit(impatient);
      assertThat(impatient.status()).isEqualTo(Errno.EAGAIN);
      while (ended.size() < 10 || tasks.stream().anyMatch(Task::isAlive)) {
        driver.releaseAll();
        machine.sleep(5);
      }
      assertThat(driver.most()).isEqualTo(3);
      queue.close();
      Bio late = read(0, 1, new ArrayList<>());
      queue.submit(late);
      assertThat(late.status()).isEqualTo(Errno.ENODEV);
    });
  }

  @Test
  void completionThatResubmits_doesNotRecurse() {
    DirectQueue queue =
        new DirectQueue(
            machine,
            "sda",
            new LambdaDriver(
                100,
                QueueLimits.DEFAULT.withWriteCache(true, false),
                false,
                request -> request.complete(null)));
    machine.run(() -> {
      MemorySegment memory = Buffers.sectors(1);
      AtomicInteger left = new AtomicInteger(300_000);
      Bio.Completion next =
          new Bio.Completion() {
            @Override
            public void completed(Bio bio) {
              if (left.decrementAndGet() > 0) {
                queue.submit(
                    new Bio(BioOperation.WRITE, Bio.PREFLUSH | Bio.FORCE_UNIT_ACCESS, 0, this)
                        .add(memory));
              }
            }
          };
      queue.submit(new Bio(BioOperation.WRITE, 0, 0, next).add(memory));
      assertThat(left).hasValue(0);
      assertThat(queue.counters().flushRequests()).isEqualTo(2 * 299_999);
    });
  }

  @Test
  void driverThatThrows_failsTheBioWithTheCause() {
    RuntimeException cause = new IllegalStateException("short circuit");
    DirectQueue queue =
        new DirectQueue(
            machine,
            "sda",
            new LambdaDriver(
                100,
                QueueLimits.DEFAULT,
                false,
                request -> {
                  throw cause;
                }));
    machine.run(() -> {
      List<Bio> ended = new ArrayList<>();
      queue.submit(read(0, 1, ended));
      assertThat(ended.getFirst().failure()).hasRootCause(cause);
      assertThat(queue.counters().inFlight()).isZero();
    });
  }
}
