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

  boolean enabled();

  /**
   * Delivers an event. Callable from any context; must not wait.
   *
   * @param values one per field of the tracepoint: numbers, strings, enums
   */
  void emit(Tracepoint point, Object... values);
}
