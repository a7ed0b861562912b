package dev.sekiso.blockdev;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether one direction of a queue is congested (Linux 2.6 to 5.17, {@code
 * blk_queue_congestion_threshold}): from when it has more than 7/8 of the requests there may be,
 * until it has less than 13/16 of them. In between it is what it was, so that those who hold back
 * when it is congested do not come back for a single request.
 *
 * <p>Without a lock, from any context; tasks that race see one or the other.
 */
final class Congestion {

  private final AtomicInteger requests = new AtomicInteger();
  private volatile boolean congested;

  /** A request was made, of so many there may be. */
  void made(int limit) {
    if (requests.incrementAndGet() >= onFrom(limit)) {
      congested = true;
    }
  }

  /**
   * A request is gone.
   *
   * @return whether congestion ended by that
   */
  boolean gone(int limit) {
    if (requests.decrementAndGet() < offBelow(limit) && congested) {
      congested = false;
      return true;
    }
    return false;
  }

  boolean isCongested() {
    return congested;
  }

  int requests() {
    return requests.get();
  }

  /** {@code nr_congestion_on}. */
  static int onFrom(int limit) {
    return Math.min(limit, limit - limit / 8 + 1);
  }

  /** {@code nr_congestion_off}. */
  static int offBelow(int limit) {
    return Math.max(1, limit - limit / 8 - limit / 16 - 1);
  }
}
