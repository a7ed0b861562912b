package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.machine.TaskLocal;
import dev.sekiso.machine.WaitQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Gives out frames and gets them back (the slow paths of {@code mm/page_alloc.c} and {@code
 * mm/memcontrol.c}); {@link Shrinker} does the reclaiming.
 *
 * <p>Below the low mark a background task is woken, which reclaims until the high mark is reached.
 * Below the min mark whoever needs a frame reclaims a batch itself first. The last min frames are
 * for daemons (who write dirty pages, and so make more memory than they take) and for a task that
 * has found nothing to reclaim.
 *
 * <p>A frame is charged to the task's memory group. A group at its {@code max} reclaims from itself
 * first; daemons are charged whatever the limit. A task whose group is above {@code high} notes
 * what it owes and settles it when its call is done and it holds no locks ({@link
 * #settleOverHigh}).
 *
 * <p>Reclaim asks the owners of dirty pages it meets to have them written, and waits: each wait
 * ends when something has been written or freed. Only when nothing at all moves for {@link
 * #PATIENCE} waits in a row is there really no memory.
 */
final class Reclaimer {

  /** How far a task goes for a frame. */
  enum Effort {
    /** Takes what is free. */
    NONE,
    /** Reclaims one batch, waits for nothing ({@code __GFP_NORETRY}): for readahead. */
    LIGHT,
    /** Reclaims and waits. */
    FULL
  }

  /** What a task may do for memory. */
  enum Means {
    /** It may hold a file system's locks ({@code GFP_NOFS}). */
    EVICT,
    /** It may also write dirty pages, if that is chosen ({@code __GFP_FS}). */
    WRITE
  }

  /** Pages reclaimed at a time ({@code SWAP_CLUSTER_MAX}). */
  static final int BATCH = 32;

  /** One wait for writeback, as {@code VMSCAN_THROTTLE_WRITEBACK}: a tenth of a second. */
  private static final long WAIT_NANOS = 100_000_000L;

  /** Waits in a row without anything moving until a task gives up. */
  private static final int PATIENCE = 50;

  /** Waits in a row after which a task that is no daemon may use the reserve, too. */
  private static final int PATIENCE_BEFORE_RESERVE = 5;

  /**
   * Fruitless reclaims in a row after which one gives up or rests ({@code MAX_RECLAIM_RETRIES}).
   */
  private static final int RETRIES = 16;

  /** The longest rest for being above {@code high} ({@code MEMCG_MAX_HIGH_DELAY_JIFFIES}): 2 s. */
  private static final long MOST_REST_NANOS = 2_000_000_000L;

  /** A rest no longer than this is not worth it: a hundredth of a second. */
  private static final long LEAST_REST_NANOS = 10_000_000L;

  private final CacheCore core;
  private final Machine machine;
  private final FrameTable table;
  private final CacheCounters counters;
  private final Watermarks marks;
  private final Shrinker shrinker;
  private final WaitQueue background;
  private final WaitQueue memory;
  private final TaskLocal<Owed> owed;

  /** Tasks that owe something because of {@code high}. */
  private final AtomicInteger owing = new AtomicInteger();

  /** Tasks waiting for memory to move; movement is announced only if there are any. */
  private final AtomicInteger waiting = new AtomicInteger();

  /** Moves on when a frame is freed or a page written while somebody waits. */
  private final AtomicLong movement = new AtomicLong();

  private volatile boolean backgroundWanted;
  private volatile boolean closed;

  /** What a task has charged above its group's {@code high} ({@code memcg_nr_pages_over_high}). */
  private static final class Owed {
    int pages;
  }

  Reclaimer(CacheCore core, Watermarks marks) {
    this.core = core;
    this.machine = core.machine;
    this.table = core.table;
    this.counters = core.counters;
    this.marks = marks;
    this.shrinker = new Shrinker(core);
    this.background = machine.newWaitQueue("kswapd");
    this.memory = machine.newWaitQueue("memory");
    this.owed = machine.newTaskLocal(Owed::new);
  }

  void start() {
    machine.spawn("kswapd", TaskKind.DAEMON, this::runBackground);
  }

  Watermarks watermarks() {
    return marks;
  }

  /**
   * Gets a block of frames and charges it.
   *
   * @return its folio with one reference, or null when the effort did not suffice (never after
   *     {@link Effort#FULL})
   * @throws ErrnoException ENOMEM when nothing can be freed
   */
  Folio allocate(int order, Effort effort) throws ErrnoException {
    return allocate(order, effort, Means.EVICT);
  }

  /** The same, for a task that may do more than evict. */
  Folio allocate(int order, Effort effort, Means means) throws ErrnoException {
    Folio folio = table.allocate(order, marks.min());
    if (table.freeFrames() < marks.low()) {
      wakeBackground();
    }
    if (folio == null && effort != Effort.NONE) {
      folio = allocateSlowly(order, effort, means);
    }
    return folio == null ? null : charged(folio, effort);
  }

  private Folio charged(Folio folio, Effort effort) throws ErrnoException {
    MemoryGroup group = core.groups.current();
    boolean isCharged = false;
    try {
      isCharged = group.isRoot() || charge(group, folio.pages(), effort);
    } finally {
      if (!isCharged) {
        folio.put();
      }
    }
    if (!isCharged) {
      return null;
    }
    table.setOwner(folio.frame, group.vector());
    return folio;
  }

  private Folio allocateSlowly(int order, Effort effort, Means means) throws ErrnoException {
    if (effort == Effort.FULL && machine.currentTask().kind() == TaskKind.DAEMON) {
      Folio reserve = table.allocate(order, 0);
      if (reserve != null) {
        return reserve;
      }
    }
    int fruitless = 0;
    while (true) {
      int reclaimed =
          reclaimDirectly(core.groups.root(), Math.max(BATCH, 1 << order), order, means);
      Folio folio = table.allocate(order, marks.min());
      if (folio != null || effort == Effort.LIGHT) {
        return folio;
      }
      if (reclaimed > 0) {
        // Others took what was reclaimed: this is progress of somebody.
        fruitless = 0;
        machine.yieldProcessor();
        continue;
      }
      fruitless = waitForMovement(marks.min()) ? 0 : fruitless + 1;
      if (fruitless >= PATIENCE_BEFORE_RESERVE) {
        folio = table.allocate(order, 0);
        if (folio != null) {
          return folio;
        }
      }
      if (fruitless > PATIENCE) {
        throw outOfMemory(order);
      }
    }
  }

  private int reclaimDirectly(MemoryGroup target, int wanted, int order, Means means) {
    counters.directReclaims.increment();
    trace(Tracepoints.DIRECT_RECLAIM_BEGIN, order);
    int reclaimed = shrinker.reclaim(target, wanted, means);
    trace(Tracepoints.DIRECT_RECLAIM_END, reclaimed);
    return reclaimed;
  }

  private ErrnoException outOfMemory(int order) {
    return new ErrnoException(
        Errno.ENOMEM,
        "no "
            + (1 << order)
            + " frames for the page cache: of "
            + table.frames()
            + " frames "
            + table.freeFrames()
            + " are free, "
            + counters.dirty()
            + " dirty, "
            + counters.writeback()
            + " under writeback, the rest in use, and none of that has moved for "
            + PATIENCE * (WAIT_NANOS / 1_000_000)
            + " ms. Give the page cache more pages, lower the dirty limit, or see why the device"
            + " does not finish its writes");
  }

  /**
   * Waits a while; true if a frame was freed or a page written meanwhile.
   *
   * @param enough free frames above which there is nothing to wait for
   */
  private boolean waitForMovement(int enough) {
    long before = movement.get();
    waiting.incrementAndGet();
    try {
      return memory.await(
          "memory to be freed or written",
          () -> movement.get() != before || table.freeFrames() > enough || closed,
          WAIT_NANOS);
    } finally {
      waiting.decrementAndGet();
    }
  }

  /** A frame has been freed or a page written. Any context. */
  void moved() {
    if (waiting.get() > 0) {
      movement.incrementAndGet();
      memory.wakeAll();
    }
  }

  // ---- memory groups ---------------------------------------------------------------------------

  /**
   * Charges a group, reclaiming from the one that is full ({@code try_charge_memcg}).
   *
   * @return false when the effort did not suffice
   * @throws ErrnoException ENOMEM when the full group has nothing that can be reclaimed
   */
  private boolean charge(MemoryGroup group, int pages, Effort effort) throws ErrnoException {
    MemoryGroup full = group.tryCharge(pages);
    int fruitless = 0;
    while (full != null) {
      if (effort == Effort.NONE) {
        return false;
      }
      if (machine.currentTask().kind() == TaskKind.DAEMON) {
        group.charge((long) pages << PageCache.PAGE_SHIFT);
        return true;
      }
      full.maxEvents.increment();
      int reclaimed = reclaimDirectly(full, Math.max(BATCH, pages), 0, Means.EVICT);
      if (full.margin() < pages) {
        if (effort == Effort.LIGHT) {
          return false;
        }
        if (reclaimed > 0) {
          fruitless = 0;
          machine.yieldProcessor();
        } else {
          fruitless = waitForMovement(Integer.MAX_VALUE) ? 0 : fruitless + 1;
        }
        if (fruitless > PATIENCE) {
          full.outOfMemoryEvents.increment();
          throw groupOutOfMemory(full);
        }
      }
      full = group.tryCharge(pages);
    }
    if (group.aboveHigh() != null) {
      Owed mine = owed.get();
      if (mine.pages == 0) {
        owing.incrementAndGet();
      }
      mine.pages += pages;
    }
    return true;
  }

  private static ErrnoException groupOutOfMemory(MemoryGroup full) {
    return new ErrnoException(
        Errno.ENOMEM,
        "control group "
            + full.cgroup()
            + " is at its limit of "
            + full.max()
            + " pages: "
            + full.dirtyPages()
            + " are dirty, "
            + full.writebackPages()
            + " under writeback, the rest in use, and none of that has moved for "
            + PATIENCE * (WAIT_NANOS / 1_000_000)
            + " ms. Raise memory.max, or see why the device does not finish its writes");
  }

  /**
   * Settles what the running task has charged above {@code high}, at the end of a call, when it
   * holds no lock: reclaims it, and rests if that was not enough ({@code
   * mem_cgroup_handle_over_high}).
   */
  void settleOverHigh() {
    if (owing.get() == 0) {
      return;
    }
    Owed mine = owed.get();
    int pages = mine.pages;
    if (pages == 0 || machine.inInterrupt()) {
      return;
    }
    mine.pages = 0;
    owing.decrementAndGet();
    MemoryGroup group = core.groups.current();
    int wanted = pages;
    for (int retry = 0; retry < RETRIES; ) {
      int reclaimed = reclaimAboveHigh(group, Math.max(BATCH, wanted));
      long rest = restNanos(group, pages);
      if (rest <= LEAST_REST_NANOS) {
        return;
      }
      if (reclaimed == 0 && ++retry == RETRIES) {
        machine.sleep(rest);
      }
      wanted = BATCH;
    }
  }

  private int reclaimAboveHigh(MemoryGroup from, int wanted) {
    int reclaimed = 0;
    for (MemoryGroup group = from; !group.isRoot(); group = group.parent()) {
      if (group.usage() > group.high()) {
        group.highEvents.increment();
        reclaimed += shrinker.reclaim(group, wanted, Means.EVICT);
      }
    }
    return reclaimed;
  }

  /**
   * The square of the part by which the group is above {@code high}, in seconds, per page charged
   * ({@code calculate_high_delay}: 64 times that for 64 pages).
   */
  private static long restNanos(MemoryGroup from, int pages) {
    double worst = 0;
    for (MemoryGroup group = from; !group.isRoot(); group = group.parent()) {
      long usage = group.usage();
      long high = group.high();
      if (usage > high) {
        worst = Math.max(worst, (double) (usage - high) / Math.max(1, high));
      }
    }
    return (long) Math.min(MOST_REST_NANOS, worst * worst * pages * 1e9);
  }

  /** Reclaims from a group until it uses no more than so many pages, or cannot. */
  void reclaimDownTo(MemoryGroup group, long pages) {
    int fruitless = 0;
    while (fruitless < RETRIES) {
      long excess = group.usage() - pages;
      if (pages == MemoryGroup.UNLIMITED || excess <= 0) {
        return;
      }
      int reclaimed = shrinker.reclaim(group, part(excess), Means.EVICT);
      fruitless = reclaimed > 0 || waitForMovement(Integer.MAX_VALUE) ? 0 : fruitless + 1;
    }
  }

  /** Reclaims so many pages from a group, as far as there are any. */
  long reclaimFrom(MemoryGroup group, long pages) {
    long total = 0;
    int reclaimed = 1;
    while (total < pages && reclaimed > 0) {
      reclaimed = shrinker.reclaim(group, part(pages - total), Means.EVICT);
      total += reclaimed;
    }
    return total;
  }

  /**
   * What of a large amount is reclaimed at a time: a quarter, so that the round in which the amount
   * is reached does not take much more ({@code user_proactive_reclaim}).
   */
  private static int part(long pages) {
    return (int) Math.clamp(pages / 4, BATCH, Integer.MAX_VALUE);
  }

  // ---- background ------------------------------------------------------------------------------

  private void wakeBackground() {
    if (!backgroundWanted) {
      backgroundWanted = true;
      trace(Tracepoints.KSWAPD_WAKE, table.freeFrames());
      background.wakeAll();
    }
  }

  private void runBackground() {
    int failures = 0;
    while (true) {
      background.await("free frames to become few", () -> backgroundWanted || closed);
      if (closed) {
        return;
      }
      while (!closed && table.freeFrames() < marks.high() && failures < RETRIES) {
        int reclaimed = shrinker.balance(marks.high());
        counters.backgroundReclaims.add(reclaimed);
        if (reclaimed > 0) {
          failures = 0;
          machine.yieldProcessor();
        } else {
          failures++;
          waitForMovement(marks.min());
        }
      }
      failures = 0;
      trace(Tracepoints.KSWAPD_SLEEP, table.freeFrames());
      backgroundWanted = false;
    }
  }

  void close() {
    closed = true;
    background.wakeAll();
    memory.wakeAll();
  }

  private void trace(dev.sekiso.machine.Tracepoint point, long value) {
    if (machine.tracer().enabled(point)) {
      machine.tracer().emit(point, value);
    }
  }
}
