package dev.sekiso.writeback.throttle;

import dev.sekiso.writeback.BdiWriteback;
import dev.sekiso.writeback.DirtyDomain;
import dev.sekiso.writeback.DirtyLimits;

/**
 * How a domain, all memory or a control group's, and one writeback's part of it stand at one moment
 * ({@code struct dirty_throttle_control}); in pages.
 *
 * @param limits the domain's
 * @param hardLimit the domain's limit in force, which falls more slowly than the momentary one
 * @param dirty dirty or being written in the domain
 * @param deviceLimits the writeback's part of the limits
 * @param deviceDirty dirty or being written by the writeback
 * @param binding which limits count
 */
record Standing(
    DirtyLimits limits,
    long hardLimit,
    long dirty,
    DirtyLimits deviceLimits,
    long deviceDirty,
    Binding binding) {

  /** Whose limits hold writers back. */
  enum Binding {
    /** The domain's; a device may be over its part while others leave room. */
    DOMAIN,
    /** The device's part, always ({@code BDI_CAP_STRICTLIMIT}). */
    DEVICE
  }

  static Standing of(BdiWriteback writeback, DirtyDomain domain) {
    DirtyLimits limits = domain.limits();
    long dirty = domain.dirty() + domain.writeback();
    long deviceLimit = writeback.threshold(domain, limits.limit(), dirty);
    long deviceBackground =
        limits.limit() == 0
            ? 0
            : (long) ((double) deviceLimit * limits.background() / limits.limit());
    return new Standing(
        limits,
        domain.hardLimit(limits),
        dirty,
        new DirtyLimits(deviceBackground, deviceLimit),
        writeback.reclaimable() + writeback.writeback(),
        writeback.device().isStrictlyLimited() ? Binding.DEVICE : Binding.DOMAIN);
  }

  private boolean isStrict() {
    return binding == Binding.DEVICE;
  }

  /** Whether nobody needs to rest ({@code domain_dirty_freerun}). */
  boolean isFree() {
    return isStrict() ? deviceDirty <= deviceLimits.freerun() : dirty <= limits.freerun();
  }

  /** Whether writers are to look after every few pages ({@code wb_dirty_exceeded}). */
  boolean isExceeded() {
    return deviceDirty > deviceLimits.limit() && (dirty > limits.limit() || isStrict());
  }

  /** Where the domain's dirty pages should be. */
  long setpoint() {
    return (limits.freerun() + hardLimit) / 2;
  }

  /** Pages to dirty until the next look while nobody rests ({@code domain_poll_intv}). */
  long pollInterval() {
    return isStrict()
        ? pollInterval(deviceDirty, deviceLimits.limit())
        : pollInterval(dirty, limits.limit());
  }

  /** The fewer the nearer the limit is: the square root of what is left. */
  static long pollInterval(long dirty, long limit) {
    if (limit <= dirty) {
      return 1;
    }
    int log = Long.SIZE - 1 - Long.numberOfLeadingZeros(limit - dirty);
    return 1L << (log >> 1);
  }
}
