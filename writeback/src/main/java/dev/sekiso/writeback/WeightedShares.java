package dev.sekiso.writeback;

import dev.sekiso.machine.WaitQueue;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Shares a device among the flushers of several control groups by weight, as {@code io.weight}
 * does: start-time fair queueing (Goyal, Vin and Cheng, 1996) over what they submit.
 *
 * <p>Each flusher has a virtual time that advances by pages over weight. One that is ahead of the
 * slowest active one by more than a slice waits before it takes the next inode; one that comes back
 * from idleness starts at the time of the slowest, so that idleness earns nothing. A flusher alone
 * never waits, and none waits for long: a slower one that is held up elsewhere does not stop the
 * device. The monitor guards the times.
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
  private final Map<BdiWriteback, Share> shares = new IdentityHashMap<>();

  /** The slowest active one's time, as far as it has come. */
  private double virtualTime;

  WeightedShares(WaitQueue queue) {
    this.queue = queue;
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
    queue.await(writeback, () -> isTurn(writeback), MOST_NANOS);
  }

  private synchronized boolean isTurn(BdiWriteback writeback) {
    Share share = shares.get(writeback);
    return share == null || share.time <= slowest() + SLICE_PAGES;
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
