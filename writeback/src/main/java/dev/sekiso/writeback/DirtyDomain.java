package dev.sekiso.writeback;

import dev.sekiso.machine.Machine;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Memory that may be dirty, and how much of it is (the kernel's {@code struct wb_domain}): all
 * memory ({@code global_wb_domain}), or what is charged to a control group and those below it.
 *
 * <p>The limits follow memory and settings at once. {@link #hardLimit} follows them up at once but
 * down by 1/32 of the gap every 200 ms, so that writers are not stopped dead when memory shrinks.
 */
public final class DirtyDomain {

  /** How often estimates are renewed, nanoseconds ({@code BANDWIDTH_INTERVAL}). */
  public static final long UPDATE_INTERVAL_NANOS = 200_000_000L;

  private static final int LIMIT_DECAY_SHIFT = 5;

  private final Machine machine;
  private final Supplier<DirtyLimits> limits;
  private final LongSupplier dirty;
  private final LongSupplier writeback;
  private final WriteoutShare.Total writeouts;
  private volatile long smoothedLimit;
  private long limitStamp;

  /**
   * @param limits what memory and settings give now
   * @param dirty pages dirty and not yet being written
   * @param writeback pages being written
   */
  DirtyDomain(
      Machine machine, Supplier<DirtyLimits> limits, LongSupplier dirty, LongSupplier writeback) {
    this.machine = machine;
    this.limits = limits;
    this.dirty = dirty;
    this.writeback = writeback;
    this.writeouts = new WriteoutShare.Total(machine.nanoTime());
    this.limitStamp = machine.nanoTime();
  }

  /** The limits in force now. */
  public DirtyLimits limits() {
    return limits.get();
  }

  /** Pages dirty and not yet being written ({@code NR_FILE_DIRTY}). */
  public long dirty() {
    return dirty.getAsLong();
  }

  /** Pages being written ({@code NR_WRITEBACK}). */
  public long writeback() {
    return writeback.getAsLong();
  }

  /** The limit in force for a momentary one ({@code hard_dirty_limit}). */
  public long hardLimit(DirtyLimits now) {
    return Math.max(now.limit(), smoothedLimit);
  }

  /** The limit as it decays ({@code dirty_limit}); 0 before the first {@link #update}. */
  public long smoothedLimit() {
    return smoothedLimit;
  }

  /**
   * Lets the smoothed limit follow; to be called whenever a writer looks at the limits.
   *
   * @return whether it was time to look
   */
  public boolean update(DirtyLimits momentary) {
    long now = machine.nanoTime();
    synchronized (this) {
      long current = smoothedLimit;
      if (current < momentary.limit()) {
        smoothedLimit = momentary.limit();
      } else if (now - limitStamp >= UPDATE_INTERVAL_NANOS) {
        long target = Math.max(momentary.limit(), dirty() + writeback());
        if (current > target) {
          long gap = current - target;
          // The last few pages of the gap would never shift away.
          smoothedLimit = current - Math.max(1, gap >> LIMIT_DECAY_SHIFT);
        }
      } else {
        return false;
      }
      limitStamp = now;
    }
    return true;
  }

  WriteoutShare newShare() {
    return new WriteoutShare(writeouts);
  }
}
