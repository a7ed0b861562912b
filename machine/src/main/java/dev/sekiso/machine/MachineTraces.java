package dev.sekiso.machine;

/**
 * Tells a tracer what a machine does with its tasks and timers ({@code trace_sched_switch} and its
 * like). Costs a look at {@link Tracer#enabled} where nobody listens.
 */
final class MachineTraces {

  /** Where what is told goes: the tracer, or who guards the machine against it. */
  @FunctionalInterface
  interface Sink {
    void emit(Tracepoint point, Object... values);
  }

  private final Tracer tracer;
  private final Sink sink;

  MachineTraces(Tracer tracer, Sink sink) {
    this.tracer = tracer;
    this.sink = sink;
  }

  void forked(Task parent, Task child) {
    if (tracer.enabled(MachineTracepoints.SCHED_PROCESS_FORK)) {
      sink.emit(
          MachineTracepoints.SCHED_PROCESS_FORK,
          parent.name(),
          parent.id(),
          child.name(),
          child.id());
    }
  }

  void exited(Task task) {
    if (tracer.enabled(MachineTracepoints.SCHED_PROCESS_EXIT)) {
      sink.emit(MachineTracepoints.SCHED_PROCESS_EXIT, task.name(), task.id());
    }
  }

  void woken(Task task) {
    if (tracer.enabled(MachineTracepoints.SCHED_WAKEUP)) {
      sink.emit(MachineTracepoints.SCHED_WAKEUP, task.name(), task.id());
    }
  }

  /**
   * @param state of the one that goes: the kernel's letter
   */
  void switched(Task from, String state, Task to) {
    if (tracer.enabled(MachineTracepoints.SCHED_SWITCH)) {
      sink.emit(MachineTracepoints.SCHED_SWITCH, from.name(), from.id(), state, to.name(), to.id());
    }
  }

  void timerStarted(String name, long expires) {
    if (tracer.enabled(MachineTracepoints.TIMER_START)) {
      sink.emit(MachineTracepoints.TIMER_START, name, expires);
    }
  }

  void timerCancelled(String name) {
    if (tracer.enabled(MachineTracepoints.TIMER_CANCEL)) {
      sink.emit(MachineTracepoints.TIMER_CANCEL, name);
    }
  }

  void timerEntered(String name, long now) {
    if (tracer.enabled(MachineTracepoints.TIMER_EXPIRE_ENTRY)) {
      sink.emit(MachineTracepoints.TIMER_EXPIRE_ENTRY, name, now);
    }
  }

  void timerLeft(String name) {
    if (tracer.enabled(MachineTracepoints.TIMER_EXPIRE_EXIT)) {
      sink.emit(MachineTracepoints.TIMER_EXPIRE_EXIT, name);
    }
  }
}
