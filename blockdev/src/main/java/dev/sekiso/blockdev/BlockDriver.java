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

  /**
   * Whether the driver carries the operation out itself. What it lacks the queue does for it: a
   * {@link BioOperation#WRITE_ZEROES} becomes writes of zeroes; a {@link BioOperation#DISCARD}
   * fails with EOPNOTSUPP, as in Linux.
   */
  default boolean supports(BioOperation operation) {
    return switch (operation) {
      case READ, WRITE, FLUSH -> true;
      case DISCARD -> limits().discard();
      case WRITE_ZEROES -> false;
    };
  }

  /** Whether the device refuses to be written. */
  default boolean readOnly() {
    return false;
  }

  /**
   * Starts a request. Must not wait; failures are the request's completion status.
   *
   * <p>A flush ({@link BioOperation#FLUSH}) comes only to a driver whose limits tell of a volatile
   * write cache, one at a time; a write with {@link Bio#FORCE_UNIT_ACCESS} only to one whose limits
   * tell that it has it.
   */
  void execute(Request request);

  /** Releases what the driver holds; no request is in flight. */
  @Override
  void close() throws ErrnoException;
}
