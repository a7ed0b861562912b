package dev.sekiso.filesystems.ramfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.util.concurrent.atomic.AtomicLong;

/** How many of something there may be, and are. Lock-free. */
final class RamBudget {

  private final String what;
  private final AtomicLong used = new AtomicLong();
  private volatile long limit;

  RamBudget(String what, long limit) {
    this.what = what;
    this.limit = limit;
  }

  /**
   * @throws ErrnoException ENOSPC when there are as many as there may be
   */
  void take(long count) throws ErrnoException {
    if (used.addAndGet(count) > limit) {
      used.addAndGet(-count);
      throw new ErrnoException(
          Errno.ENOSPC,
          "ramfs has %d %s, as many as it may; remove files or mount it larger"
              .formatted(used.get(), what));
    }
  }

  void give(long count) {
    used.addAndGet(-count);
  }

  long used() {
    return used.get();
  }

  boolean isLimited() {
    return limit != Long.MAX_VALUE;
  }

  long limit() {
    return limit;
  }

  long free() {
    return Math.max(0, limit - used.get());
  }

  /**
   * @throws ErrnoException EINVAL when there are more already
   */
  void setLimit(long value) throws ErrnoException {
    if (used.get() > value) {
      throw new ErrnoException(
          Errno.EINVAL,
          "ramfs has %d %s and cannot be limited to %d".formatted(used.get(), what, value));
    }
    limit = value;
  }
}
