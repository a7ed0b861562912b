package dev.sekiso.machine;

/**
 * A {@link SimulatedMachine} went on longer than its limits allow. The message says which limit,
 * how to raise it, and lists what each task was doing.
 */
public final class LivelockException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  LivelockException(String message) {
    super(message);
  }
}
