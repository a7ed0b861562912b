package dev.sekiso.lab.fidelity;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Tracepoint;
import dev.sekiso.machine.Tracer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The tracepoints the recorder listened to, since the last {@link #clear}. Everything that is
 * replayed runs on a simulated machine, so one task at a time calls this.
 */
final class OperationTrace implements Tracer {

  private static final Set<String> WANTED =
      Set.of(
          "page_cache_sync_ra",
          "page_cache_async_ra",
          "page_cache_ra_order",
          "page_cache_ra_unbounded",
          "mm_filemap_fault",
          "mm_filemap_map_pages",
          "mm_filemap_add_to_page_cache",
          "block_rq_issue",
          "block_bio_queue");

  /** A tracepoint that was passed; its subject (a file, a device) comes first. */
  record Event(long nanoTime, Tracepoint point, String subject, Object[] values) {

    String name() {
      return point.name();
    }

    long number(String field) {
      return ((Number) value(field)).longValue();
    }

    Object value(String field) {
      int index = point.fields().indexOf(field);
      if (index < 0) {
        throw new IllegalArgumentException(point + " has no field '" + field + "'");
      }
      return values[index];
    }
  }

  private final List<Event> events = new ArrayList<>();
  private Machine machine;
  private boolean listening;

  /** Forgets what was heard, and listens from now on. */
  void clear() {
    events.clear();
    listening = true;
  }

  /** What was heard, in order. */
  List<Event> events() {
    return events;
  }

  @Override
  public void attach(Machine recorded) {
    machine = recorded;
  }

  @Override
  public boolean enabled() {
    return true;
  }

  @Override
  public boolean enabled(Tracepoint point) {
    return listening && WANTED.contains(point.name());
  }

  @Override
  public void emit(Tracepoint point, Object... values) {
    if (enabled(point)) {
      events.add(new Event(machine.nanoTime(), point, String.valueOf(values[0]), values.clone()));
    }
  }
}
