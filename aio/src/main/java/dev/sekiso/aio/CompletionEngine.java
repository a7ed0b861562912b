package dev.sekiso.aio;

import dev.sekiso.machine.ErrnoException;

/**
 * Carries transfers out and tells each one's listener exactly once. Safe for use by any number of
 * tasks.
 */
public interface CompletionEngine extends AutoCloseable {

  /**
   * Takes a transfer. The listener may have run when this returns.
   *
   * @throws ErrnoException EAGAIN when as many as allowed are in flight; EINVAL after {@link
   *     #close}
   */
  void submit(Transfer transfer) throws ErrnoException;

  /**
   * Ends a transfer that has not begun: its listener hears ECANCELED before this returns.
   *
   * @return false when it runs or has ended
   */
  boolean cancel(Transfer transfer);

  /** Waits until every transfer has ended; takes no more. Idempotent. */
  @Override
  void close();
}
