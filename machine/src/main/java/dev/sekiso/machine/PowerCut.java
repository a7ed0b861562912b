package dev.sekiso.machine;

/**
 * Ends a task whose machine has lost power. An {@link Error}, so that nothing that handles failures
 * mistakes it for one; every machine call of a dead machine throws it again.
 */
public final class PowerCut extends Error {

  private static final long serialVersionUID = 1L;

  public PowerCut() {
    super("the machine's power was cut", null, false, false);
  }
}
