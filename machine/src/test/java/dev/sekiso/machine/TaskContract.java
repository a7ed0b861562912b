package dev.sekiso.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What every {@link Task} promises. */
abstract class TaskContract extends MachineContractPart {

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
}
