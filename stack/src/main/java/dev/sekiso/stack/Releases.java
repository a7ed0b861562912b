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
    void release() throws ErrnoException;
  }

  /** A step, and whether it makes sense on a machine without power. */
  private record Entry(Step step, boolean hostResource) {}

  private final Deque<Entry> entries = new ArrayDeque<>();

  /** Something that is undone in an orderly way, on a running machine only: a mount, a flusher. */
  void onClose(Step step) {
    entries.push(new Entry(step, false));
  }

  /** Something the host gave, which has to go back to it in any case: memory, an open file. */
  void onRelease(Step step) {
    entries.push(new Entry(step, true));
  }

  /** Takes every step, latest first. A second call does nothing. */
  void close() throws ErrnoException {
    run(false);
  }

  /**
   * Gives back what belongs to the host, latest first, when the machine is dead; a step that still
   * wants the machine ends there, which is no failure.
   */
  void abandon() throws ErrnoException {
    run(true);
  }

  private void run(boolean hostResourcesOnly) throws ErrnoException {
    Throwable first = null;
    while (!entries.isEmpty()) {
      Entry entry = entries.pop();
      if (hostResourcesOnly && !entry.hostResource) {
        continue;
      }
      try {
        entry.step.release();
      } catch (PowerCut e) {
        if (!hostResourcesOnly) {
          entries.push(entry);
          throw e;
        }
      } catch (ErrnoException | RuntimeException | Error e) {
        if (first == null) {
          first = e;
        } else if (first != e) {
          first.addSuppressed(e);
        }
      }
    }
    switch (first) {
      case null -> {}
      case ErrnoException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(first);
    }
  }
}
