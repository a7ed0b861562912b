package dev.sekiso.blockdev.internal;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Runs actions one after another in each thread: an action started from within another waits until
 * that has returned. For devices whose submissions can complete, and whose completions submit, in
 * the same thread without end.
 *
 * <p>What an action throws, the outermost call throws, once the actions behind it have run.
 */
public final class Trampoline {

  private static final class Line {
    final Deque<Runnable> waiting = new ArrayDeque<>();
    boolean running;
  }

  private final ThreadLocal<Line> lines = ThreadLocal.withInitial(Line::new);

  /** Runs the action, now or when what runs in this thread has returned. */
  public void run(Runnable action) {
    Line line = lines.get();
    if (line.running) {
      line.waiting.add(action);
      return;
    }
    line.running = true;
    Throwable thrown = null;
    for (Runnable next = action; next != null; next = line.waiting.poll()) {
      try {
        next.run();
      } catch (RuntimeException | Error e) {
        // What is behind it still has to happen.
        thrown = Failures.join(thrown, e);
      }
    }
    line.running = false;
    Failures.rethrow(thrown);
  }
}
