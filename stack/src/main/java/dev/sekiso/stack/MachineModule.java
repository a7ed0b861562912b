package dev.sekiso.stack;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.SystemMachine;
import dev.sekiso.machine.Tracer;
import java.util.List;

/** Binds the machines. */
final class MachineModule extends SeamModule {

  private static final String SEED = "seed";
  private static final String PROCESSORS = "processors";
  private static final String CUT_AT_EVENT = "cut_power_at_event";
  private static final String MAX_EVENTS = "max_events";
  private static final String MAX_TIME = "max_time";

  @Override
  protected void configure() {
    choice(
        Seams.MACHINE,
        "system",
        "real time, tasks on virtual threads",
        "java.lang.Thread.ofVirtual (JEP 444)",
        (tracer, parameters) -> new SystemMachine(tracer));
    choice(
        Seams.MACHINE,
        "simulated",
        "virtual time, one task at a time, the next one chosen by a seed",
        "FoundationDB (Zhou et al. 2021), deterministic simulation",
        List.of(
            Setting.integer(
                SEED, "1", Long.MIN_VALUE, Long.MAX_VALUE, "", "where all choices come from"),
            Setting.integer(
                PROCESSORS,
                "",
                1,
                4096,
                "processors",
                "tasks that can compute at once; empty: all"),
            Setting.integer(
                CUT_AT_EVENT,
                "",
                0,
                Long.MAX_VALUE,
                "events",
                "event before which the power is cut; empty: never"),
            Setting.integer(
                MAX_EVENTS,
                "",
                1,
                Long.MAX_VALUE,
                "events",
                "events after which a run is given up; empty: never"),
            Setting.duration(
                MAX_TIME, "", 1, Long.MAX_VALUE, "virtual time after which a run is given up")),
        MachineModule::simulated);
  }

  private static Machine simulated(Tracer tracer, Values parameters) {
    SimulatedMachine.Builder builder =
        SimulatedMachine.builder(parameters.number(SEED)).tracer(tracer);
    if (parameters.isSet(PROCESSORS)) {
      builder.processors(parameters.integer(PROCESSORS));
    }
    if (parameters.isSet(CUT_AT_EVENT)) {
      builder.cutPowerAtEvent(parameters.number(CUT_AT_EVENT));
    }
    if (parameters.isSet(MAX_EVENTS)) {
      builder.maxEvents(parameters.number(MAX_EVENTS));
    }
    if (parameters.isSet(MAX_TIME)) {
      builder.maxVirtualTime(parameters.number(MAX_TIME));
    }
    return builder.build();
  }
}
