package dev.sekiso.writeback;

import dev.sekiso.pagecache.MemoryStatus;
import dev.sekiso.pagecache.PageCache;

/**
 * How many pages may be dirty, given memory and settings: what a {@link DirtyThrottle} goes by, and
 * flushers with it.
 */
@FunctionalInterface
public interface LimitRule {

  /** Ratios of what may become dirty: free pages less reserves, plus file pages (3.3 and later). */
  LimitRule DIRTYABLE =
      (memory, settings) -> {
        long available = memory.dirtyable();
        return of(
            amount(settings.dirtyBackgroundBytes(), settings.dirtyBackgroundRatio(), available),
            amount(settings.dirtyBytes(), settings.dirtyRatio(), available));
      };

  /** The limits now ({@code global_dirty_limits}). */
  DirtyLimits limits(MemoryStatus memory, WritebackSettings settings);

  /** A background threshold that is not below the limit becomes half of it. */
  static DirtyLimits of(long background, long limit) {
    return new DirtyLimits(background >= limit ? limit / 2 : background, limit);
  }

  /** Bytes, rounded up to pages, or a percentage if there are none. */
  static long amount(long bytes, int ratio, long available) {
    return bytes != 0
        ? Math.ceilDiv(bytes, PageCache.PAGE_SIZE)
        : available / 100 * ratio + available % 100 * ratio / 100;
  }
}
