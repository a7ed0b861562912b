package dev.sekiso.integration.architecture.obeying.pagecache;

import dev.sekiso.integration.architecture.obeying.machine.Clock;
import dev.sekiso.integration.architecture.obeying.pagecache.internal.Hidden;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/** Constants, seeded chance, its own internals and a module it may use: all allowed. */
public final class Cache {
  private static final int PAGE_SIZE = 4096;
  private static final long[] TABLE = {1, 2, 4};
  private static final AtomicIntegerFieldUpdater<Cache> PINS =
      AtomicIntegerFieldUpdater.newUpdater(Cache.class, "pins");

  private final Clock clock;
  private final SplittableRandom random = new SplittableRandom(PAGE_SIZE);
  private final Map<Long, byte[]> pages = new ConcurrentHashMap<>();
  private final Hidden hidden = new Hidden();
  private volatile int pins;

  /** Makes an empty cache. */
  public Cache(Clock clock) {
    this.clock = clock;
  }

  /** Finds a page, or null. */
  public byte[] find(long index) {
    PINS.incrementAndGet(this);
    hidden.seen(clock.now() + random.nextLong() + TABLE[0] + pins);
    return pages.get(index);
  }
}
