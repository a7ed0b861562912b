package dev.sekiso.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SimulatedMachineTest {

  private static final Tracepoint STEP = Tracepoint.of("test", "step", "what", "value");

  // --------------------------------------------------------------------------------- determinism

  /** A program with everything in it: locks, queues, timers, chance, spawning, dying. */
  private static void busyProgram(SimulatedMachine machine) {
    SleepingLock lock = machine.newLock("lock");
    SleepingReadWriteLock readWriteLock = machine.newReadWriteLock("rw");
    WaitQueue queue = machine.newWaitQueue("tokens");
    int[] tokens = new int[1];
    machine.spawn(
        "ticker",
        TaskKind.DAEMON,
        () -> {
          while (true) {
            machine.sleep(700);
            machine.tracer().emit(STEP, "tick", tokens[0]);
          }
        });
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      int number = i;
      tasks.add(
          machine.spawn(
              "task " + i,
              TaskKind.USER,
              () -> {
                for (int n = 0; n < 6; n++) {
                  lock.lock();
                  machine.spendProcessorTime(machine.random().nextInt(100) + 1);
                  machine.tracer().emit(STEP, "locked", number);
                  lock.unlock();
                  machine.schedule(
                      "token",
                      100,
                      () -> {
                        tokens[0]++;
                        queue.wakeOne();
                      });
                  queue.await("a token", () -> tokens[0] > 0 && tokens[0]-- > 0);
                  if (n % 3 == 0) {
                    readWriteLock.writeLock().lock();
                    machine.sleep(50);
                    readWriteLock.downgrade();
                    machine.yieldProcessor();
                  } else {
                    readWriteLock.readLock().lock();
                    machine.sleep(10);
                  }
                  readWriteLock.readLock().unlock();
                  queue.await("never", () -> false, 30);
                }
                machine.spawn("child of " + number, TaskKind.USER, machine::yieldProcessor).join();
              }));
    }
    tasks.forEach(Task::join);
  }

  private static String traceOf(long seed, int processors) {
    RecordingTracer tracer = RecordingTracer.unbounded();
    SimulatedMachine.Builder builder = SimulatedMachine.builder(seed).tracer(tracer);
    if (processors > 0) {
      builder.processors(processors);
    }
    SimulatedMachine machine = builder.build();
    machine.run(() -> busyProgram(machine));
    return tracer.text() + machine.eventCount();
  }

  @Test
  void run_sameSeedTwice_givesTheSameTraceByteForByte() {
    for (long seed = 0; seed < 30; seed++) {
      String first = traceOf(seed, (int) seed % 3);
      assertThat(first.length()).isGreaterThan(5_000);
      assertThat(traceOf(seed, (int) seed % 3)).as("seed " + seed).isEqualTo(first);
    }
  }

  @Test
  void run_otherSeeds_giveOtherInterleavings() {
    Set<String> traces = new HashSet<>();
    for (long seed = 0; seed < 30; seed++) {
      traces.add(traceOf(seed, 0));
    }
    assertThat(traces).hasSize(30);
  }

  @Test
  void run_severalTasksReady_everyOrderHappens() {
    Set<List<Integer>> orders = new HashSet<>();
    Set<List<Integer>> timerOrders = new HashSet<>();
    for (long seed = 0; seed < 200; seed++) {
      SimulatedMachine machine = new SimulatedMachine(seed);
      List<Integer> order = new ArrayList<>();
      List<Integer> timerOrder = new ArrayList<>();
      machine.run(() -> {
        for (int i = 0; i < 3; i++) {
          int number = i;
          machine.spawn("task " + i, TaskKind.USER, () -> order.add(number));
          machine.schedule("timer " + i, 5, () -> timerOrder.add(number));
        }
        machine.sleep(10);
      });
      orders.add(order);
      timerOrders.add(timerOrder);
    }
    assertThat(orders).hasSize(6);
    assertThat(timerOrders).hasSize(6);
  }

  @Test
  void random_sameSeed_drawsTheSame() {
    List<Long> draws = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      SimulatedMachine machine = new SimulatedMachine(42);
      assertThat(machine.seed()).isEqualTo(42);
      draws.add(machine.run(() -> machine.random().nextLong()));
    }
    assertThat(draws.get(0)).isEqualTo(draws.get(1));
  }

  // ---------------------------------------------------------------------------------------- time

  @Test
  void sleep_days_takesVirtualTimeOnly() {
    long days = Duration.ofDays(30).toNanos();
    SimulatedMachine machine =
        SimulatedMachine.builder(1).bootTime(Instant.parse("2030-01-01T00:00:00Z")).build();
    machine.run(() -> machine.sleep(days));
    assertThat(machine.nanoTime()).isEqualTo(days);
    assertThat(Instant.EPOCH.plusNanos(machine.realTimeNanos()))
        .isEqualTo(Instant.parse("2030-01-31T00:00:00Z"));
  }

  @Test
  void code_betweenSchedulingPoints_takesNoTime() {
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      machine.spawn("other", TaskKind.USER, machine::yieldProcessor).join();
      machine.yieldProcessor();
      assertThat(machine.nanoTime()).isZero();
    });
  }

  @Test
  void spendProcessorTime_limitedProcessors_sharesThem() {
    for (int processors = 1; processors <= 4; processors++) {
      SimulatedMachine machine = SimulatedMachine.builder(5).processors(processors).build();
      int busy = processors;
      machine.run(() -> {
        for (int i = 0; i < 8; i++) {
          machine.spawn("task", TaskKind.USER, () -> machine.spendProcessorTime(12_000_000));
        }
      });
      assertThat(machine.nanoTime()).isBetween(96_000_000L / busy, 96_000_000L / busy + 9_000_000);
    }
  }

  @Test
  void spendProcessorTime_contended_takesTurns() {
    SimulatedMachine machine = SimulatedMachine.builder(5).processors(1).build();
    long[] end = new long[2];
    machine.run(() -> {
      machine.spawn(
          "long",
          TaskKind.USER,
          () -> {
            machine.spendProcessorTime(1_000_000_000);
            end[0] = machine.nanoTime();
          });
      machine.sleep(10_000_000);
      machine.spendProcessorTime(6_000_000);
      end[1] = machine.nanoTime();
    });
    assertThat(end[1]).isBetween(16_000_000L, 25_000_000L);
    assertThat(end[0]).isEqualTo(1_006_000_000L);
  }

  @Test
  void spendProcessorTime_unlimitedProcessors_runsSideBySide() {
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      for (int i = 0; i < 8; i++) {
        machine.spawn("task", TaskKind.USER, () -> machine.spendProcessorTime(1_000_000));
      }
    });
    assertThat(machine.nanoTime()).isEqualTo(1_000_000);
  }

  @Test
  void run_thousandsOfTasks_endsThemAll() {
    SimulatedMachine machine = new SimulatedMachine(1);
    AtomicInteger ended = new AtomicInteger();
    machine.run(() -> {
      for (int i = 0; i < 5_000; i++) {
        machine.spawn(
            "task " + i,
            TaskKind.USER,
            () -> {
              machine.sleep(1_000);
              ended.incrementAndGet();
            });
      }
    });
    assertThat(ended).hasValue(5_000);
  }

  @Test
  void run_singleTask_neverLeavesTheCallingThread() {
    SimulatedMachine machine = new SimulatedMachine(1);
    Set<Thread> threads = new HashSet<>();
    machine.run(() -> {
      WaitQueue queue = machine.newWaitQueue("q");
      AtomicBoolean done = new AtomicBoolean();
      machine.schedule(
          "io",
          100,
          () -> {
            threads.add(Thread.currentThread());
            done.set(true);
            queue.wakeAll();
          });
      queue.await(done::get);
      threads.add(Thread.currentThread());
    });
    assertThat(threads).containsExactly(Thread.currentThread());
  }

  // ------------------------------------------------------------------------------------- outcome

  @Test
  void run_program_returnsItsResultOrThrowsWhatItThrew() throws IOException {
    assertThat(new SimulatedMachine(1).<String, IOException>run(() -> "done")).isEqualTo("done");
    ErrnoException trouble = new ErrnoException(Errno.EIO, "here");
    assertThatThrownBy(() ->
            new SimulatedMachine(1)
                .run(() -> {
                  throw trouble;
                }))
        .isSameAs(trouble);
  }

  @Test
  void run_mainEndsFirst_waitsForOtherUserTasksNotForDaemons() {
    SimulatedMachine machine = new SimulatedMachine(1);
    List<String> story = new ArrayList<>();
    machine.run(() -> {
      machine.spawn(
          "daemon",
          TaskKind.DAEMON,
          () -> {
            try {
              machine.newWaitQueue("work").await(() -> false);
            } finally {
              story.add("daemon at " + machine.nanoTime());
            }
          });
      machine.spawn(
          "user",
          TaskKind.USER,
          () -> {
            machine.sleep(500);
            story.add("user at " + machine.nanoTime());
          });
      story.add("main");
    });
    assertThat(story).containsExactlyInAnyOrder("main", "user at 500", "daemon at 500");
    assertThat(story).last().isEqualTo("daemon at 500");
    assertThat(machine.powered()).isTrue();
  }

  @Test
  void run_userTaskFails_throwsItsNameAndEndsTheOthers() {
    SimulatedMachine machine = new SimulatedMachine(1);
    List<String> story = new ArrayList<>();
    IllegalArgumentException trouble = new IllegalArgumentException("trouble");
    assertThatExceptionOfType(TaskFailedException.class)
        .isThrownBy(() ->
            machine.run(() -> {
              machine.spawn(
                  "unlucky",
                  TaskKind.USER,
                  () -> {
                    machine.sleep(10);
                    throw trouble;
                  });
              try {
                machine.sleep(1_000);
              } finally {
                story.add("main ends at " + machine.nanoTime());
              }
            }))
        .withMessageContaining("unlucky")
        .withMessageContaining("trouble")
        .withCause(trouble);
    assertThat(story).containsExactly("main ends at 10");
  }

  @Test
  void run_daemonOrTimerFails_throwsItsName() {
    SimulatedMachine daemon = new SimulatedMachine(1);
    assertThatExceptionOfType(TaskFailedException.class)
        .isThrownBy(() ->
            daemon.run(() -> {
              daemon.spawn(
                  "flusher",
                  TaskKind.DAEMON,
                  () -> {
                    throw new IllegalStateException("trouble");
                  });
              daemon.sleep(1_000);
            }))
        .withMessageContaining("flusher")
        .extracting(TaskFailedException::taskName)
        .isEqualTo("flusher");
    SimulatedMachine timer = new SimulatedMachine(1);
    assertThatExceptionOfType(TaskFailedException.class)
        .isThrownBy(() ->
            timer.run(() -> {
              timer.schedule(
                  "completion",
                  10,
                  () -> {
                    throw new AssertionError("trouble");
                  });
              timer.sleep(1_000);
            }))
        .withMessageContaining("completion");
  }

  @Test
  void run_assertionFailsInATaskDyingOfAPowerCut_isNotLost() {
    SimulatedMachine machine = new SimulatedMachine(1);
    assertThatThrownBy(() ->
            machine.run(() -> {
              machine.spawn(
                  "checker",
                  TaskKind.USER,
                  () -> {
                    try {
                      machine.sleep(1_000);
                    } catch (PowerCut cut) {
                      throw new AssertionError("wrong");
                    }
                  });
              machine.sleep(10);
              machine.cutPower();
            }))
        .isInstanceOf(TaskFailedException.class)
        .hasMessageContaining("checker")
        .hasMessageContaining("wrong");
  }

  @Test
  void run_secondTime_isRefused() {
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {});
    assertThatIllegalStateException()
        .isThrownBy(() -> machine.run(() -> {}))
        .withMessageContaining("once");
  }

  @Test
  void tasksAndTimers_madeBeforeTheRun_runInIt() {
    SimulatedMachine machine = new SimulatedMachine(1);
    List<String> story = new ArrayList<>();
    machine.schedule("timer", 10, () -> story.add("timer"));
    machine.spawn("early", TaskKind.USER, () -> story.add("early"));
    assertThat(story).isEmpty();
    assertThat(machine.currentTask().id()).isZero();
    machine.run(() -> machine.sleep(20));
    assertThat(story).containsExactly("early", "timer");
  }

  @Test
  void call_fromAForeignThread_isRefused() throws InterruptedException {
    SimulatedMachine machine = new SimulatedMachine(1);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    SleepingLock lock = machine.newLock("lock");
    machine.run(() -> {
      List<Runnable> calls =
          List.of(
              machine::currentTask,
              lock::lock,
              () -> machine.sleep(1),
              () -> machine.schedule("timer", 1, () -> {}),
              () -> machine.spawn("task", TaskKind.USER, () -> {}),
              () -> machine.newWaitQueue("q").wakeAll(),
              machine::cutPower);
      for (Runnable call : calls) {
        thrown.set(null);
        Thread foreign =
            Thread.ofPlatform()
                .name("stranger")
                .start(() -> {
                  try {
                    call.run();
                  } catch (Throwable t) {
                    thrown.set(t);
                  }
                });
        joinUninterrupted(foreign);
        assertThat(thrown.get())
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("stranger")
            .hasMessageContaining("Machine.spawn");
      }
    });
    assertThatIllegalStateException()
        .isThrownBy(() -> machine.sleep(1))
        .withMessageContaining("over");
    assertThatIllegalStateException()
        .isThrownBy(() -> new SimulatedMachine(1).sleep(1))
        .withMessageContaining("run");
  }

  private static void joinUninterrupted(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void run_callerInterrupted_stopsTheRun() {
    SimulatedMachine machine = new SimulatedMachine(1);
    assertThatIllegalStateException()
        .isThrownBy(() ->
            machine.run(() -> {
              Thread.currentThread().interrupt();
              while (true) {
                machine.sleep(1);
              }
            }))
        .withMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void run_callerInterruptedWhileAnotherTaskRuns_stopsTheRun() {
    SimulatedMachine machine = new SimulatedMachine(1);
    Thread caller = Thread.currentThread();
    assertThatIllegalStateException()
        .isThrownBy(() ->
            machine.run(() ->
                machine
                    .spawn(
                        "endless",
                        TaskKind.USER,
                        () -> {
                          caller.interrupt();
                          while (true) {
                            machine.sleep(1);
                          }
                        })
                    .join()))
        .withMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }

  // ---------------------------------------------------------------------------- deadlock, livelock

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

  // ----------------------------------------------------------------------------------- power cut

  @Test
  void cutPowerAtEvent_everyEventOfAProgram_endsEveryTask() {
    SimulatedMachine whole = new SimulatedMachine(11);
    whole.run(() -> busyProgram(whole));
    assertThat(whole.eventCount()).isBetween(200L, 2_000L);
    assertThat(whole.powered()).isTrue();
    for (long event = 0; event <= whole.eventCount(); event++) {
      SimulatedMachine machine = SimulatedMachine.builder(11).cutPowerAtEvent(event).build();
      AtomicInteger cuts = new AtomicInteger();
      machine.onPowerCut(cuts::incrementAndGet);
      machine.run(() -> busyProgram(machine));
      assertThat(machine.powered()).as("cut at event " + event).isFalse();
      assertThat(machine.eventCount()).isEqualTo(event);
      assertThat(cuts).hasValue(1);
      assertThat(machine.isEmpty()).isTrue();
    }
  }

  @Test
  void cutPowerAtEvent_beyondTheRun_changesNothing() {
    SimulatedMachine machine = SimulatedMachine.builder(1).cutPowerAtEvent(1_000).build();
    assertThat(machine.<String, RuntimeException>run(() -> "done")).isEqualTo("done");
    assertThat(machine.powered()).isTrue();
  }

  @Test
  void cutPowerAtEvent_setInTheRun_countsFromThere() {
    SimulatedMachine machine = new SimulatedMachine(1);
    int[] sleeps = new int[1];
    String result =
        machine.run(() -> {
          machine.sleep(1);
          machine.sleep(1);
          machine.cutPowerAtEvent(machine.eventCount() + 3);
          while (true) {
            machine.sleep(1);
            sleeps[0]++;
          }
        });
    assertThat(result).isNull();
    assertThat(machine.powered()).isFalse();
    assertThat(sleeps[0]).isEqualTo(2);
  }

  @Test
  void cutPower_beforeTheRun_happensAtItsStart() {
    SimulatedMachine machine = new SimulatedMachine(1);
    List<String> story = new ArrayList<>();
    machine.onPowerCut(() -> story.add("device"));
    machine.spawn("never runs", TaskKind.USER, () -> story.add("task"));
    machine.cutPower();
    machine.run(() -> {
      story.add("main");
      machine.sleep(1);
      story.add("too late");
    });
    assertThat(story).containsExactly("device", "main");
  }

  @Test
  void cutPower_tasksDie_oneAfterAnotherInOrderOfCreation() {
    SimulatedMachine machine = new SimulatedMachine(9);
    List<String> story = new ArrayList<>();
    machine.run(() -> {
      for (int i = 0; i < 5; i++) {
        machine.spawn(
            "task " + i,
            i % 2 == 0 ? TaskKind.USER : TaskKind.DAEMON,
            () -> {
              try {
                machine.sleep(1_000);
              } finally {
                story.add("begin " + machine.currentTask().name());
                try {
                  machine.yieldProcessor();
                } finally {
                  story.add("end " + machine.currentTask().name());
                }
              }
            });
      }
      machine.sleep(10);
      machine.cutPower();
      story.add("main goes on to its next call");
      machine.sleep(1);
    });
    assertThat(story)
        .containsExactly(
            "main goes on to its next call",
            "begin task 0",
            "end task 0",
            "begin task 1",
            "end task 1",
            "begin task 2",
            "end task 2",
            "begin task 3",
            "end task 3",
            "begin task 4",
            "end task 4");
  }

  @Test
  void cutPower_listenerFails_runsTheOthersAndReportsIt() {
    SimulatedMachine machine = new SimulatedMachine(9);
    List<String> story = new ArrayList<>();
    machine.onPowerCut(() -> {
      throw new IllegalStateException("trouble");
    });
    machine.onPowerCut(() -> story.add("second"));
    assertThatThrownBy(() -> machine.run(machine::cutPower))
        .isInstanceOf(TaskFailedException.class)
        .hasMessageContaining("power cut")
        .hasMessageContaining("trouble");
    assertThat(story).containsExactly("second");
  }

  @Test
  void cutPower_taskSwallowsIt_isNamedInsteadOfHanging() {
    SimulatedMachine machine = new SimulatedMachine(9);
    List<String> story = new ArrayList<>();
    assertThatIllegalStateException()
        .isThrownBy(() ->
            machine.run(() -> {
              machine.spawn(
                  "stubborn",
                  TaskKind.DAEMON,
                  () -> {
                    while (true) {
                      try {
                        machine.sleep(10);
                      } catch (Throwable t) {
                        story.add("ignored");
                      }
                    }
                  });
              machine.spawn(
                  "next",
                  TaskKind.USER,
                  () -> {
                    try {
                      machine.sleep(100);
                    } finally {
                      story.add("next ended");
                    }
                  });
              machine.sleep(10);
              machine.cutPower();
            }))
        .withMessageContaining("stubborn")
        .withMessageContaining("PowerCut");
    assertThat(story).endsWith("ignored", "next ended");
  }

  @Test
  void tracer_throws_stopsTheRun() {
    Tracer broken =
        new Tracer() {
          private int events;

          @Override
          public boolean enabled() {
            return true;
          }

          @Override
          public void emit(Tracepoint point, Object... values) {
            if (!point.equals(STEP) && ++events > 20) {
              throw new IllegalArgumentException("broken tracer");
            }
          }
        };
    SimulatedMachine machine = SimulatedMachine.builder(1).tracer(broken).build();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> machine.run(() -> busyProgram(machine)))
        .withMessage("broken tracer");
    assertThat(machine.isEmpty()).isTrue();
  }

  @Test
  void sleep_forEver_countsAsDeadlock() {
    SimulatedMachine machine = new SimulatedMachine(1);
    assertThatExceptionOfType(DeadlockException.class)
        .isThrownBy(() -> machine.run(() -> machine.sleep(Long.MAX_VALUE)))
        .withMessageContaining("user task 'main' (1) waits for sleep\n");
  }
}
