package dev.sekiso.machine;

import java.util.List;

/**
 * A tracepoint that was passed.
 *
 * @param nanoTime when, by {@link Machine#nanoTime()}
 * @param taskId who, by {@link Task#id()}; 0 in interrupt context
 * @param taskName who, by {@link Task#name()}
 * @param point where
 * @param values one per field of the tracepoint, in its order: numbers, booleans, enums, strings
 */
public record TraceEvent(
    long nanoTime, long taskId, String taskName, Tracepoint point, List<Object> values) {

  public TraceEvent {
    values = List.copyOf(values);
    if (values.size() != point.fields().size()) {
      throw new IllegalArgumentException(
          point + " has the fields " + point.fields() + " but got the values " + values);
    }
  }

  /**
   * The value of a field; {@link IllegalArgumentException} when the tracepoint has none so named.
   */
  public Object value(String field) {
    int index = point.fields().indexOf(field);
    if (index < 0) {
      throw new IllegalArgumentException(
          point + " has no field '" + field + "' but " + point.fields());
    }
    return values.get(index);
  }

  /** The event as a line, much as {@code trace_pipe} prints it. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(96);
    line.append(taskName).append('-').append(taskId).append(" [");
    line.append(nanoTime / 1_000_000_000).append('.');
    String fraction = Long.toString(nanoTime % 1_000_000_000);
    line.repeat('0', 9 - fraction.length()).append(fraction).append("] ");
    line.append(point).append(':');
    for (int i = 0; i < values.size(); i++) {
      line.append(' ').append(point.fields().get(i)).append('=').append(values.get(i));
    }
    return line.toString();
  }
}
