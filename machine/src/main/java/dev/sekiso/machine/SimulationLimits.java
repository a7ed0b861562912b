package dev.sekiso.machine;

/**
 * When a simulation is given up.
 *
 * @param events after so many events
 * @param virtualNanos at this time
 * @param eventsWithoutTime after so many events in which no time has passed
 */
record SimulationLimits(long events, long virtualNanos, long eventsWithoutTime) {

  String eventsExceeded() {
    return "the limit is " + events + "; raise it with SimulatedMachine.builder(…).maxEvents(…)";
  }

  String virtualTimeExceeded() {
    return "the next event is beyond the limit of "
        + SimulatedScheduler.seconds(virtualNanos)
        + "; raise it with SimulatedMachine.builder(…).maxVirtualTime(…)";
  }

  String stalled() {
    return eventsWithoutTime
        + " events and no time has passed; if that is meant, raise the limit with"
        + " SimulatedMachine.builder(…).maxEventsWithoutTime(…)";
  }
}
