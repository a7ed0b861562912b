package dev.sekiso.machine;

/**
 * A mutual-exclusion lock that may be held across waiting and I/O (the kernel's {@code mutex}).
 * First come, first served; not reentrant: taking it twice in one task throws {@link
 * IllegalStateException}.
 */
public interface SleepingLock {

  String name();

  void lock();

  boolean tryLock();

  /**
   * Releases the lock; throws {@link IllegalMonitorStateException} unless the caller holds it. On a
   * dead machine it never throws, so it does not mask what it is a {@code finally} for.
   */
  void unlock();

  boolean isHeldByCurrentTask();
}
