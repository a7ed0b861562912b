package dev.sekiso.machine;

/** What a machine tells about itself, with the kernel's names. */
final class MachineTracepoints {

  static final Tracepoint SCHED_SWITCH =
      Tracepoint.of(
          "sched", "sched_switch", "prev_comm", "prev_pid", "prev_state", "next_comm", "next_pid");
  static final Tracepoint SCHED_WAKEUP = Tracepoint.of("sched", "sched_wakeup", "comm", "pid");
  static final Tracepoint SCHED_PROCESS_FORK =
      Tracepoint.of(
          "sched", "sched_process_fork", "parent_comm", "parent_pid", "child_comm", "child_pid");
  static final Tracepoint SCHED_PROCESS_EXIT =
      Tracepoint.of("sched", "sched_process_exit", "comm", "pid");
  static final Tracepoint TIMER_START =
      Tracepoint.of("timer", "timer_start", "function", "expires");
  static final Tracepoint TIMER_CANCEL = Tracepoint.of("timer", "timer_cancel", "function");
  static final Tracepoint TIMER_EXPIRE_ENTRY =
      Tracepoint.of("timer", "timer_expire_entry", "function", "now");
  static final Tracepoint TIMER_EXPIRE_EXIT =
      Tracepoint.of("timer", "timer_expire_exit", "function");

  private MachineTracepoints() {}
}
