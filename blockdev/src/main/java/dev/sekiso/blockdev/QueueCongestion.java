package dev.sekiso.blockdev;

/**
 * The congestion of a queue's two directions, and whether it has ended ({@code
 * clear_bdi_congested}). Everything but a read counts as a write, as in {@code rq_data_dir}.
 *
 * <p>Without a lock, from any context.
 */
final class QueueCongestion {

  private final Congestion reading = new Congestion();
  private final Congestion writing = new Congestion();

  /** Congestion has ended and nobody was told; two who take it tell twice, which does no harm. */
  private volatile boolean ended;

  boolean isReadCongested() {
    return reading.isCongested();
  }

  boolean isWriteCongested() {
    return writing.isCongested();
  }

  /** A request was made, of so many there may be. */
  void made(Request request, int limit) {
    of(request).made(limit);
  }

  /** A request is gone. */
  void gone(Request request, int limit) {
    if (of(request).gone(limit)) {
      ended = true;
    }
  }

  /** Whether congestion has ended since this was last asked. */
  boolean takeEnded() {
    if (!ended) {
      return false;
    }
    ended = false;
    return true;
  }

  private Congestion of(Request request) {
    return request.operation() == BioOperation.READ ? reading : writing;
  }
}
