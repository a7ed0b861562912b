package dev.sekiso.writeback.throttle;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Tracer;
import dev.sekiso.writeback.BdiWriteback;
import dev.sekiso.writeback.DirtyDomain;
import dev.sekiso.writeback.Tracepoints;

/**
 * The rate each writer of a device is held to when dirty pages are at their setpoint ({@code
 * wb_update_dirty_ratelimit}).
 *
 * <p>Feedback, every 200 ms: with N writers held to rate r, pages go dirty at N×r; the balanced
 * rate is r × (bandwidth / dirtying rate), which needs no knowledge of N. The limit follows it in
 * steps of an eighth of the distance, only in the direction that also brings the dirty pages nearer
 * to their setpoint, and the less the nearer it is, so that it does not dance about its goal.
 * Guarded by its monitor.
 */
final class RateLimit {

  private static final double NANOS_PER_SECOND = 1e9;

  /** 100 MiB/s, before anything is known. */
  private static final double INITIAL_PAGES_PER_SECOND = 25_600;

  private static final int STEP_SHIFT = 3;
  private static final long KIB_PER_PAGE = 4;

  /** Under a strict limit a device with fewer pages than this is sped up. */
  private static final long FEW_PAGES = 8;

  private final BdiWriteback writeback;
  private long stamp;
  private long dirtiedAtStamp;
  private double balanced = INITIAL_PAGES_PER_SECOND;
  private volatile double limit = INITIAL_PAGES_PER_SECOND;
  private volatile boolean exceeded;

  RateLimit(BdiWriteback writeback, long now) {
    this.writeback = writeback;
    this.stamp = now;
    this.dirtiedAtStamp = writeback.dirtied();
  }

  double pagesPerSecond() {
    return limit;
  }

  /**
   * Whether the device is over its own part while all are over the limit ({@code dirty_exceeded}).
   */
  boolean isExceeded() {
    return exceeded;
  }

  void setExceeded(boolean value) {
    if (exceeded != value) {
      exceeded = value;
    }
  }

  /**
   * Renews the limit when it is time: by all memory, then by the control group's.
   *
   * @param group null where there is none
   */
  synchronized void update(long now, Standing global, Standing group) {
    long elapsed = now - stamp;
    if (elapsed < DirtyDomain.UPDATE_INTERVAL_NANOS) {
      return;
    }
    long dirtied = writeback.dirtied();
    double dirtyRate = (dirtied - dirtiedAtStamp) * NANOS_PER_SECOND / elapsed;
    stamp = now;
    dirtiedAtStamp = dirtied;
    update(global, dirtyRate);
    if (group != null) {
      update(group, dirtyRate);
    }
  }

  private void update(Standing standing, double dirtyRate) {
    long bandwidth = writeback.averageWriteBandwidth();
    double taskRate = limit * PositionRatio.of(standing, bandwidth).ratio() + 1;
    double before = balanced;
    balanced = Math.min(bandwidth, taskRate * bandwidth / Math.max(1, dirtyRate));
    limit = Math.max(1, limit + step(standing, taskRate, before));
    trace(dirtyRate, taskRate);
  }

  private double step(Standing standing, double taskRate, double before) {
    double distance = 0;
    if (isBelowSetpoint(standing)) {
      distance = Math.max(0, Math.min(taskRate, Math.min(balanced, before)) - limit);
    } else {
      distance = Math.max(0, limit - Math.max(taskRate, Math.max(balanced, before)));
    }
    long shift = (long) (limit / (2 * distance + 1));
    double step =
        shift < Long.SIZE ? Math.ceil(distance / Math.pow(2, shift) / (1 << STEP_SHIFT)) : 0;
    return limit < balanced ? step : -step;
  }

  /** Under a strict limit the device's own position counts; with few pages it is below. */
  private static boolean isBelowSetpoint(Standing standing) {
    if (standing.binding() == Standing.Binding.DOMAIN) {
      return standing.dirty() < standing.setpoint();
    }
    return standing.deviceDirty() < FEW_PAGES
        || standing.deviceDirty() < standing.deviceLimits().freerun();
  }

  private void trace(double dirtyRate, double taskRate) {
    Machine machine = writeback.machine();
    Tracer tracer = machine.tracer();
    if (tracer.enabled()) {
      tracer.emit(
          Tracepoints.BDI_DIRTY_RATELIMIT,
          writeback.device().name(),
          writeback.writeBandwidth() * KIB_PER_PAGE,
          writeback.averageWriteBandwidth() * KIB_PER_PAGE,
          kibPerSecond(dirtyRate),
          kibPerSecond(limit),
          kibPerSecond(taskRate),
          kibPerSecond(balanced),
          writeback.cgroup().path());
    }
  }

  static long kibPerSecond(double pagesPerSecond) {
    return (long) (pagesPerSecond * KIB_PER_PAGE);
  }
}
