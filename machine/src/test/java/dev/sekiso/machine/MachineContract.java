package dev.sekiso.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What every {@link Machine} promises. A subclass says how to run a program on one. */
public abstract class MachineContract {

  private static final long MILLISECOND = 1_000_000;

  /** A program that runs as a task. */
  @FunctionalInterface
  public interface Program {
    void run() throws Throwable;
  }

  /** The machine under test: one per test. */
  protected abstract Machine machine();

  /** Runs the program as a task of the machine. */
  protected abstract void run(Program program) throws Throwable;

  /** Cuts the machine's power. */
  protected abstract void cutPower();

  /** Called by a task: returns when the other one waits. */
  protected abstract void untilItWaits(Task task);

  /** Called after {@link #run}: returns when all tasks have ended, however the run went. */
  protected abstract void untilAllHaveEnded();

  private Task spawn(String name, Runnable body) {
    return machine().spawn(name, TaskKind.USER, body);
  }

  private Task spawnWaiting(String name, Runnable body) {
    Task task = spawn(name, body);
    untilItWaits(task);
    return task;
  }

  // --------------------------------------------------------------------------------- wait queues

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

  // ---------------------------------------------------------------------------------------- locks

  @Test
  void lock_manyTasks_excludesThem() throws Throwable {
    run(() -> {
      SleepingLock lock = machine().newLock("lock");
      int[] plain = new int[1];
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        tasks.add(
            spawn(
                "task " + i,
                () -> {
                  for (int n = 0; n < 200; n++) {
                    lock.lock();
                    try {
                      int seen = plain[0];
                      if (n % 10 == 0) {
                        machine().yieldProcessor();
                      }
                      plain[0] = seen + 1;
                    } finally {
                      lock.unlock();
                    }
                  }
                }));
      }
      tasks.forEach(Task::join);
      lock.lock();
      assertThat(plain[0]).isEqualTo(1600);
      lock.unlock();
    });
  }

  @Test
  void lock_severalWait_servesInOrderOfArrival() throws Throwable {
    run(() -> {
      SleepingLock lock = machine().newLock("lock");
      List<Integer> order = Collections.synchronizedList(new ArrayList<>());
      List<Task> tasks = new ArrayList<>();
      lock.lock();
      for (int i = 0; i < 6; i++) {
        int number = i;
        tasks.add(
            spawnWaiting(
                "task " + i,
                () -> {
                  lock.lock();
                  order.add(number);
                  machine().yieldProcessor();
                  lock.unlock();
                }));
      }
      assertThat(lock.tryLock()).isFalse();
      lock.unlock();
      tasks.forEach(Task::join);
      assertThat(order).containsExactly(0, 1, 2, 3, 4, 5);
    });
  }

  @Test
  void lock_misused_throws() throws Throwable {
    run(() -> {
      SleepingLock lock = machine().newLock("inode 12");
      assertThat(lock.name()).isEqualTo("inode 12");
      assertThatExceptionOfType(IllegalMonitorStateException.class)
          .isThrownBy(lock::unlock)
          .withMessageContaining("inode 12");
      lock.lock();
      assertThat(lock.isHeldByCurrentTask()).isTrue();
      assertThat(lock.tryLock()).isFalse();
      assertThatIllegalStateException().isThrownBy(lock::lock).withMessageContaining("inode 12");
      spawn(
              "other",
              () -> {
                assertThat(lock.isHeldByCurrentTask()).isFalse();
                assertThat(lock.tryLock()).isFalse();
                assertThatExceptionOfType(IllegalMonitorStateException.class)
                    .isThrownBy(lock::unlock);
              })
          .join();
      lock.unlock();
      assertThat(lock.isHeldByCurrentTask()).isFalse();
      assertThat(lock.tryLock()).isTrue();
      lock.unlock();
    });
  }

  @Test
  void readWriteLock_readersShare_writersExclude() throws Throwable {
    run(() -> {
      SleepingReadWriteLock lock = machine().newReadWriteLock("lock");
      AtomicInteger readers = new AtomicInteger();
      AtomicInteger mostReaders = new AtomicInteger();
      AtomicInteger writers = new AtomicInteger();
      AtomicInteger trouble = new AtomicInteger();
      List<Task> tasks = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        boolean writes = i % 4 == 0;
        tasks.add(
            spawn(
                "task " + i,
                () -> {
                  for (int n = 0; n < 100; n++) {
                    if (writes) {
                      lock.writeLock().lock();
                      if (writers.incrementAndGet() != 1 || readers.get() != 0) {
                        trouble.incrementAndGet();
                      }
                      machine().yieldProcessor();
                      writers.decrementAndGet();
                      lock.writeLock().unlock();
                    } else {
                      lock.readLock().lock();
                      mostReaders.accumulateAndGet(readers.incrementAndGet(), Math::max);
                      if (writers.get() != 0) {
                        trouble.incrementAndGet();
                      }
                      machine().sleep(10_000);
                      readers.decrementAndGet();
                      lock.readLock().unlock();
                    }
                  }
                }));
      }
      tasks.forEach(Task::join);
      assertThat(trouble).hasValue(0);
      assertThat(mostReaders.get()).isGreaterThan(1);
    });
  }

  @Test
  void readWriteLock_writerWaits_holdsBackLaterReaders() throws Throwable {
    run(() -> {
      SleepingReadWriteLock lock = machine().newReadWriteLock("lock");
      List<String> order = Collections.synchronizedList(new ArrayList<>());
      lock.readLock().lock();
      Task writer =
          spawnWaiting(
              "writer",
              () -> {
                lock.writeLock().lock();
                order.add("writer");
                machine().yieldProcessor();
                lock.writeLock().unlock();
              });
      Task reader =
          spawnWaiting(
              "reader",
              () -> {
                lock.readLock().lock();
                order.add("reader");
                lock.readLock().unlock();
              });
      spawn("hasty", () -> assertThat(lock.readLock().tryLock()).isFalse()).join();
      assertThat(order).isEmpty();
      lock.readLock().unlock();
      writer.join();
      reader.join();
      assertThat(order).containsExactly("writer", "reader");
    });
  }

  @Test
  void downgrade_readersAndWritersWait_admitsTheReadersAhead() throws Throwable {
    run(() -> {
      SleepingReadWriteLock lock = machine().newReadWriteLock("lock");
      lock.writeLock().lock();
      Runnable read =
          () -> {
            lock.readLock().lock();
            lock.readLock().unlock();
          };
      Task first = spawnWaiting("reader 1", read);
      Task second = spawnWaiting("reader 2", read);
      Task writer =
          spawnWaiting(
              "writer",
              () -> {
                lock.writeLock().lock();
                lock.writeLock().unlock();
              });
      lock.downgrade();
      first.join();
      second.join();
      assertThat(writer.isAlive()).isTrue();
      assertThat(lock.readLock().isHeldByCurrentTask()).isTrue();
      assertThat(lock.writeLock().isHeldByCurrentTask()).isFalse();
      lock.readLock().unlock();
      writer.join();
    });
  }

  @Test
  void readWriteLock_misused_throws() throws Throwable {
    run(() -> {
      SleepingReadWriteLock lock = machine().newReadWriteLock("mapping 3");
      for (Program misuse :
          List.<Program>of(lock.readLock()::unlock, lock.writeLock()::unlock, lock::downgrade)) {
        assertThatThrownBy(misuse::run)
            .isInstanceOf(IllegalMonitorStateException.class)
            .hasMessageContaining("mapping 3");
      }
      lock.readLock().lock();
      assertThatIllegalStateException().isThrownBy(lock.readLock()::lock);
      assertThatIllegalStateException().isThrownBy(lock.writeLock()::lock);
      assertThatThrownBy(lock.writeLock()::unlock).isInstanceOf(IllegalMonitorStateException.class);
      lock.readLock().unlock();
      assertThat(lock.writeLock().tryLock()).isTrue();
      assertThat(lock.writeLock().isHeldByCurrentTask()).isTrue();
      assertThatIllegalStateException().isThrownBy(lock.readLock()::lock);
      lock.writeLock().unlock();
    });
  }

  // --------------------------------------------------------------------------------------- timers

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

  // ---------------------------------------------------------------------------------------- tasks

  @Test
  void spawn_tasks_haveRisingIdsTheirNamesAndKinds() throws Throwable {
    run(() -> {
      List<Task> seen = Collections.synchronizedList(new ArrayList<>());
      Task first = spawn("first", () -> seen.add(machine().currentTask()));
      first.join();
      Task second =
          machine().spawn("second", TaskKind.DAEMON, () -> seen.add(machine().currentTask()));
      second.join();
      assertThat(seen).containsExactly(first, second);
      assertThat(first.name()).isEqualTo("first");
      assertThat(first.kind()).isEqualTo(TaskKind.USER);
      assertThat(second.kind()).isEqualTo(TaskKind.DAEMON);
      assertThat(machine().currentTask().id()).isPositive().isLessThan(first.id());
      assertThat(second.id()).isGreaterThan(first.id());
      assertThat(first.isAlive()).isFalse();
      assertThat(machine().currentTask().isAlive()).isTrue();
    });
  }

  @Test
  void join_bodyFails_throwsItWrapped() throws Throwable {
    run(() -> {
      IllegalArgumentException trouble = new IllegalArgumentException("trouble");
      Task task =
          spawn(
              "unlucky",
              () -> {
                machine().sleep(20 * MILLISECOND);
                throw trouble;
              });
      assertThatThrownBy(task::join)
          .isInstanceOf(TaskFailedException.class)
          .hasMessageContaining("unlucky")
          .hasCause(trouble);
      assertThatThrownBy(task::join).hasCause(trouble);
    });
  }

  @Test
  void join_itself_throws() throws Throwable {
    run(() ->
        spawn(
                "narcissus",
                () -> {
                  Task self = machine().currentTask();
                  assertThatIllegalStateException().isThrownBy(self::join);
                })
            .join());
  }

  @Test
  void taskLocal_severalTasks_haveOneValueEach() throws Throwable {
    run(() -> {
      AtomicInteger made = new AtomicInteger();
      TaskLocal<int[]> first = machine().newTaskLocal(() -> new int[] {made.incrementAndGet()});
      List<TaskLocal<String>> more = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        String value = "value " + i;
        more.add(machine().newTaskLocal(() -> value));
      }
      int[] mine = first.get();
      assertThat(made).hasValue(1);
      spawn(
              "other",
              () -> {
                assertThat(more.get(19).get()).isEqualTo("value 19");
                assertThat(first.get()).isNotSameAs(mine).isSameAs(first.get());
                assertThat(more.get(0).get()).isEqualTo("value 0");
              })
          .join();
      assertThat(first.get()).isSameAs(mine);
      assertThat(made).hasValue(2);
    });
  }

  @Test
  void spawn_contextBound_isInherited() throws Throwable {
    run(() -> {
      Cgroup group = Cgroup.ROOT.child("batch");
      TaskContext bound =
          TaskContext.ROOT.withCredentials(Credentials.of(1000, 100)).withCgroup(group);
      List<TaskContext> seen = Collections.synchronizedList(new ArrayList<>());
      bound.run(() -> spawn("inherits", () -> seen.add(TaskContext.current())).join());
      bound.run(() ->
          machine()
              .spawn(
                  "is told", TaskKind.USER, TaskContext.ROOT, () -> seen.add(TaskContext.current()))
              .join());
      spawn("default", () -> seen.add(TaskContext.current())).join();
      assertThat(seen).containsExactly(bound, TaskContext.ROOT, TaskContext.ROOT);
    });
  }

  @Test
  void beforeSleep_taskWaits_runsOncePerWait() throws Throwable {
    run(() -> {
      AtomicInteger sleeps = new AtomicInteger();
      WaitQueue queue = machine().newWaitQueue("q");
      SleepingLock lock = machine().newLock("lock");
      SleepingReadWriteLock readWriteLock = machine().newReadWriteLock("rw");
      Task self = machine().currentTask();
      lock.lock();
      readWriteLock.readLock().lock();
      AtomicBoolean mayEnd = new AtomicBoolean();
      Task task =
          spawn(
              "sleeper",
              () -> {
                machine().currentTask().setBeforeSleep(sleeps::incrementAndGet);
                machine().yieldProcessor();
                machine().spendProcessorTime(1000);
                assertThat(sleeps).hasValue(0);
                machine().sleep(MILLISECOND);
                assertThat(sleeps).hasValue(1);
                queue.await("never", () -> false, MILLISECOND);
                assertThat(sleeps).hasValue(2);
                lock.lock();
                assertThat(sleeps).hasValue(3);
                readWriteLock.writeLock().lock();
                assertThat(sleeps).hasValue(4);
                lock.unlock();
                lock.lock();
                assertThat(sleeps).hasValue(4);
                machine().currentTask().setBeforeSleep(null);
                machine().sleep(1);
                assertThat(sleeps).hasValue(4);
                queue.await(mayEnd::get);
              });
      untilHookRan(sleeps, 3);
      untilItWaits(task);
      lock.unlock();
      untilHookRan(sleeps, 4);
      untilItWaits(task);
      readWriteLock.readLock().unlock();
      mayEnd.set(true);
      queue.wakeAll();
      task.join();
      assertThat(sleeps).hasValue(4);
      AtomicInteger joins = new AtomicInteger();
      self.setBeforeSleep(joins::incrementAndGet);
      Task slow = spawn("slow", () -> machine().sleep(5 * MILLISECOND));
      slow.join();
      assertThat(joins).hasValue(1);
      slow.join();
      assertThat(joins).hasValue(1);
      self.setBeforeSleep(null);
    });
  }

  private void untilHookRan(AtomicInteger count, int times) {
    while (count.get() < times) {
      machine().sleep(MILLISECOND);
    }
  }

  @Test
  void beforeSleep_makesTheConditionTrue_preventsTheWait() throws Throwable {
    run(() -> {
      AtomicBoolean flushed = new AtomicBoolean();
      machine().currentTask().setBeforeSleep(() -> flushed.set(true));
      machine().newWaitQueue("q").await("the flush", flushed::get);
      assertThat(flushed).isTrue();
    });
  }

  @Test
  void beforeSleep_waits_throws() throws Throwable {
    run(() -> {
      machine().currentTask().setBeforeSleep(() -> machine().sleep(1));
      assertThatIllegalStateException()
          .isThrownBy(() -> machine().sleep(1))
          .withMessageContaining("before-sleep hook");
      machine().currentTask().setBeforeSleep(null);
      machine().sleep(1);
    });
  }

  // ----------------------------------------------------------------------------- time and chance

  @Test
  void sleep_someTime_lastsAtLeastThatLong() throws Throwable {
    run(() -> {
      long start = machine().nanoTime();
      long realStart = machine().realTimeNanos();
      machine().sleep(2 * MILLISECOND);
      assertThat(machine().nanoTime() - start).isGreaterThanOrEqualTo(2 * MILLISECOND);
      assertThat(machine().realTimeNanos()).isGreaterThan(realStart);
      assertThat(realStart).isGreaterThan(1_500_000_000L * 1_000_000_000L);
      assertThat(machine().coarseRealTimeNanos()).isBetween(realStart, machine().realTimeNanos());
    });
  }

  @Test
  void time_negative_isRefused() throws Throwable {
    run(() -> {
      assertThatIllegalArgumentException().isThrownBy(() -> machine().sleep(-1));
      assertThatIllegalArgumentException().isThrownBy(() -> machine().spendProcessorTime(-1));
      machine().sleep(0);
      machine().spendProcessorTime(0);
    });
  }

  @Test
  void random_manyDraws_reachEveryValue() throws Throwable {
    run(() -> {
      boolean[] drawn = new boolean[6];
      for (int i = 0; i < 1000; i++) {
        drawn[machine().random().nextInt(6)] = true;
      }
      assertThat(drawn).containsOnly(true);
    });
  }

  // ------------------------------------------------------------------------------------- the end

  @Test
  void cutPower_tasksWait_endsThemAllAfterTheListeners() throws Throwable {
    List<String> story = Collections.synchronizedList(new ArrayList<>());
    WaitQueue queue = machine().newWaitQueue("q");
    SleepingLock lock = machine().newLock("lock");
    SleepingReadWriteLock readWriteLock = machine().newReadWriteLock("rw");
    machine()
        .onPowerCut(() -> {
          assertThat(machine().powered()).isFalse();
          assertThat(machine().inInterrupt()).isTrue();
          assertThatIllegalStateException().isThrownBy(() -> machine().sleep(1));
          story.add("device 1");
        });
    machine().onPowerCut(() -> story.add("device 2"));
    run(() -> {
      assertThat(machine().powered()).isTrue();
      lock.lock();
      readWriteLock.readLock().lock();
      AtomicBoolean never = new AtomicBoolean();
      List<Task> tasks = new ArrayList<>();
      tasks.add(spawnWaiting("awaits", dying(story, () -> queue.await(never::get))));
      tasks.add(
          spawnWaiting(
              "awaits long", dying(story, () -> queue.await("never", never::get, Long.MAX_VALUE))));
      tasks.add(spawnWaiting("sleeps", dying(story, () -> machine().sleep(Long.MAX_VALUE))));
      tasks.add(spawnWaiting("locks", dying(story, lock::lock)));
      tasks.add(spawnWaiting("writes", dying(story, readWriteLock.writeLock()::lock)));
      tasks.add(spawnWaiting("reads", dying(story, readWriteLock.readLock()::lock)));
      tasks.add(spawnWaiting("joins", dying(story, tasks.getFirst()::join)));
      // So late that in real time, too, it is not due before the cut, however slow the host.
      machine().schedule("too late", 3_600_000 * MILLISECOND, () -> story.add("too late"));
      cutPower();
      assertThat(machine().powered()).isFalse();
      assertDead(queue, lock, readWriteLock);
      lock.unlock();
      readWriteLock.readLock().unlock();
    });
    untilAllHaveEnded();
    assertThat(story)
        .startsWith("device 1", "device 2")
        .containsExactlyInAnyOrder(
            "device 1",
            "device 2",
            "awaits",
            "awaits long",
            "sleeps",
            "locks",
            "writes",
            "reads",
            "joins");
  }

  /** A body that holds a lock while it dies of the wait, and calls the dead machine again. */
  private Runnable dying(List<String> story, Runnable wait) {
    return () -> {
      SleepingLock held = machine().newLock("held");
      try {
        held.lock();
        try {
          wait.run();
        } finally {
          held.unlock();
        }
      } catch (PowerCut expected) {
        assertThatThrownBy(() -> machine().sleep(1)).isInstanceOf(PowerCut.class);
        story.add(machine().currentTask().name());
        throw expected;
      }
    };
  }

  private void assertDead(WaitQueue queue, SleepingLock lock, SleepingReadWriteLock readWrite) {
    for (Program call :
        List.<Program>of(
            () -> machine().sleep(1),
            () -> machine().yieldProcessor(),
            () -> machine().spendProcessorTime(1),
            () -> machine().schedule("timer", 1, () -> {}),
            () -> spawn("task", () -> {}),
            () -> queue.await(() -> false),
            () -> queue.await("never", () -> false, 1),
            queue::wakeAll,
            queue::wakeOne,
            machine().newLock("other")::lock,
            machine().newLock("other")::tryLock,
            readWrite.writeLock()::tryLock)) {
      assertThatThrownBy(call::run).isInstanceOf(PowerCut.class);
    }
    // What is no wait still answers.
    machine().nanoTime();
    machine().tracer();
    assertThat(machine().currentTask().isAlive()).isTrue();
    assertThat(lock.isHeldByCurrentTask()).isTrue();
    machine().newLock("not held").unlock();
  }

  @Test
  void cutPower_fromATimer_endsTheWaiters() throws Throwable {
    run(() -> {
      machine().schedule("storm", MILLISECOND, this::cutPower);
      assertThatThrownBy(() -> machine().newWaitQueue("q").await(() -> false))
          .isInstanceOf(PowerCut.class);
    });
    untilAllHaveEnded();
    assertThat(machine().powered()).isFalse();
  }

  @Test
  void cutPower_twice_runsTheListenersOnce() throws Throwable {
    AtomicInteger cuts = new AtomicInteger();
    machine().onPowerCut(cuts::incrementAndGet);
    run(() -> {
      cutPower();
      try {
        cutPower();
      } catch (PowerCut permitted) {
        // A machine may refuse its dying tasks.
      }
    });
    untilAllHaveEnded();
    assertThat(cuts).hasValue(1);
  }
}
