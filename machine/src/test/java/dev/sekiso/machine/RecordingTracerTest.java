package dev.sekiso.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;

class RecordingTracerTest {

  private static final Tracepoint ISSUE =
      Tracepoint.of("block", "block_rq_issue", "dev", "sector", "nr_sector");
  private static final Tracepoint DIRTY =
      Tracepoint.of("writeback", "writeback_dirty_folio", "ino");

  private static SimulatedMachine machine(Tracer tracer) {
    return SimulatedMachine.builder(1).tracer(tracer).build();
  }

  @Test
  void text_events_readsLikeTracePipe() {
    RecordingTracer tracer = RecordingTracer.unbounded("block");
    SimulatedMachine machine = machine(tracer);
    machine.run(() -> {
      machine.sleep(1_234_567_890L);
      tracer.emit(ISSUE, "nvme0", 2048, 8);
      machine.schedule("completion", 10, () -> tracer.emit(ISSUE, "nvme0", 2056, 8));
      machine.sleep(100);
    });
    assertThat(tracer.text())
        .isEqualTo(
            """
            main-1 [1.234567890] block:block_rq_issue: dev=nvme0 sector=2048 nr_sector=8
            <idle>-0 [1.234567900] block:block_rq_issue: dev=nvme0 sector=2056 nr_sector=8
            """);
  }

  @Test
  void emit_systemNotAskedFor_isLeftOut() {
    RecordingTracer tracer = RecordingTracer.unbounded("block");
    SimulatedMachine machine = machine(tracer);
    machine.run(() -> {
      tracer.emit(DIRTY, 12);
      tracer.emit(ISSUE, "sda", 0, 8);
    });
    assertThat(tracer.enabled(DIRTY)).isFalse();
    assertThat(tracer.events()).singleElement().extracting(TraceEvent::point).isEqualTo(ISSUE);
  }

  @Test
  void ofLast_full_dropsAndCountsTheOldest() {
    RecordingTracer tracer = RecordingTracer.ofLast(3, "writeback");
    SimulatedMachine machine = machine(tracer);
    machine.run(() -> {
      for (int ino = 1; ino <= 10; ino++) {
        tracer.emit(DIRTY, ino);
      }
    });
    assertThat(tracer.events()).extracting(e -> e.value("ino")).containsExactly(8, 9, 10);
    assertThat(tracer.dropped()).isEqualTo(7);
    tracer.clear();
    assertThat(tracer.events()).isEmpty();
    assertThat(tracer.dropped()).isZero();
    assertThatIllegalArgumentException().isThrownBy(() -> RecordingTracer.ofLast(0));
  }

  @Test
  void emit_mutableValue_keepsWhatItWas() {
    RecordingTracer tracer = RecordingTracer.unbounded("writeback");
    SimulatedMachine machine = machine(tracer);
    StringBuilder name = new StringBuilder("before");
    machine.run(() -> {
      tracer.emit(DIRTY, name);
      name.append(" and after");
      tracer.emit(DIRTY, (Object) null);
    });
    assertThat(tracer.events())
        .extracting(event -> event.value("ino"))
        .containsExactly("before", "null");
  }

  @Test
  void emit_wrongNumberOfValues_isRefused() {
    RecordingTracer tracer = RecordingTracer.unbounded();
    SimulatedMachine machine = machine(tracer);
    machine.run(() ->
        assertThatIllegalArgumentException()
            .isThrownBy(() -> tracer.emit(ISSUE, "sda"))
            .withMessageContaining("block:block_rq_issue")
            .withMessageContaining("nr_sector"));
  }

  @Test
  void value_unknownField_isRefused() {
    RecordingTracer tracer = RecordingTracer.unbounded("writeback");
    SimulatedMachine machine = machine(tracer);
    machine.run(() -> tracer.emit(DIRTY, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tracer.events().getFirst().value("sector"))
        .withMessageContaining("sector")
        .withMessageContaining("ino");
  }

  @Test
  void attach_noneOrSecondMachine_isRefused() {
    RecordingTracer tracer = RecordingTracer.unbounded();
    assertThatIllegalStateException().isThrownBy(() -> tracer.emit(DIRTY, 1));
    machine(tracer);
    assertThatIllegalStateException().isThrownBy(() -> machine(tracer));
  }

  @Test
  void toAll_tracers_getWhatTheyWant() {
    RecordingTracer block = RecordingTracer.unbounded("block");
    RecordingTracer writeback = RecordingTracer.unbounded("writeback");
    Tracer both = Tracer.toAll(block, Tracer.NONE, writeback);
    SimulatedMachine machine = machine(both);
    machine.run(() -> {
      both.emit(ISSUE, "sda", 0, 8);
      both.emit(DIRTY, 12);
    });
    assertThat(block.events()).extracting(TraceEvent::point).containsExactly(ISSUE);
    assertThat(writeback.events()).extracting(TraceEvent::point).containsExactly(DIRTY);
    assertThat(both.enabled()).isTrue();
    assertThat(both.enabled(DIRTY)).isTrue();
    assertThat(both.enabled(MachineTracepoints.SCHED_SWITCH)).isFalse();
    assertThat(Tracer.toAll(Tracer.NONE).enabled()).isFalse();
    assertThat(Tracer.NONE.enabled(DIRTY)).isFalse();
  }

  @Test
  void machineTracepoints_tellOfTasksAndTimers() {
    RecordingTracer tracer = RecordingTracer.unbounded();
    SimulatedMachine machine = machine(tracer);
    machine.run(() -> {
      machine.schedule("cancelled", 50, () -> {}).cancel();
      machine.schedule("tick", 5, () -> {});
      machine.spawn("worker", TaskKind.USER, () -> machine.sleep(10)).join();
    });
    assertThat(tracer.text())
        .contains("main-1 [0.000000000] timer:timer_start: function=cancelled expires=50\n")
        .contains("timer:timer_cancel: function=cancelled\n")
        .contains("<idle>-0 [0.000000005] timer:timer_expire_entry: function=tick now=5\n")
        .contains("timer:timer_expire_exit: function=tick\n")
        .contains(
            "sched:sched_process_fork: parent_comm=main parent_pid=1 child_comm=worker"
                + " child_pid=2\n")
        .contains("worker-2 [0.000000010] sched:sched_process_exit: comm=worker pid=2\n")
        .contains("<idle>-0 [0.000000010] sched:sched_wakeup: comm=worker pid=2\n")
        .contains("next_comm=main next_pid=1\n");
  }
}
