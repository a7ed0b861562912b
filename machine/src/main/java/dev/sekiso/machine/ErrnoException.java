package dev.sekiso.machine;

import java.io.IOException;
import java.util.Objects;

/** A call failed with the error number Linux gives in that case. */
public final class ErrnoException extends IOException {

  private static final long serialVersionUID = 1L;

  private final Errno errno;

  /**
   * @param errno the error number
   * @param message where it happened and what to do about it
   */
  public ErrnoException(Errno errno, String message) {
    super(errno + ": " + message);
    this.errno = Objects.requireNonNull(errno, "errno");
  }

  public ErrnoException(Errno errno, String message, Throwable cause) {
    super(errno + ": " + message, cause);
    this.errno = Objects.requireNonNull(errno, "errno");
  }

  public Errno errno() {
    return errno;
  }
}
