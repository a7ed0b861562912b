package dev.sekiso.machine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Keeps the events of one machine, all of them or the last so many, of all systems or some (the
 * kernel's trace buffer).
 *
 * <p>Give it to the machine that it shall record; the machine {@linkplain #attach attaches} itself,
 * and from then on tells the tracer time and task. Safe from any context; the monitor guards the
 * buffer.
 */
public final class RecordingTracer implements Tracer {

  private final int capacity;
  private final Set<String> systems;
  private final ArrayDeque<TraceEvent> events = new ArrayDeque<>();
  private Machine machine;
  private long dropped;

  private RecordingTracer(int capacity, Set<String> systems) {
    this.capacity = capacity;
    this.systems = systems;
  }

  /**
   * Records everything.
   *
   * @param systems the trace systems to record ({@code "block"}, {@code "sched"}, …); all when none
   *     is given
   */
  public static RecordingTracer unbounded(String... systems) {
    return new RecordingTracer(Integer.MAX_VALUE, Set.of(systems));
  }

  /**
   * Records the last events; older ones are dropped and {@linkplain #dropped() counted}.
   *
   * @param capacity how many events are kept, at least 1
   * @param systems the trace systems to record; all when none is given
   */
  public static RecordingTracer ofLast(int capacity, String... systems) {
    if (capacity < 1) {
      throw new IllegalArgumentException(
          "a trace of " + capacity + " events: at least 1 is needed");
    }
    return new RecordingTracer(capacity, Set.of(systems));
  }

  @Override
  public synchronized void attach(Machine newMachine) {
    if (machine != null) {
      throw new IllegalStateException(
          "a recording tracer records one machine: make another for the second");
    }
    machine = newMachine;
  }

  @Override
  public boolean enabled() {
    return true;
  }

  @Override
  public boolean enabled(Tracepoint point) {
    return systems.isEmpty() || systems.contains(point.system());
  }

  @Override
  public void emit(Tracepoint point, Object... values) {
    if (!enabled(point)) {
      return;
    }
    Object[] frozen = Arrays.copyOf(values, values.length, Object[].class);
    for (int i = 0; i < frozen.length; i++) {
      if (!(frozen[i] instanceof Number
          || frozen[i] instanceof Boolean
          || frozen[i] instanceof Enum<?>)) {
        frozen[i] = String.valueOf(frozen[i]);
      }
    }
    Machine recorded;
    synchronized (this) {
      recorded = machine;
    }
    if (recorded == null) {
      throw new IllegalStateException(
          point + " was emitted before the tracer was given to a machine");
    }
    Task task = recorded.currentTask();
    synchronized (this) {
      if (events.size() == capacity) {
        events.removeFirst();
        dropped++;
      }
      // The time is read under the monitor so that the recording is in order of time.
      events.addLast(
          new TraceEvent(recorded.nanoTime(), task.id(), task.name(), point, List.of(frozen)));
    }
  }

  /** What has been recorded, oldest first. */
  public synchronized List<TraceEvent> events() {
    return new ArrayList<>(events);
  }

  /** What has been recorded as lines of text, oldest first, each ended by a line feed. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (TraceEvent event : events()) {
      text.append(event).append('\n');
    }
    return text.toString();
  }

  /** How many events are gone because a bounded recording was full. */
  public synchronized long dropped() {
    return dropped;
  }

  /** Forgets what has been recorded. */
  public synchronized void clear() {
    events.clear();
    dropped = 0;
  }
}
