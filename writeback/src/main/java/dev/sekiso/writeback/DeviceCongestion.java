package dev.sekiso.writeback;

/**
 * How writeback learns that a device has nearly as many writes as it takes, which it cannot see
 * itself.
 */
public interface DeviceCongestion {

  /** No device ever is. */
  DeviceCongestion NONE =
      new DeviceCongestion() {
        @Override
        public boolean isWriteCongested(String deviceName) {
          return false;
        }

        @Override
        public boolean await(long nanos) {
          return true;
        }
      };

  /** Whether that device has ({@code bdi_write_congested}). From any context. */
  boolean isWriteCongested(String deviceName);

  /**
   * Waits until congestion of some device ends, but not longer than so many nanoseconds ({@code
   * blk_congestion_wait}).
   *
   * @return whether it ended in that time
   */
  boolean await(long nanos);
}
