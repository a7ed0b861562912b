package dev.sekiso.writeback.throttle;

import dev.sekiso.writeback.BdiWriteback;
import dev.sekiso.writeback.DirtyDomain;
import dev.sekiso.writeback.DirtyLimits;

/**
 * By how much writers should be faster or slower than the balanced rate, given how many pages are
 * dirty ({@code wb_position_ratio}).
 *
 * <p>Over all devices: a cubic that is 2 at the freerun ceiling, 1 at the setpoint with a flat
 * slope's worth of calm around it, 0 at the limit. For the single device: a straight line through 1
 * at the device's own setpoint, that falls over a span of eight times what the device writes in a
 * second (or the limit, for a device that is one of many), and never below a quarter. A device with
 * next to nothing dirty is sped up, so that its queue does not run dry.
 *
 * @param ratio 0 to 2 times the device's part, which is ¼ to 8
 * @param limit pages, the domain's limit in force
 * @param setpoint pages, where the domain's dirty pages should be
 * @param dirty pages, dirty or being written in the domain
 * @param deviceLimit pages, the device's part of the limit
 * @param deviceSetpoint pages, the device's part of the setpoint
 * @param deviceDirty pages, dirty or being written on the device
 */
record PositionRatio(
    double ratio,
    long limit,
    long setpoint,
    long dirty,
    long deviceLimit,
    long deviceSetpoint,
    long deviceDirty) {

  /** The device's line spans this many seconds of its bandwidth. */
  private static final int SPAN_SECONDS = 8;

  /** The device's part slows writers down to this, not further. */
  private static final double LEAST_DEVICE_RATIO = 0.25;

  /** Below half its limit a device is sped up by at most this. */
  private static final double MOST_DEVICE_BOOST = 8;

  static PositionRatio of(BdiWriteback writeback, DirtyLimits limits, long dirty) {
    DirtyDomain domain = writeback.domain();
    long limit = domain.hardLimit(limits);
    long setpoint = (limits.freerun() + limit) / 2;
    long threshold = Math.max(1, limits.limit());
    long deviceLimit = Math.min(writeback.threshold(limits.limit(), dirty), threshold);
    long deviceDirty = writeback.reclaimable() + writeback.writeback();
    double part = Math.max(1, deviceLimit) / (double) threshold;
    long deviceSetpoint = (long) (setpoint * part);
    double ratio = 0;
    if (dirty < limit) {
      double span =
          (threshold - deviceLimit + (double) SPAN_SECONDS * writeback.averageWriteBandwidth())
              * part;
      ratio =
          cubic(setpoint, dirty, limit)
              * line(deviceSetpoint, span, deviceDirty)
              * reserve(deviceLimit / 2.0, deviceDirty);
    }
    return new PositionRatio(
        ratio, limit, setpoint, dirty, deviceLimit, deviceSetpoint, deviceDirty);
  }

  /** 1 + ((setpoint − dirty) / (limit − setpoint))³, from 0 to 2. */
  static double cubic(long setpoint, long dirty, long limit) {
    double x = (setpoint - dirty) / (double) Math.max(1, limit - setpoint);
    return Math.clamp(1 + x * x * x, 0, 2);
  }

  private static double line(double setpoint, double span, double dirty) {
    double intercept = setpoint + span;
    return dirty < intercept - span * LEAST_DEVICE_RATIO
        ? (intercept - dirty) / Math.max(1, span)
        : LEAST_DEVICE_RATIO;
  }

  private static double reserve(double intercept, double dirty) {
    if (dirty >= intercept) {
      return 1;
    }
    return dirty > intercept / MOST_DEVICE_BOOST ? intercept / dirty : MOST_DEVICE_BOOST;
  }
}
