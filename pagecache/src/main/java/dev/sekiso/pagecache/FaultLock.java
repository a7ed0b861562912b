package dev.sekiso.pagecache;

import dev.sekiso.machine.SleepingLock;

/**
 * The map's lock, held for reading, during one attempt of a fault; and, from the moment it is let
 * go because a device has to be waited for, a hold of the file, which may be unmapped then.
 */
final class FaultLock {

  private final SleepingLock lock;
  private final boolean mayLetGo;
  private MappedFile kept;

  /**
   * Takes the lock.
   *
   * @param mayLetGo whether this attempt lets it go before it waits; one that keeps it comes to an
   *     end
   */
  FaultLock(MemoryMap map, boolean mayLetGo) {
    this.lock = map.lock().readLock();
    this.mayLetGo = mayLetGo;
    lock.lock();
  }

  boolean mayLetGo() {
    return mayLetGo;
  }

  boolean isHeld() {
    return kept == null;
  }

  /** Lets the map's lock go if this attempt may, and keeps the file. */
  void letGo(MappedFile file) {
    if (kept == null && mayLetGo) {
      file.keep();
      kept = file;
      lock.unlock();
    }
  }

  /** Ends the attempt. */
  void end() {
    if (kept == null) {
      lock.unlock();
    } else {
      kept.letGo();
    }
  }
}
