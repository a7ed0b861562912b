package dev.sekiso.blockdev.internal;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Runs actions one after another in each thread: an action started from within another waits until
 * that has returned. For devices whose submissions can complete, and whose completions submit, in
 * the same thread without end.
 *
 * <p>An action that throws ends the outermost call; the actions behind it are run first.
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
    try {
      for (Runnable next = action; next != null; next = line.waiting.poll()) {
        next.run();
      }
    } finally {
      line.running = false;
      if (!line.waiting.isEmpty()) {
        // Something threw: what is behind it still has to happen.
        run(line.waiting.poll());
      }
    }
  }
}
