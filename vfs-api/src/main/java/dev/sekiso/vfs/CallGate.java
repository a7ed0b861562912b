package dev.sekiso.vfs;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Tracer;

/**
 * What every system call passes on its way in and out: its processor time is charged, its arguments
 * and its result are traced.
 */
final class CallGate {

  private final Machine machine;
  private final Tracer tracer;
  private final long callNanos;

  CallGate(Machine machine, long callNanos) {
    this.machine = machine;
    this.tracer = machine.tracer();
    this.callNanos = callNanos;
  }

  /** A call that returns something. */
  @FunctionalInterface
  interface Body<T> {
    T run() throws ErrnoException;
  }

  /** A call that returns nothing. */
  @FunctionalInterface
  interface Action {
    void run() throws ErrnoException;
  }

  /** Charges a call's time. */
  void charge() {
    if (callNanos > 0) {
      machine.spendProcessorTime(callNanos);
    }
  }

  boolean traces() {
    return tracer.enabled();
  }

  void run(SystemCall call, Action action, Object... arguments) throws ErrnoException {
    get(
        call,
        () -> {
          action.run();
          return null;
        },
        arguments);
  }

  <T> T get(SystemCall call, Body<T> body, Object... arguments) throws ErrnoException {
    charge();
    return traces() ? traced(call, body, arguments) : body.run();
  }

  /** Runs a call between its two tracepoints; its time has been charged. */
  <T> T traced(SystemCall call, Body<T> body, Object... arguments) throws ErrnoException {
    if (tracer.enabled(call.enter())) {
      Object[] values = new Object[arguments.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = arguments[i] instanceof Number ? arguments[i] : String.valueOf(arguments[i]);
      }
      tracer.emit(call.enter(), values);
    }
    long result = 0;
    try {
      T value = body.run();
      result = value instanceof Number number ? number.longValue() : 0;
      return value;
    } catch (ErrnoException e) {
      result = -e.errno().number();
      throw e;
    } finally {
      if (tracer.enabled(call.exit())) {
        tracer.emit(call.exit(), result);
      }
    }
  }
}
