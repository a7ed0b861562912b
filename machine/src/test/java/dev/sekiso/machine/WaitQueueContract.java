package dev.sekiso.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What every {@link WaitQueue} promises. */
abstract class WaitQueueContract extends MachineContractPart {

  @Test
  void await_conditionHolds_returnsAtOnceWithoutBeforeSleep() throws Throwable {
    run(() -> {
      AtomicInteger sleeps = new AtomicInteger();
      AtomicInteger checks = new AtomicInteger();
      machine().currentTask().setBeforeSleep(sleeps::incrementAndGet);
      machine().newWaitQueue("q").await(() -> checks.incrementAndGet() > 0);
      assertThat(checks).hasValue(1);
      assertThat(sleeps).hasValue(0);
    });
  }

  @Test
  void await_conditionBecomesTrue_returns() throws Throwable {
    run(() -> {
      WaitQueue queue = machine().newWaitQueue("q");
      AtomicBoolean ready = new AtomicBoolean();
      AtomicBoolean returned = new AtomicBoolean();
      Task waiter =
          spawnWaiting(
              "waiter",
              () -> {
                queue.await("readiness", ready::get);
                returned.set(true);
              });
      assertThat(queue.hasWaiters()).isTrue();
      queue.wakeAll();
      machine().sleep(MILLISECOND);
      assertThat(returned).isFalse();
      ready.set(true);
      queue.wakeAll();
      waiter.join();
      assertThat(returned).isTrue();
      assertThat(queue.hasWaiters()).isFalse();
    });
  }

  @Test
  void awaitWithTimeout_conditionStaysFalse_returnsFalseNotBeforeTheTimeout() throws Throwable {
    run(() -> {
      WaitQueue queue = machine().newWaitQueue("q");
      long start = machine().nanoTime();
      assertThat(queue.await("never", () -> false, 2 * MILLISECOND)).isFalse();
      assertThat(machine().nanoTime() - start).isGreaterThanOrEqualTo(2 * MILLISECOND);
      assertThat(queue.hasWaiters()).isFalse();
    });
  }

  @Test
  void awaitWithTimeout_noTimeLeft_checksOnce() throws Throwable {
    run(() -> {
      WaitQueue queue = machine().newWaitQueue("q");
      assertThat(queue.await("never", () -> false, 0)).isFalse();
      assertThat(queue.await("never", () -> false, -1)).isFalse();
      assertThat(queue.await("ever", () -> true, 0)).isTrue();
    });
  }

  @Test
  void awaitWithTimeout_wokenInTime_returnsTrue() throws Throwable {
    run(() -> {
      WaitQueue queue = machine().newWaitQueue("q");
      AtomicBoolean ready = new AtomicBoolean();
      machine()
          .schedule(
              "ready",
              MILLISECOND,
              () -> {
                ready.set(true);
                queue.wakeAll();
              });
      assertThat(queue.await("readiness", ready::get, 60_000 * MILLISECOND)).isTrue();
    });
  }

  @Test
  void awaitWithTimeout_wokenInVain_waitsOn() throws Throwable {
    run(() -> {
      WaitQueue queue = machine().newWaitQueue("q");
      machine().schedule("vain", MILLISECOND, queue::wakeAll);
      machine().schedule("vain", MILLISECOND, queue::wakeOne);
      long start = machine().nanoTime();
      assertThat(queue.await("never", () -> false, 4 * MILLISECOND)).isFalse();
      assertThat(machine().nanoTime() - start).isGreaterThanOrEqualTo(4 * MILLISECOND);
    });
  }

  @Test
  void wakeOne_severalWait_wakesInOrderOfArrival() throws Throwable {
    run(() -> {
      WaitQueue queue = machine().newWaitQueue("q");
      AtomicInteger permits = new AtomicInteger();
      List<Integer> order = Collections.synchronizedList(new ArrayList<>());
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        int number = i;
        tasks.add(
            spawnWaiting(
                "waiter " + i,
                () -> {
                  queue.await("a permit", () -> takeOne(permits));
                  order.add(number);
                }));
      }
      for (Task task : tasks) {
        permits.incrementAndGet();
        queue.wakeOne();
        task.join();
      }
      assertThat(order).containsExactly(0, 1, 2, 3, 4);
    });
  }

  private static boolean takeOne(AtomicInteger permits) {
    int count = permits.get();
    while (count > 0) {
      int witness = permits.compareAndExchange(count, count - 1);
      if (witness == count) {
        return true;
      }
      count = witness;
    }
    return false;
  }

  @Test
  void wakeOne_hammered_losesNoWakeUp() throws Throwable {
    int consumers = 8;
    int producers = 4;
    int perConsumer = 500;
    run(() -> {
      WaitQueue queue = machine().newWaitQueue("permits");
      AtomicInteger permits = new AtomicInteger();
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < consumers; i++) {
        boolean impatient = i % 2 == 0;
        tasks.add(
            spawn(
                "consumer " + i,
                () -> {
                  for (int n = 0; n < perConsumer; n++) {
                    if (impatient) {
                      while (!queue.await("a permit", () -> takeOne(permits), 20_000)) {
                        machine().yieldProcessor();
                      }
                    } else {
                      queue.await("a permit", () -> takeOne(permits));
                    }
                  }
                }));
      }
      for (int i = 0; i < producers; i++) {
        tasks.add(
            spawn(
                "producer " + i,
                () -> {
                  for (int n = 0; n < consumers * perConsumer / producers; n++) {
                    permits.incrementAndGet();
                    queue.wakeOne();
                    if (n % 7 == 0) {
                      machine().sleep(1000);
                    }
                  }
                }));
      }
      tasks.forEach(Task::join);
      assertThat(permits).hasValue(0);
      assertThat(queue.hasWaiters()).isFalse();
    });
  }

  @Test
  void wakeAll_hammered_losesNoWakeUp() throws Throwable {
    run(() -> {
      WaitQueue queue = machine().newWaitQueue("turn");
      AtomicInteger turn = new AtomicInteger();
      int players = 6;
      int rounds = 300;
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < players; i++) {
        int me = i;
        tasks.add(
            spawn(
                "player " + i,
                () -> {
                  for (int n = 0; n < rounds; n++) {
                    queue.await("my turn", () -> turn.get() % players == me);
                    turn.incrementAndGet();
                    queue.wakeAll();
                  }
                }));
      }
      tasks.forEach(Task::join);
      assertThat(turn).hasValue(players * rounds);
    });
  }

  @Test
  void await_conditionThrows_leavesTheQueue() throws Throwable {
    run(() -> {
      WaitQueue queue = machine().newWaitQueue("q");
      AtomicInteger checks = new AtomicInteger();
      Task waiter =
          spawnWaiting(
              "waiter",
              () ->
                  assertThatIllegalArgumentException()
                      .isThrownBy(() ->
                          queue.await(
                              "trouble",
                              () -> {
                                if (checks.get() == 1) {
                                  throw new IllegalArgumentException("trouble");
                                }
                                return false;
                              })));
      checks.set(1);
      queue.wakeOne();
      waiter.join();
      assertThat(queue.hasWaiters()).isFalse();
    });
  }
}
