package dev.sekiso.machine;

import java.util.List;

/** Passes each event to every tracer that wants it, in their order. */
final class FanOutTracer implements Tracer {

  private final Tracer[] tracers;

  FanOutTracer(List<Tracer> tracers) {
    this.tracers = tracers.toArray(Tracer[]::new);
  }

  @Override
  public boolean enabled() {
    for (Tracer tracer : tracers) {
      if (tracer.enabled()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean enabled(Tracepoint point) {
    for (Tracer tracer : tracers) {
      if (tracer.enabled(point)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void attach(Machine machine) {
    for (Tracer tracer : tracers) {
      tracer.attach(machine);
    }
  }

  @Override
  public void emit(Tracepoint point, Object... values) {
    for (Tracer tracer : tracers) {
      if (tracer.enabled(point)) {
        tracer.emit(point, values);
      }
    }
  }
}
