package dev.sekiso.writeback.throttle;

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
 * <p>Under a strict limit the device has a cubic of its own between its background threshold and
 * its limit, and the lower of the two counts.
 *
 * @param ratio 0 to 2 times the device's part, which is ¼ to 8
 * @param setpoint pages, where the domain's dirty pages should be
 * @param deviceSetpoint pages, the device's part of the setpoint
 */
record PositionRatio(double ratio, long setpoint, long deviceSetpoint) {

  /** The device's line spans this many seconds of its bandwidth. */
  private static final int SPAN_SECONDS = 8;

  /** The device's part slows writers down to this, not further. */
  private static final double LEAST_DEVICE_RATIO = 0.25;

  /** Below half its limit a device is sped up by at most this. */
  private static final double MOST_DEVICE_BOOST = 8;

  /** Under a strict limit a device with fewer pages than this is sped up. */
  private static final long FEW_PAGES = 8;

  /**
   * @param bandwidth the writeback's, in pages per second
   */
  static PositionRatio of(Standing standing, long bandwidth) {
    long limit = standing.hardLimit();
    long setpoint = standing.setpoint();
    if (standing.binding() == Standing.Binding.DEVICE) {
      return strict(standing, setpoint);
    }
    long threshold = Math.max(1, standing.limits().limit());
    long deviceLimit = Math.min(standing.deviceLimits().limit(), threshold);
    double part = Math.max(1, deviceLimit) / (double) threshold;
    long deviceSetpoint = (long) (setpoint * part);
    double ratio = 0;
    if (standing.dirty() < limit) {
      double span = (threshold - deviceLimit + (double) SPAN_SECONDS * bandwidth) * part;
      ratio =
          cubic(setpoint, standing.dirty(), limit)
              * line(deviceSetpoint, span, standing.deviceDirty())
              * reserve(deviceLimit / 2.0, standing.deviceDirty());
    }
    return new PositionRatio(ratio, setpoint, deviceSetpoint);
  }

  private static PositionRatio strict(Standing standing, long setpoint) {
    long deviceLimit = standing.deviceLimits().limit();
    long deviceSetpoint = standing.deviceLimits().freerun();
    double ratio =
        standing.dirty() < standing.hardLimit()
            ? cubic(setpoint, standing.dirty(), standing.hardLimit())
            : 0;
    if (ratio > 0 && standing.deviceDirty() < FEW_PAGES) {
      ratio = Math.min(2 * ratio, 2);
    } else if (standing.deviceDirty() >= deviceLimit
        || deviceSetpoint == 0
        || deviceSetpoint == deviceLimit) {
      ratio = 0;
    } else {
      ratio = Math.min(ratio, cubic(deviceSetpoint, standing.deviceDirty(), deviceLimit));
    }
    return new PositionRatio(ratio, setpoint, deviceSetpoint);
  }

  /** 1 + ((setpoint − dirty) / (limit − setpoint))³, from 0 to 2 ({@code pos_ratio_polynom}). */
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
