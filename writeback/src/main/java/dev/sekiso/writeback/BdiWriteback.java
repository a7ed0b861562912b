package dev.sekiso.writeback;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Timer;
import dev.sekiso.machine.Tracepoint;
import dev.sekiso.machine.Tracer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Writeback of what one control group dirties on one device (the kernel's {@code struct
 * bdi_writeback}): its dirty inodes, its queue of work, its counts and its estimate of the device's
 * speed. Flushers and throttles see it through its public methods.
 *
 * <h2>Where an inode is</h2>
 *
 * <pre>
 *   clean ──dirtied──▶ dirty ──queueIo──▶ io ──written──▶ clean
 *                        ▲                │ │
 *                        │   dirty again, │ │ more pages than a chunk,
 *                        ├────────────────┘ │ or somebody else writes it
 *                        │                  ▼
 *                        │               moreIo ──next round──▶ io
 *   only times changed ──▶ dirtyTime ──expired──▶ io
 * </pre>
 *
 * <p>{@code dirty} and {@code dirtyTime} are ordered by time of dirtying, so the expired ones are
 * at one end. Whoever takes an inode to write it sets {@link InodeNode#syncing}; the inode stays on
 * its list meanwhile, and only the one who cleared the flag moves it. A task that dirties an inode
 * moves it only if it is not {@link InodeNode#queued}: the writer looks at the flags afterwards. An
 * inode that leaves memory takes itself off the lists.
 *
 * <p>The lock guards the lists, the nodes on them and the work queue. It is taken under the locks
 * of the page cache, so nothing is called back under it. Counters are atomic.
 */
public final class BdiWriteback {

  /** Least number of pages a flusher takes an inode for ({@code MIN_WRITEBACK_PAGES}), 4 MiB. */
  private static final long MINIMUM_CHUNK = 1024;

  /** A chunk is at most this part of the dirty limit ({@code DIRTY_SCOPE}). */
  private static final int DIRTY_SCOPE = 8;

  private final CgroupWriteback layer;
  private final BackingDevInfo device;
  private final Cgroup cgroup;
  private final Machine machine;
  private final ReentrantLock lock = new ReentrantLock();

  final InodeList dirty = new InodeList("b_dirty");
  final InodeList io = new InodeList("b_io");
  final InodeList moreIo = new InodeList("b_more_io");
  final InodeList dirtyTime = new InodeList("b_dirty_time");
  private final ArrayDeque<WritebackWork> works = new ArrayDeque<>();
  private volatile int queuedWorks;

  /** Inodes on any list but {@code dirtyTime}, and those on it; changed under the lock. */
  private volatile int awaiting;

  private volatile int timesOnly;
  private boolean registered = true;
  private long dirtyings;
  private Timer timeTimer;

  private final AtomicReference<WritebackReason> startAll = new AtomicReference<>();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger unchecked = new AtomicInteger();
  private volatile int checkInterval = 1;
  private volatile long lastPeriodic;

  private final AtomicLong reclaimable = new AtomicLong();
  private final AtomicLong writeback = new AtomicLong();
  private final AtomicLong dirtied = new AtomicLong();
  private final AtomicLong written = new AtomicLong();
  private final BandwidthEstimate bandwidth;
  private final WriteoutShare share;
  private final Flusher.Duty duty;

  BdiWriteback(CgroupWriteback layer, BackingDevInfo device, Cgroup cgroup) {
    this.layer = layer;
    this.device = device;
    this.cgroup = cgroup;
    this.machine = layer.machine();
    this.lastPeriodic = machine.nanoTime();
    this.bandwidth = new BandwidthEstimate(machine.nanoTime());
    this.share = layer.domain().newShare();
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

  /** The memory its pages are in. */
  public DirtyDomain domain() {
    return layer.domain();
  }

  /** The settings in force now. */
  public WritebackSettings settings() {
    return layer.settings();
  }

  // Counts

  /** Pages dirty and not yet being written ({@code WB_RECLAIMABLE}). */
  public long reclaimable() {
    return Math.max(0, reclaimable.get());
  }

  /** Pages being written ({@code WB_WRITEBACK}). */
  public long writeback() {
    return Math.max(0, writeback.get());
  }

  /** Pages that went dirty since the beginning ({@code WB_DIRTIED}). */
  public long dirtied() {
    return dirtied.get();
  }

  /** Pages written since the beginning ({@code WB_WRITTEN}). */
  public long written() {
    return written.get();
  }

  /** Pages per second, the quick estimate. */
  public long writeBandwidth() {
    return bandwidth.current();
  }

  /** Pages per second, the steady estimate ({@code avg_write_bandwidth}). */
  public long averageWriteBandwidth() {
    return bandwidth.average();
  }

  /**
   * Its part of a number of pages that may be dirty ({@code wb_calc_thresh}): by its share in what
   * was written of late, within the device's ratios, and at least an eighth of what is free, so
   * that a device long idle can start.
   *
   * @param pages the domain's limit or background threshold
   * @param domainDirty what counts against it
   */
  public long threshold(long pages, long domainDirty) {
    long others = pages * (100 - layer.minimumRatios()) / 100;
    long mine = share.of(others, machine.nanoTime()) + pages * device.minimumRatio() / 100;
    if (pages > domainDirty) {
      mine = Math.max(mine, (pages - domainDirty) / DIRTY_SCOPE);
    }
    return Math.min(mine, pages * device.maximumRatio() / 100);
  }

  /** Whether flushers should write without being asked ({@code wb_over_bg_thresh}). */
  public boolean isOverBackground() {
    DirtyDomain domain = layer.domain();
    long background = domain.limits().background();
    long now = domain.dirty();
    return now > background || reclaimable() > threshold(background, now);
  }

  /** Whether any inode is to be written, times apart ({@code wb_has_dirty_io}). */
  public boolean hasDirtyIo() {
    return awaiting > 0;
  }

  /** Whether work waits to be done. */
  public boolean hasQueuedWork() {
    return queuedWorks > 0;
  }

  /** Whether somebody writes now ({@code writeback_in_progress}). */
  public boolean isWriting() {
    return running.get() > 0;
  }

  /** Pages of whatever kind, to bound a work by ({@code get_nr_dirty_pages}). */
  public long dirtyPagesAndInodes() {
    return layer.domain().dirty() + dirtyInodes();
  }

  int dirtyInodes() {
    return awaiting + timesOnly;
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
    if (hasDirtyIo() && startAll.compareAndSet(null, reason)) {
      duty.wake();
    }
  }

  /** Starts background writing if enough has been dirtied since the last look. */
  void checkBackground(int pages) {
    if (unchecked.addAndGet(pages) < checkInterval) {
      return;
    }
    unchecked.set(0);
    DirtyDomain domain = layer.domain();
    DirtyLimits limits = domain.limits();
    domain.update(limits);
    // A 32nd of the limit, and no less often than every 128 KiB: what ratelimit_pages is for.
    checkInterval = Math.clamp(limits.limit() / 32, 1, 32);
    if (domain.dirty() > limits.background()
        && layer.settings().laptopMode() == 0
        && !isWriting()) {
      startBackground();
    }
  }

  // Work

  /** Queues a work and wakes the flusher ({@code wb_queue_work}). */
  void queue(WritebackWork work) {
    trace(Tracepoints.WRITEBACK_QUEUE, work);
    work.completion().started();
    lock();
    boolean accepted = registered;
    if (accepted) {
      works.addLast(work);
      queuedWorks = works.size();
    }
    unlock();
    if (accepted) {
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
      for (WritebackWork work = nextWork(); work != null; work = nextWork()) {
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
    running.incrementAndGet();
    try {
      return new WritebackRound(layer, this, work).run();
    } finally {
      running.decrementAndGet();
    }
  }

  private WritebackWork nextWork() {
    lock();
    try {
      WritebackWork work = works.pollFirst();
      queuedWorks = works.size();
      return work;
    } finally {
      unlock();
    }
  }

  private long writeAllIfAsked() {
    WritebackReason reason = startAll.get();
    if (reason == null) {
      return 0;
    }
    try {
      return write(WritebackWork.everything(device.split(this, dirtyPagesAndInodes()), reason));
    } finally {
      startAll.set(null);
    }
  }

  private long writeExpired() {
    long interval = settings().writebackIntervalNanos();
    long now = machine.nanoTime();
    if (interval == 0 || now - lastPeriodic < interval) {
      return 0;
    }
    lastPeriodic = now;
    long pages = dirtyPagesAndInodes();
    return pages == 0 ? 0 : write(WritebackWork.periodic(pages));
  }

  private long writeBackground() {
    return hasDirtyIo() && isOverBackground()
        ? write(WritebackWork.background(WritebackWork.ALL_PAGES))
        : 0;
  }

  /** Pages to take an inode for at once ({@code writeback_chunk_size}). */
  long chunk(WritebackWork work) {
    if (work.isIntegrity()) {
      return Long.MAX_VALUE;
    }
    long limit = layer.domain().smoothedLimit();
    if (limit == 0) {
      limit = layer.domain().limits().limit();
    }
    long pages = Math.min(averageWriteBandwidth() / 2, limit / DIRTY_SCOPE);
    pages = Math.min(pages, work.pages());
    return (pages + MINIMUM_CHUNK) / MINIMUM_CHUNK * MINIMUM_CHUNK;
  }

  // Lists, under the lock

  void lock() {
    lock.lock();
  }

  void unlock() {
    lock.unlock();
  }

  /**
   * Puts a node on a list, as the newest ({@code inode_io_list_move_locked}).
   *
   * @return whether it is the first to be written here, so that a round must be planned
   */
  boolean move(InodeNode node, InodeList target) {
    boolean wasIdle = awaiting == 0;
    InodeList source = node.list;
    if (source != null) {
      source.remove(node);
    }
    target.addNewest(node);
    node.queued = target == io || target == moreIo;
    count(source, target);
    if (target == dirtyTime) {
      planTimes();
      return false;
    }
    return wasIdle;
  }

  void remove(InodeNode node) {
    InodeList source = node.list;
    if (source != null) {
      source.remove(node);
      count(source, null);
    }
    node.queued = false;
  }

  /**
   * Counts an inode's move. Who looks without the lock must never miss an inode that changes lists,
   * so what becomes more does so first.
   */
  private void count(InodeList source, InodeList target) {
    boolean wasAwaiting = source != null && source != dirtyTime;
    boolean isAwaiting = target != null && target != dirtyTime;
    if (isAwaiting && !wasAwaiting) {
      awaiting++;
    }
    if (target == dirtyTime && source != dirtyTime) {
      timesOnly++;
    }
    if (wasAwaiting && !isAwaiting) {
      awaiting--;
    }
    if (source == dirtyTime && target != dirtyTime) {
      timesOnly--;
    }
  }

  /** Dates a node as dirtied now. */
  void stamp(InodeNode node) {
    node.dirtiedWhen = machine.nanoTime();
    node.dirtiedOrder = ++dirtyings;
  }

  /** Orders a work among dirtyings: what is dirtied from now on comes after it. */
  long lastDirtying() {
    return dirtyings;
  }

  /**
   * To be written again in its turn ({@code redirty_tail}): keeps its age, unless younger ones
   * wait.
   *
   * @return as {@link #move}
   */
  boolean redirty(InodeNode node) {
    InodeNode newest = dirty.newest();
    if (newest != null && newest != node && node.dirtiedOrder < newest.dirtiedOrder) {
      stamp(node);
    }
    return move(node, dirty);
  }

  /** To be written again in the next round ({@code requeue_io}). */
  void requeue(InodeNode node) {
    move(node, moreIo);
  }

  // Times that may wait, but not for ever (dirtytime_work)

  private void planTimes() {
    long delay = settings().timeExpiryNanos();
    if (timeTimer == null && delay > 0 && registered) {
      timeTimer = machine.schedule("dirtytime " + device.name(), delay, this::timesExpired);
    }
  }

  private void timesExpired() {
    lock();
    boolean any;
    try {
      timeTimer = null;
      any = !dirtyTime.isEmpty();
      if (any) {
        planTimes();
      }
    } finally {
      unlock();
    }
    if (any) {
      duty.wake();
    }
  }

  // Accounting, from any context

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
    share.add(pages, now);
  }

  BdiStatistics statistics() {
    DirtyLimits limits = layer.domain().limits();
    long now = layer.domain().dirty() + layer.domain().writeback();
    return new BdiStatistics(
        device.name(),
        cgroup.path(),
        writeback(),
        reclaimable(),
        threshold(limits.limit(), now),
        limits.limit(),
        limits.background(),
        dirtied(),
        written(),
        averageWriteBandwidth(),
        dirty.size(),
        io.size(),
        moreIo.size(),
        dirtyTime.size());
  }

  /** Takes no more work, does what is queued, ends the flusher ({@code wb_shutdown}). May wait. */
  void close() {
    lock();
    registered = false;
    Timer timer = timeTimer;
    timeTimer = null;
    unlock();
    if (timer != null) {
      timer.cancel();
    }
    duty.end();
    layer.throttle().ended(this);
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
          work.isIntegrity() ? 0 : 1,
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
