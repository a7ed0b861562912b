package dev.sekiso.stack;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Tracer;

/** Makes a machine: the implementations of {@link Seams#MACHINE}. */
@FunctionalInterface
public interface MachineFactory {

  /**
   * @param parameters checked values of the choice's parameters
   * @param tracer where tracepoints go
   */
  Machine create(Values parameters, Tracer tracer);
}
