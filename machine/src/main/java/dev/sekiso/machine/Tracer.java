package dev.sekiso.machine;

import java.util.List;

/**
 * Receives tracepoints. Callers guard the argument array with {@link #enabled(Tracepoint)}, which
 * is constant false for {@link #NONE}:
 *
 * <pre>{@code
 * if (tracer.enabled(MM_FILEMAP_ADD)) {
 *   tracer.emit(MM_FILEMAP_ADD, inode, index, order);
 * }
 * }</pre>
 *
 * <p>All methods are called from any context, by several tasks at once and even inside short
 * critical sections. They must not wait, nor ask the machine for more than time and task.
 */
public interface Tracer {

  /** Nobody listens. */
  Tracer NONE =
      new Tracer() {
        @Override
        public boolean enabled() {
          return false;
        }

        @Override
        public void emit(Tracepoint point, Object... values) {}
      };

  /** A tracer that passes every event to each of the given ones that wants it, in their order. */
  static Tracer toAll(Tracer... tracers) {
    return new FanOutTracer(List.of(tracers));
  }

  /** Whether anybody listens to anything. */
  boolean enabled();

  /** Whether anybody listens to this tracepoint; saves making values that nobody asked for. */
  default boolean enabled(Tracepoint point) {
    return enabled();
  }

  /**
   * Says whose events these are. A machine calls it once, while it is made, before any event, so
   * that a tracer can ask it for the time and the task.
   */
  default void attach(Machine machine) {}

  /**
   * Delivers an event.
   *
   * @param values one per field of the tracepoint: numbers, booleans, enums, strings
   */
  void emit(Tracepoint point, Object... values);
}
