package dev.sekiso.writeback;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Tracer;
import dev.sekiso.pagecache.MemoryStatus;
import dev.sekiso.pagecache.PageCache;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * Memory that may be dirty, and how much of it is (the kernel's {@code struct wb_domain}; this one
 * is {@code global_wb_domain}).
 *
 * <p>The limits follow memory and settings at once. {@link #hardLimit} follows them up at once but
 * down by 1/32 of the gap every 200 ms, so that writers are not stopped dead when memory shrinks.
 */
public final class DirtyDomain {

  /** How often estimates are renewed, nanoseconds ({@code BANDWIDTH_INTERVAL}). */
  public static final long UPDATE_INTERVAL_NANOS = 200_000_000L;

  private static final int LIMIT_DECAY_SHIFT = 5;

  private final Machine machine;
  private final Supplier<MemoryStatus> memory;
  private final Supplier<WritebackSettings> settings;
  private final WriteoutShare.Total writeouts;
  private final AtomicLong dirty = new AtomicLong();
  private final AtomicLong writeback = new AtomicLong();
  private final LongAdder dirtied = new LongAdder();
  private final LongAdder written = new LongAdder();
  private volatile long smoothedLimit;
  private long limitStamp;

  DirtyDomain(
      Machine machine, Supplier<MemoryStatus> memory, Supplier<WritebackSettings> settings) {
    this.machine = machine;
    this.memory = memory;
    this.settings = settings;
    this.writeouts = new WriteoutShare.Total(machine.nanoTime());
    this.limitStamp = machine.nanoTime();
  }

  /** The limits that memory and settings give now. */
  public DirtyLimits limits() {
    WritebackSettings now = settings.get();
    long available = Math.max(0, memory.get().dirtyable());
    long limit =
        now.dirtyBytes() == 0
            ? share(available, now.dirtyRatio())
            : Math.ceilDiv(now.dirtyBytes(), PageCache.PAGE_SIZE);
    long background =
        now.dirtyBackgroundBytes() == 0
            ? share(available, now.dirtyBackgroundRatio())
            : Math.ceilDiv(now.dirtyBackgroundBytes(), PageCache.PAGE_SIZE);
    if (background >= limit) {
      background = limit / 2;
    }
    return new DirtyLimits(background, limit);
  }

  private static long share(long pages, int percent) {
    return pages / 100 * percent + pages % 100 * percent / 100;
  }

  /** Pages dirty and not yet being written ({@code NR_FILE_DIRTY}). */
  public long dirty() {
    return Math.max(0, dirty.get());
  }

  /** Pages being written ({@code NR_WRITEBACK}). */
  public long writeback() {
    return Math.max(0, writeback.get());
  }

  /** Pages that went dirty since the beginning ({@code NR_DIRTIED}). */
  public long dirtied() {
    return dirtied.sum();
  }

  /** Pages written since the beginning ({@code NR_WRITTEN}). */
  public long written() {
    return written.sum();
  }

  /** The limit in force for a momentary one ({@code hard_dirty_limit}). */
  public long hardLimit(DirtyLimits limits) {
    return Math.max(limits.limit(), smoothedLimit);
  }

  /** The limit as it decays ({@code dirty_limit}); 0 before the first {@link #update}. */
  public long smoothedLimit() {
    return smoothedLimit;
  }

  /** Lets the smoothed limit follow; to be called whenever a writer looks at the limits. */
  public void update(DirtyLimits limits) {
    long now = machine.nanoTime();
    synchronized (this) {
      long current = smoothedLimit;
      if (current < limits.limit()) {
        smoothedLimit = limits.limit();
      } else if (now - limitStamp >= UPDATE_INTERVAL_NANOS) {
        long target = Math.max(limits.limit(), dirty() + writeback());
        if (current > target) {
          long gap = current - target;
          // The last few pages of the gap would never shift away.
          smoothedLimit = current - Math.max(1, gap >> LIMIT_DECAY_SHIFT);
        }
      } else {
        return;
      }
      limitStamp = now;
    }
    Tracer tracer = machine.tracer();
    if (tracer.enabled()) {
      tracer.emit(
          Tracepoints.GLOBAL_DIRTY_STATE,
          dirty(),
          writeback(),
          limits.background(),
          limits.limit(),
          smoothedLimit,
          dirtied(),
          written());
    }
  }

  WritebackCounters counters() {
    DirtyLimits limits = limits();
    return new WritebackCounters(
        dirty(), writeback(), dirtied(), written(), limits.limit(), limits.background());
  }

  WriteoutShare newShare() {
    return new WriteoutShare(writeouts);
  }

  void pagesDirtied(long pages) {
    dirty.addAndGet(pages);
    dirtied.add(pages);
  }

  void pagesCleaned(long pages) {
    dirty.addAndGet(-pages);
  }

  void writebackStarted(long pages) {
    writeback.addAndGet(pages);
  }

  void writebackEnded(long pages) {
    writeback.addAndGet(-pages);
    written.add(pages);
  }
}
