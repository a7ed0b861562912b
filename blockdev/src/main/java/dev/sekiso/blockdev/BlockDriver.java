package dev.sekiso.blockdev;

import dev.sekiso.machine.ErrnoException;

/**
 * Carries requests out: a file, memory, a modelled disk (the kernel's {@code blk_mq_ops}).
 *
 * <p>The queue hands over at most {@link QueueLimits#queueDepth} requests at one time, each exactly
 * once; the driver calls {@link Request#complete} exactly once for each, from any context, possibly
 * before {@link #execute} returns.
 */
public interface BlockDriver extends AutoCloseable {

  /** Size in sectors. */
  long sectors();

  QueueLimits limits();

  /** Starts a request. Must not wait; failures are the request's completion status. */
  void execute(Request request);

  /** Releases what the driver holds; no request is in flight. */
  @Override
  void close() throws ErrnoException;
}
