package dev.sekiso.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What every {@link Timer} promises. */
abstract class TimerContract extends MachineContractPart {

  @Test
  void timer_delayOver_runsInInterruptContext() throws Throwable {
    run(() -> {
      WaitQueue queue = machine().newWaitQueue("q");
      SleepingLock lock = machine().newLock("lock");
      Task task = machine().currentTask();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      AtomicBoolean done = new AtomicBoolean();
      long start = machine().nanoTime();
      machine()
          .schedule(
              "timer",
              3 * MILLISECOND,
              () -> {
                try {
                  assertThat(machine().inInterrupt()).isTrue();
                  assertThat(machine().currentTask().id()).isZero();
                  assertThat(machine().nanoTime() - start).isGreaterThanOrEqualTo(3 * MILLISECOND);
                  assertThat(TaskContext.current()).isEqualTo(TaskContext.ROOT);
                  assertThatIllegalStateException().isThrownBy(lock::lock);
                  assertThatIllegalStateException().isThrownBy(lock::tryLock);
                  assertThatIllegalStateException().isThrownBy(() -> machine().sleep(1));
                  assertThatIllegalStateException().isThrownBy(machine()::yieldProcessor);
                  assertThatIllegalStateException()
                      .isThrownBy(() -> queue.await(() -> false))
                      .withMessageContaining("interrupt");
                  assertThatIllegalStateException()
                      .isThrownBy(() -> machine().currentTask().setBeforeSleep(() -> {}));
                  assertThatIllegalStateException().isThrownBy(task::join);
                  machine().spendProcessorTime(5);
                } catch (Throwable t) {
                  failure.set(t);
                }
                done.set(true);
                queue.wakeAll();
              });
      TaskContext.ROOT
          .withCredentials(Credentials.of(1000, 1000))
          .run(() -> queue.await(done::get));
      assertThat(machine().inInterrupt()).isFalse();
      if (failure.get() != null) {
        throw failure.get();
      }
    });
  }

  private record Due(long earliest, long latest) {}

  @Test
  void timers_differentTimes_runInOrderOfTime() throws Throwable {
    run(() -> {
      WaitQueue queue = machine().newWaitQueue("q");
      Due[] due = new Due[20];
      List<Integer> order = Collections.synchronizedList(new ArrayList<>());
      AtomicInteger early = new AtomicInteger();
      for (int i = 0; i < due.length; i++) {
        int number = i;
        long delay = 5 * MILLISECOND + i * 7 % due.length * (MILLISECOND / 4);
        long before = machine().nanoTime();
        machine()
            .schedule(
                "timer " + i,
                delay,
                () -> {
                  if (machine().nanoTime() < before + delay) {
                    early.incrementAndGet();
                  }
                  order.add(number);
                  queue.wakeAll();
                });
        due[i] = new Due(before + delay, machine().nanoTime() + delay);
      }
      queue.await(() -> order.size() == due.length);
      assertThat(early).hasValue(0);
      for (int i = 1; i < due.length; i++) {
        assertThat(due[order.get(i - 1)].earliest).isLessThanOrEqualTo(due[order.get(i)].latest);
      }
    });
  }

  @Test
  void timer_cancelled_neverRuns() throws Throwable {
    run(() -> {
      AtomicInteger runs = new AtomicInteger();
      AtomicBoolean over = new AtomicBoolean();
      WaitQueue queue = machine().newWaitQueue("q");
      Timer cancelled = machine().schedule("no", 500 * MILLISECOND, runs::incrementAndGet);
      assertThat(cancelled.cancel()).isTrue();
      assertThat(cancelled.cancel()).isFalse();
      Timer kept =
          machine()
              .schedule(
                  "yes",
                  510 * MILLISECOND,
                  () -> {
                    over.set(true);
                    queue.wakeAll();
                  });
      queue.await(over::get);
      assertThat(kept.cancel()).isFalse();
      assertThat(runs).hasValue(0);
    });
  }

  @Test
  void timer_noDelay_runsButNotInsideSchedule() throws Throwable {
    run(() -> {
      WaitQueue queue = machine().newWaitQueue("q");
      AtomicInteger runs = new AtomicInteger();
      Task self = machine().currentTask();
      AtomicBoolean inside = new AtomicBoolean();
      Runnable action =
          () -> {
            inside.compareAndSet(false, self.equals(machine().currentTask()));
            runs.incrementAndGet();
            queue.wakeAll();
          };
      machine().schedule("now", 0, action);
      machine().schedule("past", -5, action);
      queue.await(() -> runs.get() == 2);
      assertThat(inside).isFalse();
    });
  }
}
