package dev.sekiso.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs that can come to no end are given up, and say why. */
@Timeout(60)
class DeadlockAndLivelockTest {

  @Test
  void run_everybodyWaits_namesWhoWaitsForWhat() {
    SimulatedMachine machine = new SimulatedMachine(7);
    SleepingReadWriteLock mapping = machine.newReadWriteLock("mapping 3");
    SleepingLock inode = machine.newLock("inode 12");
    assertThatExceptionOfType(DeadlockException.class)
        .isThrownBy(() ->
            machine.run(() -> {
              machine.spawn(
                  "flusher",
                  TaskKind.DAEMON,
                  () -> machine.newWaitQueue("work").await("dirty inodes", () -> false));
              Task reader =
                  machine.spawn(
                      "reader",
                      TaskKind.USER,
                      () -> {
                        inode.lock();
                        mapping.readLock().lock();
                        machine
                            .newWaitQueue("folio wait")
                            .await("folio 7 to be unlocked", () -> false);
                      });
              machine.spawn(
                  "writer",
                  TaskKind.USER,
                  () -> {
                    machine.sleep(5);
                    mapping.writeLock().lock();
                  });
              machine.spawn(
                  "second",
                  TaskKind.USER,
                  () -> {
                    machine.sleep(5);
                    inode.lock();
                  });
              reader.join();
            }))
        .withMessageContaining("seed 7")
        .withMessageContaining("daemon 'flusher' (2) waits for wait queue 'work' for dirty inodes")
        .withMessageContaining("user task 'main' (1) waits for the end of task 'reader' (3)")
        .withMessageContaining(
            "user task 'reader' (3) waits for wait queue 'folio wait' for folio 7 to be unlocked")
        .withMessageContaining(
            "user task 'writer' (4) waits for read-write lock 'mapping 3' held for reading by"
                + " ['reader' (3)]")
        .withMessageContaining(
            "user task 'second' (5) waits for lock 'inode 12' held by 'reader' (3)");
  }

  @Test
  void lock_ring_isReportedThoughTimersGoOn() {
    SimulatedMachine machine = new SimulatedMachine(3);
    SleepingLock first = machine.newLock("A");
    SleepingReadWriteLock second = machine.newReadWriteLock("B");
    assertThatExceptionOfType(DeadlockException.class)
        .isThrownBy(() ->
            machine.run(() -> {
              machine.spawn(
                  "ticker",
                  TaskKind.DAEMON,
                  () -> {
                    while (true) {
                      machine.sleep(1_000);
                    }
                  });
              Task other =
                  machine.spawn(
                      "other",
                      TaskKind.USER,
                      () -> {
                        second.readLock().lock();
                        machine.sleep(10);
                        first.lock();
                      });
              first.lock();
              machine.sleep(10);
              second.writeLock().lock();
              other.join();
            }))
        .withMessageContaining("task 'main' (1) waits for read-write lock 'B'")
        .withMessageContaining("task 'other' (3) waits for lock 'A' held by 'main' (1)")
        .withMessageContaining("daemon 'ticker' (2) waits for sleep, at most until 0.0000");
  }

  @Test
  void run_onlyDaemonsWait_isNoDeadlock() {
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.spawn("idle", TaskKind.DAEMON, () -> machine.newWaitQueue("work").await(() -> false));
    machine.run(() -> machine.sleep(10));
    assertThat(machine.nanoTime()).isEqualTo(10);
  }

  @Test
  void deadlock_subjectsNameThrows_isReportedAllTheSame() {
    SimulatedMachine machine = new SimulatedMachine(1);
    Object subject =
        new Object() {
          @Override
          public String toString() {
            throw new IllegalArgumentException("no name");
          }
        };
    assertThatExceptionOfType(DeadlockException.class)
        .isThrownBy(() -> machine.run(() -> machine.newWaitQueue("q").await(subject, () -> false)))
        .withMessageContaining("no name");
  }

  @Test
  void run_tasksSpin_isGivenUp() {
    SimulatedMachine machine = SimulatedMachine.builder(1).maxEventsWithoutTime(500).build();
    assertThatExceptionOfType(LivelockException.class)
        .isThrownBy(() ->
            machine.run(() -> {
              machine.sleep(5);
              while (true) {
                machine.yieldProcessor();
              }
            }))
        .withMessageContaining("500 events and no time has passed")
        .withMessageContaining("maxEventsWithoutTime")
        .withMessageContaining("user task 'main' (1) runs");
    assertThat(machine.eventCount()).isBetween(500L, 502L);
  }

  @Test
  void run_timePasses_isNoLivelock() {
    SimulatedMachine machine = SimulatedMachine.builder(1).maxEventsWithoutTime(10).build();
    machine.run(() -> {
      for (int i = 0; i < 10_000; i++) {
        machine.sleep(1);
      }
    });
    assertThat(machine.nanoTime()).isEqualTo(10_000);
  }

  @Test
  void run_tooManyEvents_isGivenUp() {
    SimulatedMachine machine = SimulatedMachine.builder(1).maxEvents(1_000).build();
    assertThatExceptionOfType(LivelockException.class)
        .isThrownBy(() ->
            machine.run(() -> {
              while (true) {
                machine.sleep(5);
              }
            }))
        .withMessageContaining("maxEvents");
    assertThat(machine.eventCount()).isEqualTo(1_000);
  }

  @Test
  void run_tooMuchVirtualTime_isGivenUp() {
    SimulatedMachine machine = SimulatedMachine.builder(1).maxVirtualTime(1_000_000).build();
    machine.spawn(
        "ticker",
        TaskKind.DAEMON,
        () -> {
          while (true) {
            machine.sleep(300_000);
          }
        });
    assertThatExceptionOfType(LivelockException.class)
        .isThrownBy(() -> machine.run(() -> machine.newWaitQueue("q").await(() -> false)))
        .withMessageContaining("maxVirtualTime")
        .withMessageContaining("'main'");
    assertThat(machine.nanoTime()).isEqualTo(900_000);
  }

  @Test
  void builder_badValues_areRefused() {
    SimulatedMachine.Builder builder = SimulatedMachine.builder(1);
    assertThatIllegalArgumentException().isThrownBy(() -> builder.processors(0));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.maxEvents(0));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.maxVirtualTime(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.maxEventsWithoutTime(0));
  }

  @Test
  void sleep_forEver_countsAsDeadlock() {
    SimulatedMachine machine = new SimulatedMachine(1);
    assertThatExceptionOfType(DeadlockException.class)
        .isThrownBy(() -> machine.run(() -> machine.sleep(Long.MAX_VALUE)))
        .withMessageContaining("user task 'main' (1) waits for sleep\n");
  }
}
