package dev.sekiso.machine;

/**
 * Counts a simulation's events and says when there is something to look at: a power cut that was
 * asked for, a limit, or, every now and then, whether the run is still wanted. Counting costs one
 * comparison. Guarded by the baton.
 */
final class EventCounter {

  /** How many events pass between two looks at whether the caller of run was interrupted. */
  private static final long POLL_EVENTS = 4096;

  /** What a look finds, the most pressing first. */
  enum Finding {
    POWER_CUT,
    TOO_MANY_EVENTS,
    NO_TIME_PASSES,
    NOTHING
  }

  private final SimulationLimits limits;
  private long count;
  private long cutAt = Long.MAX_VALUE;

  /** The event at which a running machine is deemed stuck in an instant. */
  private long stallAt;

  /** The next event at which something is to be looked at. */
  private long lookAt;

  EventCounter(SimulationLimits limits) {
    this.limits = limits;
    this.stallAt = limits.eventsWithoutTime();
  }

  long count() {
    return count;
  }

  /** Asks for a power cut at an event. */
  void cutAt(long event) {
    cutAt = event;
    lookAt = 0;
  }

  boolean isCutDue() {
    return count >= cutAt;
  }

  /** Counts an event; true when {@link #look} is due. */
  boolean countOne() {
    return ++count >= lookAt;
  }

  /** Time has passed: the machine is not stuck. */
  void timePassed() {
    stallAt = count + limits.eventsWithoutTime();
  }

  Finding look() {
    lookAt = Math.min(count + POLL_EVENTS, stallAt);
    lookAt = Math.min(lookAt, Math.min(cutAt, limits.events()));
    if (isCutDue()) {
      return Finding.POWER_CUT;
    }
    if (count >= limits.events()) {
      return Finding.TOO_MANY_EVENTS;
    }
    return count >= stallAt ? Finding.NO_TIME_PASSES : Finding.NOTHING;
  }
}
