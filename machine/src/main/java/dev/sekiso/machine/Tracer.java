package dev.sekiso.machine;

/**
 * Receives tracepoints. Callers guard the argument array with {@link #enabled()}, which is constant
 * false for {@link #NONE}:
 *
 * <pre>{@code
 * if (tracer.enabled()) {
 *   tracer.emit(MM_FILEMAP_ADD, inode, index, order);
 * }
 * }</pre>
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

  /** Whether anybody listens to anything. */
  boolean enabled();

  /** Whether anybody listens to this tracepoint; saves making the values of one nobody asked for. */
  default boolean enabled(Tracepoint point) {
    return enabled();
  }

  /**
   * Says whose events these are. A machine calls it once, when it is made, before any event, so that
   * a tracer can ask it for the time and the task.
   */
  default void attach(Machine machine) {}

  /**
   * Delivers an event. Callable from any context; must not wait.
   *
   * @param values one per field of the tracepoint: numbers, strings, enums
   */
  void emit(Tracepoint point, Object... values);
}
