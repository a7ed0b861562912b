package dev.sekiso.machine;

/**
 * A readers-writer lock that may be held across waiting and I/O (the kernel's {@code
 * rw_semaphore}). First come, first served in groups: a waiting writer holds back later readers.
 */
public interface SleepingReadWriteLock {

  SleepingLock readLock();

  SleepingLock writeLock();

  /** Turns the write lock held by the caller into a read lock without letting a writer in. */
  void downgrade();
}
