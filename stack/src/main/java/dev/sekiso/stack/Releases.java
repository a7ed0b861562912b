package dev.sekiso.stack;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.PowerCut;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What has been opened, to be released in reverse order. Every step is taken, whatever the others
 * do; the first failure is thrown with the later ones suppressed in it. Guarded by its user.
 */
final class Releases {

  /** One step of releasing. */
  @FunctionalInterface
  interface Step {
    Step NOTHING = () -> {};

    void release() throws ErrnoException;
  }

  /** How one thing ends in order, and how when its machine is dead. */
  private record Entry(Step close, Step abandon) {}

  private final Deque<Entry> entries = new ArrayDeque<>();

  /** Something that ends the same way in any case. */
  void add(Step step) {
    add(step, step);
  }

  /**
   * Something that was opened.
   *
   * @param close ends it in order; runs on a living machine
   * @param abandon gives back what belongs to the host (memory, open files) when the machine is
   *     dead
   */
  void add(Step close, Step abandon) {
    entries.push(new Entry(close, abandon));
  }

  /**
   * Takes every step, latest first. A second call does nothing. A {@link PowerCut} ends it at once:
   * what is left waits for {@link #abandon}.
   */
  void close() throws ErrnoException {
    Throwable first = null;
    while (!entries.isEmpty()) {
      try {
        entries.peek().close.release();
        entries.pop();
      } catch (PowerCut e) {
        throw e;
      } catch (ErrnoException | RuntimeException | Error e) {
        entries.pop();
        first = first(first, e);
      }
    }
    rethrow(first);
  }

  /**
   * Gives back what belongs to the host, latest first; running into the dead machine is no failure.
   */
  void abandon() throws ErrnoException {
    Throwable first = null;
    while (!entries.isEmpty()) {
      try {
        entries.pop().abandon.release();
      } catch (PowerCut e) {
        continue;
      } catch (ErrnoException | RuntimeException | Error e) {
        first = first(first, e);
      }
    }
    rethrow(first);
  }

  private static Throwable first(Throwable first, Throwable next) {
    if (first == null) {
      return next;
    }
    if (first != next) {
      first.addSuppressed(next);
    }
    return first;
  }

  private static void rethrow(Throwable failure) throws ErrnoException {
    switch (failure) {
      case null -> {}
      case ErrnoException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(failure);
    }
  }
}
