package dev.sekiso.writeback;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Tracepoint;
import dev.sekiso.machine.Tracer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Writeback of what one control group dirties on one device (the kernel's {@code struct
 * bdi_writeback}). Flushers and throttles see it through its public methods; what it is made of is
 * {@link DirtyInodes} (the lists), {@link WorkQueue} (what it has been told to write) and {@link
 * PageAccounts} (counts and speed).
 *
 * <p>It lives from when device and group have met until either goes. Then it is {@linkplain
 * #isOffline offline}: its inodes move to {@link #heir}, the nearest group above, and nothing
 * attaches to it any more.
 */
public final class BdiWriteback {

  /** Least number of pages a flusher takes an inode for ({@code MIN_WRITEBACK_PAGES}), 4 MiB. */
  private static final long MINIMUM_CHUNK = 1024;

  /** A chunk is at most this part of the dirty limit ({@code DIRTY_SCOPE}). */
  private static final int DIRTY_SCOPE = 8;

  /** A device under a strict limit may start with this part of what is free, others with 1/8. */
  private static final int STRICT_SCOPE = 100;

  private static final int PERCENT = 100;

  private final CgroupWriteback layer;
  private final BackingDevInfo device;
  private final Cgroup cgroup;
  private final Machine machine;
  private final WritebackGroup group;
  private final DirtyDomain groupDomain;
  private final long sequence;
  private final DirtyInodes inodes;
  private final WorkQueue works = new WorkQueue();
  private final PageAccounts pages;
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger unchecked = new AtomicInteger();
  private final Flusher.Duty duty;
  private volatile int checkInterval = 1;
  private volatile long lastPeriodic;
  private volatile boolean offline;

  /**
   * @param group null for the root group's
   */
  BdiWriteback(CgroupWriteback layer, BackingDevInfo device, Cgroup cgroup, WritebackGroup group) {
    this.layer = layer;
    this.device = device;
    this.cgroup = cgroup;
    this.machine = layer.machine();
    this.group = group;
    this.groupDomain = group == null ? null : group.domain();
    this.sequence = layer.nextSequence();
    this.lastPeriodic = machine.nanoTime();
    this.inodes =
        new DirtyInodes(
            machine, device.name(), () -> layer.settings().timeExpiryNanos(), this::wake);
    this.pages =
        new PageAccounts(
            machine,
            layer.domain().newShare(),
            groupDomain == null ? null : groupDomain.newShare());
    this.duty = layer.flusher().takeCharge(this);
  }

  public BackingDevInfo device() {
    return device;
  }

  public Cgroup cgroup() {
    return cgroup;
  }

  public Machine machine() {
    return machine;
  }

  /** The memory all pages are in. */
  public DirtyDomain domain() {
    return layer.domain();
  }

  /** Lets the limit in force follow the momentary one; for who has just asked for it. */
  public void limitsSeen(DirtyLimits limits) {
    layer.updateDomain(limits);
  }

  /** What is charged to the control group and those below it; null for the root group's. */
  public DirtyDomain groupDomain() {
    return groupDomain;
  }

  /** The settings in force now. */
  public WritebackSettings settings() {
    return layer.settings();
  }

  DirtyInodes inodes() {
    return inodes;
  }

  PageAccounts pages() {
    return pages;
  }

  // Counts

  /** Pages dirty and not yet being written ({@code WB_RECLAIMABLE}). */
  public long reclaimable() {
    return pages.reclaimable();
  }

  /** Pages being written ({@code WB_WRITEBACK}). */
  public long writeback() {
    return pages.writeback();
  }

  /** Pages that went dirty since the beginning ({@code WB_DIRTIED}). */
  public long dirtied() {
    return pages.dirtied();
  }

  /** Pages written since the beginning ({@code WB_WRITTEN}). */
  public long written() {
    return pages.written();
  }

  /** Pages per second, the quick estimate. */
  public long writeBandwidth() {
    return pages.bandwidth().current();
  }

  /** Pages per second, the steady estimate ({@code avg_write_bandwidth}). */
  public long averageWriteBandwidth() {
    return pages.bandwidth().average();
  }

  /**
   * Its part of a number of pages that may be dirty ({@code __wb_calc_thresh}): by its share in
   * what was written of late, within the device's ratios, and at least an eighth (under a strict
   * limit a hundredth) of what is free, so that a device long idle can start.
   *
   * @param domain the memory in question: {@link #domain} or {@link #groupDomain}
   * @param limit the domain's limit or background threshold
   * @param domainDirty what counts against it
   */
  public long threshold(DirtyDomain domain, long limit, long domainDirty) {
    boolean ofGroup = domain == groupDomain;
    long others = limit * (PERCENT - layer.minimumRatios()) / PERCENT;
    long mine = pages.share(ofGroup, others);
    long all = device.averageWriteBandwidth();
    mine += scaled(limit * device.minimumRatio() / PERCENT, all);
    if (limit > domainDirty) {
      mine =
          Math.max(
              mine,
              (limit - domainDirty) / (device.isStrictlyLimited() ? STRICT_SCOPE : DIRTY_SCOPE));
    }
    int most = device.maximumRatio();
    return most == PERCENT
        ? Math.min(mine, limit)
        : Math.min(mine, scaled(limit * most / PERCENT, all));
  }

  /** A device's ratio counts for all its groups together ({@code wb_min_max_ratio}). */
  private long scaled(long amount, long deviceBandwidth) {
    long mine = averageWriteBandwidth();
    return mine >= deviceBandwidth ? amount : (long) (amount * (double) mine / deviceBandwidth);
  }

  /** Whether flushers should write without being asked ({@code wb_over_bg_thresh}). */
  public boolean isOverBackground() {
    return isOverBackground(layer.domain())
        || (groupDomain != null && isOverBackground(groupDomain));
  }

  /** Whether the device has nearly as many writes as it takes. */
  boolean isWriteCongested() {
    return layer.congestion().isWriteCongested(device.name());
  }

  /**
   * Waits until some device is congested no more, but not longer than so many nanoseconds.
   *
   * @return whether it was so in that time
   */
  public boolean awaitDecongestion(long nanos) {
    return layer.congestion().await(nanos);
  }

  private boolean isOverBackground(DirtyDomain domain) {
    long background = domain.limits().background();
    long now = domain.dirty();
    return now > background || reclaimable() > threshold(domain, background, now);
  }

  /** Whether any inode is to be written, times apart ({@code wb_has_dirty_io}). */
  public boolean hasDirtyIo() {
    return inodes.anyAwaiting();
  }

  /** Whether work waits to be done. */
  public boolean hasQueuedWork() {
    return !works.isEmpty();
  }

  /** Whether a flusher writes now ({@code writeback_in_progress}). */
  public boolean isWriting() {
    return running.get() > 0;
  }

  /** Pages of whatever kind, to bound a work by ({@code get_nr_dirty_pages}). */
  public long dirtyPagesAndInodes() {
    return layer.domain().dirty() + inodes.count();
  }

  // Waking

  /** Lets the flusher write down to the background threshold. */
  public void startBackground() {
    Tracer tracer = machine.tracer();
    if (tracer.enabled()) {
      tracer.emit(Tracepoints.WRITEBACK_WAKE_BACKGROUND, device.name(), cgroup.path());
    }
    duty.wake();
  }

  /** To be called before waiting for the flusher: one without tasks works now. */
  public void assist() {
    duty.assist();
  }

  void wake() {
    duty.wake();
  }

  void wakeLater() {
    duty.wakeLater();
  }

  /** Everything is to be written, by nobody's order in particular ({@code wb_start_writeback}). */
  void startAll(WritebackReason reason) {
    if (hasDirtyIo() && works.offerStartAll(reason)) {
      duty.wake();
    }
  }

  /** Starts background writing if enough has been dirtied since the last look. */
  void checkBackground(int count) {
    if (unchecked.addAndGet(count) < checkInterval) {
      return;
    }
    unchecked.set(0);
    DirtyDomain domain = layer.domain();
    DirtyLimits limits = domain.limits();
    layer.updateDomain(limits);
    // A 32nd of the limit, and no less often than every 128 KiB: what ratelimit_pages is for.
    checkInterval = Math.clamp(limits.limit() / 32, 1, 32);
    if (layer.settings().laptopMode() == 0
        && !isWriting()
        && (domain.dirty() > limits.background() || isGroupOverBackground())) {
      startBackground();
    }
  }

  private boolean isGroupOverBackground() {
    return groupDomain != null && groupDomain.dirty() > groupDomain.limits().background();
  }

  // Work

  /** Queues a work and wakes the flusher ({@code wb_queue_work}). */
  void queue(WritebackWork work) {
    trace(Tracepoints.WRITEBACK_QUEUE, work);
    work.completion().started();
    if (works.offer(work)) {
      duty.wake();
    } else {
      work.completion().finished();
    }
  }

  /**
   * Does everything that is due, in the running task: queued work; all, if that was asked for; what
   * has expired; what is over the background threshold ({@code wb_do_writeback}).
   *
   * @return pages and inodes written
   */
  public long writeOut() {
    running.incrementAndGet();
    long wrote = 0;
    try {
      wrote += writeQueued();
      wrote += writeAllIfAsked();
      wrote += writeExpired();
      wrote += writeBackground();
    } finally {
      running.decrementAndGet();
    }
    Tracer tracer = machine.tracer();
    if (tracer.enabled()) {
      tracer.emit(Tracepoints.WRITEBACK_PAGES_WRITTEN, wrote);
    }
    return wrote;
  }

  /**
   * Does the queued work in the running task.
   *
   * @return pages and inodes written
   */
  public long writeQueued() {
    running.incrementAndGet();
    long wrote = 0;
    try {
      for (WritebackWork work = works.poll(); work != null; work = works.poll()) {
        trace(Tracepoints.WRITEBACK_EXEC, work);
        try {
          wrote += write(work);
        } finally {
          work.completion().finished();
        }
      }
    } finally {
      running.decrementAndGet();
    }
    return wrote;
  }

  /**
   * Does one work in the running task ({@code wb_writeback}).
   *
   * @return pages and inodes written
   */
  public long write(WritebackWork work) {
    if (work.isWritersOwn()) {
      return new WritebackRound(layer, this, work).run();
    }
    running.incrementAndGet();
    try {
      return new WritebackRound(layer, this, work).run();
    } finally {
      running.decrementAndGet();
    }
  }

  private long writeAllIfAsked() {
    WritebackReason reason = works.startAllReason();
    if (reason == null) {
      return 0;
    }
    try {
      return write(WritebackWork.everything(device.split(this, dirtyPagesAndInodes()), reason));
    } finally {
      works.endStartAll();
    }
  }

  /** Takes an order to write everything upon the caller; why, or null when there is none. */
  public WritebackReason takeStartAll() {
    WritebackReason reason = works.startAllReason();
    works.endStartAll();
    return reason;
  }

  private long writeExpired() {
    long interval = settings().writebackIntervalNanos();
    long now = machine.nanoTime();
    if (interval == 0 || now - lastPeriodic < interval) {
      return 0;
    }
    lastPeriodic = now;
    long count = dirtyPagesAndInodes();
    return count == 0 ? 0 : write(WritebackWork.periodic(count));
  }

  private long writeBackground() {
    return hasDirtyIo() && isOverBackground()
        ? write(WritebackWork.background(WritebackWork.ALL_PAGES))
        : 0;
  }

  /** Pages to take an inode for at once ({@code writeback_chunk_size}). */
  long chunk(WritebackWork work) {
    if (work.isIntegrity() || work.isTagged()) {
      return Long.MAX_VALUE;
    }
    if (work.isWritersOwn()) {
      return work.pages();
    }
    long limit = layer.domain().smoothedLimit();
    if (limit == 0) {
      limit = layer.domain().limits().limit();
    }
    long chunk = Math.min(averageWriteBandwidth() / 2, limit / DIRTY_SCOPE);
    chunk = Math.min(chunk, work.pages());
    return (chunk + MINIMUM_CHUNK) / MINIMUM_CHUNK * MINIMUM_CHUNK;
  }

  // Coming and going

  /** Orders the locks of two writebacks. */
  long sequence() {
    return sequence;
  }

  /** Its part of the device against other groups', {@code io.weight}. */
  int weight() {
    return group == null ? WritebackGroup.DEFAULT_WEIGHT : group.weight();
  }

  /**
   * Has other groups' flushers write the pages of this group that are dirty in their inodes ({@code
   * mem_cgroup_flush_foreign}): what a throttle calls before it lets a task rest.
   */
  public void flushForeign() {
    if (group != null) {
      group.foreign().flush(groupDomain.dirty());
    }
  }

  /** Whether device or group is gone, so that inodes belong to the {@link #heir}. */
  boolean isOffline() {
    return offline;
  }

  void setOffline() {
    offline = true;
  }

  /** Whose inodes they are after this one: that of the nearest group above. */
  BdiWriteback heir() {
    return device.nearest(cgroup.parent());
  }

  /** Takes no more work, does what is queued, ends the flusher ({@code wb_shutdown}). May wait. */
  void close() {
    works.close();
    inodes.close();
    duty.end();
    layer.throttle().ended(this);
  }

  // Showing

  BdiStatistics statistics() {
    DirtyLimits limits = layer.domain().limits();
    long now = layer.domain().dirty() + layer.domain().writeback();
    return new BdiStatistics(
        device.name(),
        cgroup.path(),
        writeback(),
        reclaimable(),
        threshold(layer.domain(), limits.limit(), now),
        limits.limit(),
        limits.background(),
        dirtied(),
        written(),
        averageWriteBandwidth(),
        inodes.dirty.size(),
        inodes.io.size(),
        inodes.moreIo.size(),
        inodes.dirtyTime.size());
  }

  void trace(Tracepoint point, WritebackWork work) {
    Tracer tracer = machine.tracer();
    if (tracer.enabled()) {
      tracer.emit(
          point,
          device.name(),
          work.pages(),
          work.superBlock() == null ? "" : work.superBlock().id(),
          work.isIntegrity() ? 1 : 0,
          work.isPeriodic() ? 1 : 0,
          work.isCyclic() ? 1 : 0,
          work.isBackground() ? 1 : 0,
          work.reason(),
          cgroup.path());
    }
  }

  @Override
  public String toString() {
    return "flusher of " + device.name() + (cgroup.parent() == null ? "" : cgroup.path());
  }
}
