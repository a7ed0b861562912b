package dev.sekiso.writeback;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.WaitQueue;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Shares a device among the flushers of several control groups by weight, as {@code io.weight}
 * does.
 *
 * <p>What has been submitted is out of reach: a device whose queue takes all dirty pages at once
 * serves them in its own order, and no flusher has anything left to be chosen for. So while several
 * groups are at work each may have only so many pages under writeback, its window: its part, by
 * weight, of what keeps the device busy. The rest stays dirty (the kernel's {@code blk-wbt} holds
 * writeback back for the same reason). As all pages under writeback wait for the same device about
 * equally long, parts of what is under way are parts of what is written.
 *
 * <p>A group with a small limit cannot fill a large window, because its writers rest before. So all
 * windows are made smaller by the same factor, until each group can fill its own with what it may
 * have dirty beyond its background threshold.
 *
 * <p>Besides, each flusher has a virtual time that advances by pages over weight (start-time fair
 * queueing; Goyal, Vin and Cheng, 1996). One that is ahead of the slowest working one by more than
 * a slice waits before it takes the next inode; one that comes back from idleness starts at the
 * time of the slowest, so that idleness earns nothing. This makes good what windows leave uneven,
 * as an inode's last page that is larger than others.
 *
 * <p>A group is at work while its flusher is, while pages of it are under writeback, and a moment
 * longer: its writers have to be woken by what was written before there is something to write
 * again. A flusher whose group is alone never waits, and none waits for long: a slower one that is
 * held up elsewhere does not stop the device. The monitor guards the times.
 */
final class WeightedShares {

  /** Pages at the default weight that a flusher may be ahead: 1 MiB. */
  private static final long SLICE_PAGES = 256;

  /**
   * The longest wait for a turn: several chunks of 4 MiB at 10 MB/s. Beyond it a share is less than
   * its weight, but a flusher that is stuck in a file system stops nobody else.
   */
  private static final long MOST_NANOS = 2_000_000_000L;

  /** How long a group counts as being at work after it was seen to be: a usual rest of writers. */
  private static final long MOMENT_NANOS = 20_000_000L;

  /** The part of its dirty limit that a group surely can have under writeback. */
  private static final int PART_OF_LIMIT = 4;

  /** No window is smaller: 64 KiB. */
  private static final long LEAST_WINDOW = 16;

  /** A window that is full is filled again when half of it has been written, in larger pieces. */
  private static final int REFILL_PART = 2;

  private static final class Share {
    private double time;
    private int working;
    private long seenAtWork;
  }

  private final Machine machine;
  private final WaitQueue queue;
  private final LongSupplier enough;
  private final AtomicInteger waiting = new AtomicInteger();
  private final Map<BdiWriteback, Share> shares = new IdentityHashMap<>();

  /** The slowest active one's time, as far as it has come. */
  private double virtualTime;

  /**
   * Shares of one device.
   *
   * @param enough pages under writeback that keep it busy
   */
  WeightedShares(Machine machine, WaitQueue queue, LongSupplier enough) {
    this.machine = machine;
    this.queue = queue;
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
        share.seenAtWork = machine.nanoTime();
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

  /**
   * Waits until it is the flusher's turn.
   *
   * @return its window: pages that it may have under writeback now
   */
  long awaitTurn(BdiWriteback writeback) {
    waiting.incrementAndGet();
    try {
      queue.await(writeback, () -> isTurn(writeback), MOST_NANOS);
    } finally {
      waiting.decrementAndGet();
    }
    return window(writeback);
  }

  /** Pages have been written. Any context. */
  void written() {
    if (waiting.get() > 0) {
      queue.wakeAll();
    }
  }

  private synchronized boolean isTurn(BdiWriteback writeback) {
    Share share = shares.get(writeback);
    if (share == null) {
      return true;
    }
    long window = window(writeback);
    return window == Long.MAX_VALUE
        || (share.time <= slowest() + SLICE_PAGES && writeback.writeback() <= window / REFILL_PART);
  }

  /** Pages that a flusher may have under writeback: no bound when no other group is at work. */
  private synchronized long window(BdiWriteback writeback) {
    long now = machine.nanoTime();
    long weights = writeback.weight();
    boolean isAlone = true;
    for (Map.Entry<BdiWriteback, Share> other : shares.entrySet()) {
      if (other.getKey() != writeback && isAtWork(other.getKey(), other.getValue(), now)) {
        weights += other.getKey().weight();
        isAlone = false;
      }
    }
    if (isAlone) {
      return Long.MAX_VALUE;
    }
    double pagesPerWeight = (double) enough.getAsLong() / weights;
    for (Map.Entry<BdiWriteback, Share> each : shares.entrySet()) {
      BdiWriteback candidate = each.getKey();
      DirtyDomain domain = candidate.groupDomain();
      if (domain != null && (candidate == writeback || isAtWork(candidate, each.getValue(), now))) {
        double most = (double) domain.limits().limit() / PART_OF_LIMIT;
        pagesPerWeight = Math.min(pagesPerWeight, most / candidate.weight());
      }
    }
    return Math.max(LEAST_WINDOW, (long) (pagesPerWeight * writeback.weight()));
  }

  private static boolean isAtWork(BdiWriteback writeback, Share share, long now) {
    if (share.working > 0 || writeback.writeback() > 0) {
      share.seenAtWork = now;
      return true;
    }
    return now - share.seenAtWork < MOMENT_NANOS;
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
