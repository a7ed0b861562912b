package dev.sekiso.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The power of a simulated machine is cut: when, and what becomes of the tasks. */
@Timeout(60)
class SimulatedPowerCutTest {

  @Test
  void cutPowerAtEvent_everyEventOfAProgram_endsEveryTask() {
    SimulatedMachine whole = new SimulatedMachine(11);
    whole.run(() -> BusyProgram.run(whole));
    assertThat(whole.eventCount()).isBetween(200L, 2_000L);
    assertThat(whole.powered()).isTrue();
    for (long event = 0; event <= whole.eventCount(); event++) {
      SimulatedMachine machine = SimulatedMachine.builder(11).cutPowerAtEvent(event).build();
      AtomicInteger cuts = new AtomicInteger();
      machine.onPowerCut(cuts::incrementAndGet);
      machine.run(() -> BusyProgram.run(machine));
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
}
