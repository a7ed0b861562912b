package dev.sekiso.blockdev.internal;

/** Goes on after a failure, and throws it in the end. */
public final class Failures {

  private Failures() {}

  /** The first of two failures, with the other one suppressed by it. */
  @SuppressWarnings("ReferenceEquality") // An exception cannot suppress itself.
  public static Throwable join(Throwable first, Throwable later) {
    if (first == null) {
      return later;
    }
    if (first != later) {
      first.addSuppressed(later);
    }
    return first;
  }

  /** Throws an unchecked failure, if there is one. */
  public static void rethrow(Throwable failure) {
    switch (failure) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(failure);
    }
  }
}
