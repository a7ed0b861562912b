package dev.sekiso.writeback;

import dev.sekiso.machine.WaitQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Counts works until all of a call's are done (the kernel's {@code struct wb_completion}). Carries
 * the first unexpected failure of a file system from the flusher to the one who waits.
 */
final class WorkCompletion {

  /** Nobody waits. */
  static final WorkCompletion NONE = new WorkCompletion(null);

  private final WaitQueue queue;
  private final AtomicInteger outstanding = new AtomicInteger();
  private final AtomicReference<RuntimeException> failure = new AtomicReference<>();

  /** The queue may be shared; null when nobody waits. */
  WorkCompletion(WaitQueue queue) {
    this.queue = queue;
  }

  void started() {
    if (queue != null) {
      outstanding.incrementAndGet();
    }
  }

  void finished() {
    if (queue != null && outstanding.decrementAndGet() == 0) {
      queue.wakeAll();
    }
  }

  /** Whether nothing that was started is unfinished. */
  boolean isDone() {
    return outstanding.get() == 0;
  }

  void failed(RuntimeException cause) {
    if (queue != null) {
      failure.compareAndSet(null, cause);
    }
  }

  /** Waits until every started work has finished. */
  void await() {
    queue.await(this, () -> outstanding.get() == 0);
    RuntimeException cause = failure.get();
    if (cause != null) {
      throw new IllegalStateException("a file system failed while it was written back", cause);
    }
  }

  @Override
  public String toString() {
    return outstanding + " outstanding writeback works";
  }
}
