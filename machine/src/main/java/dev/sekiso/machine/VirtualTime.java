package dev.sekiso.machine;

/**
 * A simulation's time and what happens in it. Events of equal time happen in the order of a number
 * drawn when they were made. Guarded by the baton.
 */
final class VirtualTime {

  /** The time at which nothing happens any more. */
  static final long NEVER = Long.MAX_VALUE;

  private final EventHeap events = new EventHeap();
  private final SplitMix random;
  private long now;

  VirtualTime(SplitMix random) {
    this.random = random;
  }

  /** Nanoseconds since the machine's boot. */
  long now() {
    return now;
  }

  /** The time after so many nanoseconds; 292 years from now is never. */
  long later(long nanos) {
    long time = now + nanos;
    return time < 0 ? NEVER : time;
  }

  /** Lets an event happen after a delay; at once when that is not positive. */
  void add(Event event, long delayNanos) {
    event.time = later(Math.max(0, delayNanos));
    event.tieBreak = random.nextLong();
    events.add(event);
  }

  /** Takes an event back; false when it was not to happen. */
  boolean remove(Event event) {
    return events.remove(event);
  }

  /** Whether something is to happen at the present time. */
  boolean isEventDue() {
    return next() <= now;
  }

  /** When the next event happens, {@link #NEVER} when there is none. */
  long next() {
    Event next = events.peek();
    return next == null ? NEVER : next.time;
  }

  /** Takes out the next event. */
  Event takeNext() {
    return events.poll();
  }

  /** Moves the clock; false when it is that late already. */
  boolean moveTo(long time) {
    if (time <= now) {
      return false;
    }
    now = time;
    return true;
  }

  /** Nothing happens any more. */
  void end() {
    events.clear();
  }
}
