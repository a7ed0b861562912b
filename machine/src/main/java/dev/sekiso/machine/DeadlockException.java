package dev.sekiso.machine;

/**
 * Every user task of a {@link SimulatedMachine} waits for something that can no longer happen. The
 * message lists all waiting tasks, what each waits for and, for locks, who holds it.
 */
public final class DeadlockException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  DeadlockException(String message) {
    super(message);
  }
}
