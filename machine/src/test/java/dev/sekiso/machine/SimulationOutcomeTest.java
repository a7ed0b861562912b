package dev.sekiso.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a run ends: results, failures, interrupts; and who may use the machine. */
@Timeout(60)
class SimulationOutcomeTest {

  private static final Tracepoint STEP = Tracepoint.of("test", "step", "what", "value");

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
        .isThrownBy(() -> machine.run(() -> BusyProgram.run(machine)))
        .withMessage("broken tracer");
    assertThat(machine.isEmpty()).isTrue();
  }
}
