package dev.sekiso.writeback;

/**
 * How many pages may be dirty, at one moment ({@code domain_dirty_limits}).
 *
 * @param background pages from which flushers write on their own
 * @param limit pages beyond which nobody may dirty more
 */
public record DirtyLimits(long background, long limit) {

  /** Below it writers never rest ({@code dirty_freerun_ceiling}). */
  public long freerun() {
    return (background + limit) / 2;
  }
}
