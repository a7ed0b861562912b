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

/** What every machine promises when its power is cut. */
abstract class PowerContract extends MachineContractPart {

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
    for (MachineContract.Program call :
        List.<MachineContract.Program>of(
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
