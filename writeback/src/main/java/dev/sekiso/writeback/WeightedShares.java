package dev.sekiso.writeback;

import dev.sekiso.machine.WaitQueue;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Shares a device among the flushers of several control groups by weight, as {@code io.weight}
 * does: start-time fair queueing (Goyal, Vin and Cheng, 1996) over what they submit.
 *
 * <p>Each flusher has a virtual time that advances by pages over weight. One that is ahead of the
 * slowest active one by more than a slice waits before it takes the next inode; one that comes back
 * from idleness starts at the time of the slowest, so that idleness earns nothing. A flusher alone
 * never waits, and none waits for long: a slower one that is held up elsewhere does not stop the
 * device. The monitor guards the times.
 *
 * <p>What has been submitted is out of reach: a device whose queue takes all dirty pages at once
 * serves them in its own order, and no flusher has anything left to be chosen for. So while several
 * flushers are at work the pages under writeback are held to what keeps the device busy, and the
 * rest stays dirty until it is somebody's turn (the kernel's {@code blk-wbt} holds writeback back
 * for the same reason).
 */
final class WeightedShares {

  /** Pages at the default weight that a flusher may be ahead: 1 MiB. */
  private static final long SLICE_PAGES = 256;

  /**
   * The longest wait for a turn: several chunks of 4 MiB at 10 MB/s. Beyond it a share is less than
   * its weight, but a flusher that is stuck in a file system stops nobody else.
   */
  private static final long MOST_NANOS = 2_000_000_000L;

  private static final class Share {
    private double time;
    private int working;
  }

  private final WaitQueue queue;
  private final LongSupplier underWriteback;
  private final LongSupplier enough;
  private final AtomicInteger waiting = new AtomicInteger();
  private final Map<BdiWriteback, Share> shares = new IdentityHashMap<>();

  /** The slowest active one's time, as far as it has come. */
  private double virtualTime;

  /**
   * Shares of one device.
   *
   * @param underWriteback pages being written on it
   * @param enough pages under writeback that keep it busy
   */
  WeightedShares(WaitQueue queue, LongSupplier underWriteback, LongSupplier enough) {
    this.queue = queue;
    this.underWriteback = underWriteback;
    this.enough = enough;
  }

  void begin(BdiWriteback writeback) {
    synchronized (this) {
      Share share = shares.computeIfAbsent(writeback, key -> new Share());
      if (share.working++ == 0) {
        share.time = Math.max(share.time, virtualTime);
      }
    }
  }

  void end(BdiWriteback writeback) {
    synchronized (this) {
      Share share = shares.get(writeback);
      if (share != null && share.working > 0) {
        share.working--;
      }
    }
    queue.wakeAll();
  }

  void forget(BdiWriteback writeback) {
    synchronized (this) {
      shares.remove(writeback);
    }
    queue.wakeAll();
  }

  /** Charges a flusher with pages it has submitted. */
  void charge(BdiWriteback writeback, long pages, int weight) {
    synchronized (this) {
      Share share = shares.get(writeback);
      if (share == null) {
        return;
      }
      share.time += pages * (double) WritebackGroup.DEFAULT_WEIGHT / weight;
      virtualTime = Math.max(virtualTime, slowest());
    }
    queue.wakeAll();
  }

  /** Waits until it is the flusher's turn. */
  void awaitTurn(BdiWriteback writeback) {
    waiting.incrementAndGet();
    try {
      queue.await(writeback, () -> isTurn(writeback), MOST_NANOS);
    } finally {
      waiting.decrementAndGet();
    }
  }

  /** Pages have been written. Any context. */
  void written() {
    if (waiting.get() > 0 && hasRoom()) {
      queue.wakeAll();
    }
  }

  private boolean hasRoom() {
    return underWriteback.getAsLong() <= enough.getAsLong();
  }

  private synchronized boolean isTurn(BdiWriteback writeback) {
    Share share = shares.get(writeback);
    return share == null || isAlone(share) || (share.time <= slowest() + SLICE_PAGES && hasRoom());
  }

  private boolean isAlone(Share share) {
    for (Share other : shares.values()) {
      if (other != share && other.working > 0) {
        return false;
      }
    }
    return true;
  }

  private double slowest() {
    double slowest = Double.MAX_VALUE;
    for (Share share : shares.values()) {
      if (share.working > 0) {
        slowest = Math.min(slowest, share.time);
      }
    }
    return slowest == Double.MAX_VALUE ? virtualTime : slowest;
  }
}
