package dev.sekiso.blockdev;

import dev.sekiso.machine.ErrnoException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Ends a bio once all its parts have ended, with the first error among them ({@code bio_chain}).
 * Made with one count for the splitter itself, so that the bio cannot end while parts are still
 * being cut.
 */
final class BioChain implements Bio.Completion {

  private final Bio whole;
  private final AtomicInteger open = new AtomicInteger(1);
  private final AtomicReference<ErrnoException> failure = new AtomicReference<>();

  BioChain(Bio whole) {
    this.whole = whole;
  }

  /** One more part is on its way. */
  BioChain fork() {
    open.incrementAndGet();
    return this;
  }

  @Override
  public void completed(Bio part) {
    if (part.failure() != null) {
      failure.compareAndSet(null, part.failure());
    }
    join();
  }

  /** No more parts will come. */
  void join() {
    if (open.decrementAndGet() == 0) {
      ErrnoException reason = failure.get();
      if (reason == null) {
        whole.complete(null);
      } else {
        whole.fail(reason);
      }
    }
  }

  void fail(ErrnoException reason) {
    failure.compareAndSet(null, reason);
  }
}
