package dev.sekiso.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SystemMachineTest {

  private static void untilItWaits(Thread thread) {
    while (thread.getState() != Thread.State.WAITING
        && thread.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
  }

  private static void untilItWaits(Task task) {
    untilItWaits(((SystemTask) task).thread());
  }

  @Test
  void currentTask_foreignThread_isAdoptedOnce() throws InterruptedException {
    try (SystemMachine machine = new SystemMachine()) {
      Task mine = machine.currentTask();
      assertThat(machine.currentTask()).isSameAs(mine);
      assertThat(mine.name()).isEqualTo(Thread.currentThread().getName());
      assertThat(mine.kind()).isEqualTo(TaskKind.USER);
      assertThat(mine.isAlive()).isTrue();
      assertThatIllegalStateException().isThrownBy(mine::join).withMessageContaining("Thread.join");
      AtomicReference<Task> other = new AtomicReference<>();
      Thread.ofPlatform().name("").start(() -> other.set(machine.currentTask())).join();
      assertThat(other.get()).isNotSameAs(mine);
      assertThat(other.get().name()).startsWith("thread-");
      assertThat(other.get().isAlive()).isFalse();
    }
  }

  @Test
  void report_tasksThatWait_namesPlaceSubjectHolderAndStack() {
    try (SystemMachine machine = new SystemMachine()) {
      WaitQueue queue = machine.newWaitQueue("letters");
      SleepingLock lock = machine.newLock("door");
      SleepingReadWriteLock shared = machine.newReadWriteLock("room");
      AtomicBoolean ready = new AtomicBoolean();
      lock.lock();
      shared.writeLock().lock();
      List<Task> tasks =
          List.of(
              machine.spawn("reader", TaskKind.USER, () -> queue.await("a letter", ready::get)),
              machine.spawn("guest", TaskKind.USER, () -> lockAndUnlock(lock)),
              machine.spawn("friend", TaskKind.USER, () -> lockAndUnlock(shared.readLock())),
              machine.spawn("sleeper", TaskKind.DAEMON, () -> machine.sleep(3_600_000_000_000L)));
      tasks.forEach(SystemMachineTest::untilItWaits);
      String me = machine.currentTask().toString();
      assertThat(machine.report())
          .contains("user task 'reader'", "waits in wait queue 'letters' for a letter")
          .contains("waits for lock 'door' held by " + me)
          .contains("waits for read-write lock 'room' held for writing by " + me)
          .contains("daemon 'sleeper'", "waits for time to pass")
          .contains("thread " + me + " does not wait")
          .contains("at dev.sekiso.machine.SystemMachineTest.lockAndUnlock");
      ready.set(true);
      queue.wakeAll();
      lock.unlock();
      shared.writeLock().unlock();
      tasks.subList(0, 3).forEach(Task::join);
      assertThat(machine.report()).doesNotContain("reader", "letters", "door");
    }
  }

  private static void lockAndUnlock(SleepingLock lock) {
    lock.lock();
    lock.unlock();
  }

  @Test
  void wait_threadInterrupted_goesOnAndKeepsTheStatus() throws InterruptedException {
    try (SystemMachine machine = new SystemMachine()) {
      WaitQueue queue = machine.newWaitQueue("q");
      SleepingLock lock = machine.newLock("lock");
      AtomicBoolean ready = new AtomicBoolean();
      AtomicReference<Object> outcome = new AtomicReference<>();
      lock.lock();
      Thread thread =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  queue.await(ready::get);
                  machine.sleep(1_000_000);
                  lock.lock();
                  lock.unlock();
                  outcome.set(Thread.currentThread().isInterrupted());
                } catch (Throwable t) {
                  outcome.set(t);
                }
              });
      untilItWaits(thread);
      thread.interrupt();
      ready.set(true);
      queue.wakeAll();
      lock.unlock();
      thread.join();
      assertThat(outcome).hasValue(true);
    }
  }

  @Test
  @Timeout(60)
  void coarseRealTimeNanos_whileSomebodyAsks_movesOn() {
    try (SystemMachine machine = new SystemMachine()) {
      long before = machine.realTimeNanos();
      long first = machine.coarseRealTimeNanos();
      assertThat(first).isBetween(before, machine.realTimeNanos());
      while (machine.coarseRealTimeNanos() == first) {
        Thread.onSpinWait();
      }
      assertThat(machine.coarseRealTimeNanos()).isBetween(first, machine.realTimeNanos());
    }
  }

  @Test
  @Timeout(60)
  void coarseRealTimeNanos_nobodyAsks_stopsTicking() {
    SystemMachine machine = new SystemMachine();
    long first = machine.coarseRealTimeNanos();
    while (machine.coarseClock().ticks()) {
      Thread.onSpinWait();
    }
    long before = machine.realTimeNanos();
    assertThat(machine.coarseRealTimeNanos()).isGreaterThanOrEqualTo(before).isGreaterThan(first);
    machine.close();
    assertThat(machine.coarseClock().ticks()).isFalse();
    assertThat(machine.coarseRealTimeNanos()).isGreaterThanOrEqualTo(before);
    assertThat(machine.coarseClock().ticks()).isFalse();
  }

  @Test
  void close_daemonsWait_endsThemWithoutInterrupting() {
    List<String> story = Collections.synchronizedList(new ArrayList<>());
    SystemMachine machine = new SystemMachine();
    WaitQueue queue = machine.newWaitQueue("work");
    for (int i = 0; i < 3; i++) {
      untilItWaits(
          machine.spawn(
              "daemon",
              TaskKind.DAEMON,
              () -> {
                try {
                  queue.await(() -> false);
                } finally {
                  story.add("interrupted: " + Thread.currentThread().isInterrupted());
                }
              }));
    }
    machine.schedule("late", Duration.ofHours(1).toNanos(), () -> story.add("late"));
    machine.close();
    machine.close();
    assertThat(story)
        .containsExactly("interrupted: false", "interrupted: false", "interrupted: false");
    assertThat(queue.hasWaiters()).isFalse();
    assertThat(machine.powered()).isTrue();
    for (Runnable call :
        List.<Runnable>of(
            () -> machine.sleep(1),
            () -> queue.await(() -> false),
            queue::wakeAll,
            () -> machine.spawn("late", TaskKind.USER, () -> {}),
            () -> machine.schedule("late", 1, () -> {}))) {
      assertThatIllegalStateException().isThrownBy(call::run).withMessageContaining("closed");
    }
    machine.cutPower();
    assertThat(machine.powered()).isTrue();
  }

  @Test
  void close_foreignThreadWaits_tellsIt() throws InterruptedException {
    SystemMachine machine = new SystemMachine();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread thread =
        Thread.ofPlatform()
            .start(() -> {
              try {
                machine.newWaitQueue("q").await(() -> false);
              } catch (Throwable t) {
                thrown.set(t);
              }
            });
    untilItWaits(thread);
    machine.close();
    thread.join();
    assertThat(thrown.get()).isInstanceOf(IllegalStateException.class).hasMessageContaining("clos");
  }

  @Test
  void close_byATaskOfItsOwn_waitsForTheOthersOnly() throws InterruptedException {
    SystemMachine machine = new SystemMachine();
    CountDownLatch closed = new CountDownLatch(1);
    machine.spawn(
        "closer",
        TaskKind.USER,
        () -> {
          machine.close();
          closed.countDown();
        });
    closed.await();
  }

  @Test
  void close_taskFailedUnasked_throws() {
    SystemMachine machine = new SystemMachine();
    IllegalArgumentException trouble = new IllegalArgumentException("trouble");
    Task asked =
        machine.spawn(
            "asked",
            TaskKind.USER,
            () -> {
              throw new IllegalArgumentException("known");
            });
    assertThatThrownBy(asked::join).hasMessageContaining("known");
    machine.spawn(
        "unlucky",
        TaskKind.USER,
        () -> {
          throw trouble;
        });
    assertThatExceptionOfType(TaskFailedException.class)
        .isThrownBy(machine::close)
        .withMessageContaining("unlucky")
        .withCause(trouble)
        .satisfies(exception -> assertThat(exception.getSuppressed()).isEmpty());
  }

  @Test
  void daemonAndTimer_fail_tellTheUncaughtExceptionHandlerAndClose() throws InterruptedException {
    List<String> told = Collections.synchronizedList(new ArrayList<>());
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> told.add(thrown.getMessage()));
    SystemMachine machine = new SystemMachine();
    try {
      CountDownLatch later = new CountDownLatch(1);
      machine.schedule(
          "completion",
          0,
          () -> {
            throw new IllegalStateException("timer trouble");
          });
      machine.schedule("next", 1_000, later::countDown);
      later.await();
      Task daemon =
          machine.spawn(
              "flusher",
              TaskKind.DAEMON,
              () -> {
                throw new IllegalStateException("daemon trouble");
              });
      while (daemon.isAlive()) {
        Thread.onSpinWait();
      }
    } finally {
      assertThatExceptionOfType(TaskFailedException.class)
          .isThrownBy(machine::close)
          .withMessageContaining("completion")
          .satisfies(thrown ->
              assertThat(thrown.getSuppressed()).singleElement().asString().contains("flusher"));
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
    assertThat(told).hasSize(2);
    assertThat(told.get(0)).contains("completion").contains("timer trouble");
    assertThat(told.get(1)).contains("flusher").contains("daemon trouble");
  }

  @Test
  void timers_manyAndCancelledAtRandom_runExactlyTheOthers() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    try (SystemMachine machine = new SystemMachine()) {
      AtomicInteger ran = new AtomicInteger();
      int cancelled = 0;
      List<Timer> timers = new ArrayList<>();
      for (int i = 0; i < 5_000; i++) {
        timers.add(machine.schedule("timer", random.nextInt(20_000_000), ran::incrementAndGet));
        if (random.nextInt(3) == 0) {
          cancelled += timers.get(random.nextInt(timers.size())).cancel() ? 1 : 0;
        }
      }
      WaitQueue end = machine.newWaitQueue("end");
      machine.schedule("end", 40_000_000, end::wakeAll);
      int expected = 5_000 - cancelled;
      end.await("timers", () -> ran.get() == expected, Duration.ofSeconds(20).toNanos());
      assertThat(ran).as("seed " + seed).hasValue(expected);
    }
  }

  @ParameterizedTest(name = "round {0}")
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void cutPower_inTheMiddleOfEverything_endsEveryTask(int round) throws InterruptedException {
    SystemMachine machine = new SystemMachine();
    SleepingLock lock = machine.newLock("lock");
    SleepingReadWriteLock readWriteLock = machine.newReadWriteLock("rw");
    WaitQueue queue = machine.newWaitQueue("q");
    AtomicInteger turn = new AtomicInteger();
    AtomicInteger ended = new AtomicInteger();
    int tasks = 24;
    for (int i = 0; i < tasks; i++) {
      int number = i;
      machine.spawn(
          "task " + i,
          i % 2 == 0 ? TaskKind.USER : TaskKind.DAEMON,
          () -> {
            try {
              while (true) {
                lock.lock();
                try {
                  turn.incrementAndGet();
                  queue.wakeOne();
                } finally {
                  lock.unlock();
                }
                if (number % 3 == 0) {
                  readWriteLock.writeLock().lock();
                  readWriteLock.downgrade();
                } else {
                  readWriteLock.readLock().lock();
                }
                readWriteLock.readLock().unlock();
                int seen = turn.get();
                queue.await("progress", () -> turn.get() != seen, 100_000);
                machine.schedule("wake", 1_000, queue::wakeAll);
              }
            } finally {
              ended.incrementAndGet();
            }
          });
    }
    Thread.sleep(Duration.ofMillis(5 + 3 * round));
    machine.cutPower();
    machine.close();
    assertThat(ended).hasValue(tasks);
    assertThat(turn.get()).isPositive();
    assertThatThrownBy(() -> machine.sleep(1)).isInstanceOf(PowerCut.class);
  }

  @Test
  void tracer_machineTracepoints_tellOfTasksAndTimers() {
    RecordingTracer tracer = RecordingTracer.unbounded("sched", "timer");
    try (SystemMachine machine = new SystemMachine(tracer)) {
      assertThat(machine.tracer()).isSameAs(tracer);
      WaitQueue queue = machine.newWaitQueue("q");
      AtomicBoolean ready = new AtomicBoolean();
      Task task = machine.spawn("waiter", TaskKind.USER, () -> queue.await(ready::get));
      untilItWaits(task);
      machine.schedule(
          "ready",
          1_000,
          () -> {
            ready.set(true);
            queue.wakeAll();
          });
      machine.schedule("never", Long.MAX_VALUE, () -> {}).cancel();
      task.join();
    }
    assertThat(tracer.text())
        .contains("child_comm=waiter")
        .contains("sched:sched_switch: prev_comm=waiter")
        .contains("<idle>-0 ")
        .contains("timer:timer_expire_entry: function=ready")
        .contains("sched:sched_wakeup: comm=waiter")
        .contains("timer:timer_cancel: function=never")
        .contains("sched:sched_process_exit: comm=waiter");
    List<Long> times = tracer.events().stream().map(TraceEvent::nanoTime).toList();
    assertThat(times).isSorted();
  }
}
