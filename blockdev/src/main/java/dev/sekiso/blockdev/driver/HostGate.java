package dev.sekiso.blockdev.driver;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SleepingLock;
import dev.sekiso.machine.SleepingReadWriteLock;
import java.io.IOException;
import java.util.Locale;

/**
 * Whether a driver's transfers may go past the host's page cache. Open at first, if that is wished
 * for; closed for good by what cannot go that way:
 *
 * <ul>
 *   <li>a host that refuses, as file systems without {@code O_DIRECT} do;
 *   <li>the first write that is not made of whole blocks of the host. It has to change a part of a
 *       page in the host's cache, and such a page, dirty while its neighbour in the same folio is
 *       written past it, is what the kernel reports as an I/O error at the next fsync. Besides, who
 *       writes small pieces wants them gathered.
 * </ul>
 *
 * Reads that are not whole blocks leave only clean pages behind, and the gate open.
 *
 * <p>{@code writers} is shared by writes that pass, and exclusive for closing: a write through the
 * cache begins when those past it have ended.
 */
final class HostGate {

  private final SleepingReadWriteLock writers;
  private volatile boolean open;

  HostGate(Machine machine, FileDriver.Caching caching) {
    this.writers = machine.newReadWriteLock("writes past the host's page cache");
    this.open = caching == FileDriver.Caching.DIRECT;
  }

  boolean isOpen() {
    return open;
  }

  /** Lets a write pass, until {@link #leave}; false when the gate is closed. */
  boolean enter() {
    if (!open) {
      return false;
    }
    SleepingLock lock = writers.readLock();
    lock.lock();
    if (!open) {
      lock.unlock();
      return false;
    }
    return true;
  }

  void leave() {
    writers.readLock().unlock();
  }

  /** Closes the gate, when the last write has passed. The caller is not within. */
  void close() {
    if (!open) {
      return;
    }
    SleepingLock lock = writers.writeLock();
    lock.lock();
    try {
      open = false;
    } finally {
      lock.unlock();
    }
  }

  /** Whether an error says that the way is refused, not that the disk has failed. */
  static boolean isRefusal(IOException e) {
    String message = e.getMessage() == null ? "" : e.getMessage().toLowerCase(Locale.ROOT);
    return message.contains("invalid argument") || message.contains("not supported");
  }
}
