package dev.sekiso.blockdev;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.ErrnoException;

/**
 * A linear array of sectors that takes bios: a request queue over a driver, or a target over other
 * devices.
 */
public interface BlockDevice extends AutoCloseable {

  /** A short name, such as {@code "sda"}, used in traces, reports and messages. */
  String name();

  /** Size in sectors of 512 bytes. */
  long sectors();

  QueueLimits limits();

  /**
   * Takes a bio. Never fails itself: errors (out of range, misaligned, read-only, powered off) are
   * the bio's status. May wait for a free tag unless the bio says {@link Bio#NO_WAIT} or the caller
   * is in interrupt context (then the bio is queued).
   */
  void submit(Bio bio);

  /** Opens a plug for the running task's submissions to this device (and to those below it). */
  Plug plug();

  /** Whether writes are refused (with EPERM, as Linux refuses them on a read-only device). */
  default boolean readOnly() {
    return false;
  }

  /**
   * Whether it has nearly as many reads to do as it takes, so that reads nobody waits for should
   * rather be left out ({@code bdi_read_congested}).
   */
  default boolean isReadCongested() {
    return false;
  }

  /**
   * Whether it has nearly as many writes to do as it takes, so that who must not wait should write
   * elsewhere ({@code bdi_write_congested}).
   */
  default boolean isWriteCongested() {
    return false;
  }

  /**
   * Has somebody told when reads or writes are no longer congested ({@code clear_bdi_congested}).
   * The listener is called from any context and must not wait.
   */
  default void whenDecongested(Runnable listener) {}

  /** What was asked of it for a control group and those below it, since creation. */
  default GroupIo groupIo(Cgroup group) {
    return GroupIo.NONE;
  }

  /** Counts since creation, as {@code /sys/block/…/stat} has them. */
  DeviceCounters counters();

  /** Waits for everything in flight and releases the device. Idempotent. */
  @Override
  void close() throws ErrnoException;
}
