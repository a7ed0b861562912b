package dev.sekiso.writeback.throttle;

import dev.sekiso.machine.Machine;
import dev.sekiso.pagecache.MemoryStatus;
import dev.sekiso.writeback.BdiWriteback;
import dev.sekiso.writeback.DirtyDomain;
import dev.sekiso.writeback.DirtyLimits;
import dev.sekiso.writeback.DirtyThrottle;
import dev.sekiso.writeback.LimitRule;
import dev.sekiso.writeback.WritebackSettings;
import dev.sekiso.writeback.WritebackWork;
import java.util.concurrent.atomic.AtomicLong;

/**
 * {@code ratelimit}: a writer over the limit writes pages itself (Linux 2.6.0 to 2.6.36, here as in
 * 2.6.11, {@code balance_dirty_pages} in {@code mm/page-writeback.c}).
 *
 * <p>A processor's tasks look at the balance after every rate limit of pages, or every eight while
 * the limit is exceeded. One that finds more dirty and under writeback than the limit writes one
 * and a half times the rate limit of the device, whoever dirtied it, and goes on as soon as that is
 * done or the number is below the limit; if there was not so much to write it waits 100 ms and
 * tries again. Then, if more is dirty than the background threshold, it has flushers write.
 *
 * <p>Limits are percentages of all memory: the dirty ratio at most half of what is not mapped, and
 * at least 5 %. The rate limit is memory / (32 × processors), from 16 pages to 4 MiB.
 *
 * <p>One instance serves one writeback layer.
 */
public final class RateLimitThrottle implements DirtyThrottle {

  private static final int PERCENT = 100;

  /** Whatever is mapped, so much may be dirty. */
  private static final int LEAST_RATIO = 5;

  /** Of unmapped memory at most one in so many pages may be dirty. */
  private static final int UNMAPPED_DIVISOR = 2;

  /** A processor's tasks look after this part of memory. */
  private static final int MEMORY_PARTS = 32;

  private static final long LEAST_RATE_LIMIT = 16;

  /** 4 MiB. */
  private static final long MOST_RATE_LIMIT = 1024;

  private static final long EXCEEDED_RATE_LIMIT = 8;

  /** How long writing by others is waited for ({@code blk_congestion_wait(WRITE, HZ/10)}). */
  private static final long WAIT_NANOS = 100_000_000L;

  private final Machine machine;
  private final int processors;
  private final AtomicLong dirtiedByAll = new AtomicLong();
  private volatile long rateLimit = LEAST_RATE_LIMIT;
  private volatile boolean exceeded;

  /**
   * @param processors how many processors the machine has, which divide the rate limit
   */
  public RateLimitThrottle(Machine machine, int processors) {
    if (processors < 1) {
      throw new IllegalArgumentException("a machine has at least one processor, not " + processors);
    }
    this.machine = machine;
    this.processors = processors;
  }

  @Override
  public LimitRule limitRule() {
    return this::limits;
  }

  /** The {@code get_dirty_limits}. */
  private DirtyLimits limits(MemoryStatus memory, WritebackSettings settings) {
    long total = memory.total();
    rateLimit =
        Math.clamp(total / ((long) MEMORY_PARTS * processors), LEAST_RATE_LIMIT, MOST_RATE_LIMIT);
    int ratio = Math.max(Math.min(settings.dirtyRatio(), PERCENT / UNMAPPED_DIVISOR), LEAST_RATIO);
    int background = settings.dirtyBackgroundRatio();
    if (background >= ratio) {
      background = ratio / 2;
    }
    return LimitRule.of(
        LimitRule.amount(settings.dirtyBackgroundBytes(), background, total),
        LimitRule.amount(settings.dirtyBytes(), ratio, total));
  }

  @Override
  public void balance(BdiWriteback writeback, int pages) {
    long allowed = (exceeded ? EXCEEDED_RATE_LIMIT : rateLimit) * processors;
    if (dirtiedByAll.addAndGet(pages) >= allowed) {
      dirtiedByAll.set(0);
      balance(writeback);
    }
  }

  /** The count stays, so that the next look finds it over, too. */
  @Override
  public boolean tryBalance(BdiWriteback writeback, int pages) {
    long allowed = (exceeded ? EXCEEDED_RATE_LIMIT : rateLimit) * processors;
    if (dirtiedByAll.addAndGet(pages) < allowed) {
      return true;
    }
    DirtyDomain domain = writeback.domain();
    if (isOver(domain, domain.limits())) {
      exceeded = true;
      if (!writeback.isWriting()) {
        writeback.startBackground();
      }
      return false;
    }
    balance(writeback, 0);
    return true;
  }

  private void balance(BdiWriteback writeback) {
    DirtyDomain domain = writeback.domain();
    long chunk = rateLimit + rateLimit / 2;
    long written = 0;
    DirtyLimits limits = domain.limits();
    while (isOver(domain, limits)) {
      exceeded = true;
      if (domain.dirty() > 0) {
        WritebackWork work = WritebackWork.writersOwn(chunk);
        writeback.write(work);
        written += chunk - work.pages();
        limits = domain.limits();
        if (!isOver(domain, limits) || written >= chunk) {
          break;
        }
      }
      machine.sleep(WAIT_NANOS);
      limits = domain.limits();
    }
    if (!isOver(domain, limits)) {
      exceeded = false;
    }
    boolean wanted =
        writeback.settings().laptopMode() == 0 ? domain.dirty() > limits.background() : written > 0;
    if (wanted && !writeback.isWriting()) {
      writeback.startBackground();
    }
  }

  private static boolean isOver(DirtyDomain domain, DirtyLimits limits) {
    return domain.dirty() + domain.writeback() > limits.limit();
  }
}
