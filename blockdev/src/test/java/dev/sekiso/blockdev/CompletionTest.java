package dev.sekiso.blockdev;

import static dev.sekiso.blockdev.QueueBench.NONE;
import static dev.sekiso.blockdev.QueueBench.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

/** How bios end, and what their ends may do. */
class CompletionTest {

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
  void listenerOfCongestionThatThrows_losesNoCompletionAndNoTag() {
    with(
        QueueLimits.DEFAULT.withQueueDepth(4),
        NONE,
        bench -> {
          bench.queue.whenDecongested(() -> {
            throw new IllegalStateException("oops");
          });
          for (int i = 0; i < 4; i++) {
            bench.read(i * 16, 8);
          }
          Task waiter = bench.machine.spawn("waiter", TaskKind.USER, () -> bench.read(1000, 8));
          bench.machine.sleep(1);
          int thrown = 0;
          while (bench.driver.held() > 0) {
            try {
              bench.driver.release();
            } catch (IllegalStateException e) {
              thrown++;
            }
            bench.machine.sleep(1);
          }
          waiter.join();
          assertThat(thrown).isPositive();
          assertThat(bench.ended).hasSize(5);
          assertThat(bench.queue.counters().inFlight()).isZero();
        });
  }
}
