package dev.sekiso.writeback;

import dev.sekiso.machine.Machine;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Pages of one {@link BdiWriteback} by state, how fast its device takes them, and its share of what
 * was written of late ({@code wb->stat}, {@code wb->completions}). Any context; counters are
 * atomic.
 */
final class PageAccounts {

  private final Machine machine;
  private final AtomicLong reclaimable = new AtomicLong();
  private final AtomicLong writeback = new AtomicLong();
  private final AtomicLong dirtied = new AtomicLong();
  private final AtomicLong written = new AtomicLong();
  private final BandwidthEstimate bandwidth;
  private final WriteoutShare globalShare;
  private final WriteoutShare groupShare;

  /**
   * @param groupShare of what the control group wrote to all devices; null for the root's
   */
  PageAccounts(Machine machine, WriteoutShare globalShare, WriteoutShare groupShare) {
    this.machine = machine;
    this.bandwidth = new BandwidthEstimate(machine.nanoTime());
    this.globalShare = globalShare;
    this.groupShare = groupShare;
  }

  long reclaimable() {
    return Math.max(0, reclaimable.get());
  }

  long writeback() {
    return Math.max(0, writeback.get());
  }

  long dirtied() {
    return dirtied.get();
  }

  long written() {
    return written.get();
  }

  BandwidthEstimate bandwidth() {
    return bandwidth;
  }

  /** The part of an amount that falls to what was written here, of all or of the group's. */
  long share(boolean ofGroup, long amount) {
    WriteoutShare share = ofGroup && groupShare != null ? groupShare : globalShare;
    return share.of(amount, machine.nanoTime());
  }

  void pagesDirtied(int pages) {
    reclaimable.addAndGet(pages);
    dirtied.addAndGet(pages);
  }

  void pagesCleaned(int pages) {
    reclaimable.addAndGet(-pages);
  }

  void pagesUnderWriteback(int pages) {
    writeback.addAndGet(pages);
    bandwidth.started(pages, written.get(), machine.nanoTime());
  }

  void pagesWritten(int pages) {
    writeback.addAndGet(-pages);
    long total = written.addAndGet(pages);
    long now = machine.nanoTime();
    bandwidth.ended(pages, total, now);
    globalShare.add(pages, now);
    if (groupShare != null) {
      groupShare.add(pages, now);
    }
  }

  /** Pages come with an inode that changes its control group, or go with it when negative. */
  void pagesSwitched(long dirtyPages, long pagesUnderWriteback) {
    reclaimable.addAndGet(dirtyPages);
    writeback.addAndGet(pagesUnderWriteback);
    if (pagesUnderWriteback > 0) {
      bandwidth.started(pagesUnderWriteback, written.get(), machine.nanoTime());
    } else if (pagesUnderWriteback < 0) {
      bandwidth.left(-pagesUnderWriteback);
    }
  }
}
