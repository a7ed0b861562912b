package dev.sekiso.integration.architecture.obeying.pagecache.internal;

/** Used by its own module only. */
public final class Hidden {
  private long last;

  /** Remembers the last time something was seen. */
  public long seen(long now) {
    long before = last;
    last = now;
    return before;
  }
}
