package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.machine.WaitQueue;
import dev.sekiso.pagecache.replacement.ReplacementPolicy;
import dev.sekiso.pagecache.replacement.ReplacementPolicy.Rejection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Gives out frames and gets them back (the kernel's {@code mm/vmscan.c} and the slow path of {@code
 * mm/page_alloc.c}).
 *
 * <p>Below the low mark a background task is woken, which reclaims until the high mark is reached.
 * Below the min mark whoever needs a frame reclaims a batch itself first. The last min frames are
 * for daemons (who write dirty pages, and so make more memory than they take) and for a task that
 * has found nothing to reclaim.
 *
 * <p>Reclaim never writes. It asks the owners of dirty pages it meets to have them written, and
 * waits: each wait ends when something has been written or freed. Only when nothing at all moves
 * for {@link #PATIENCE} waits in a row is there really no memory.
 *
 * <p>Victims are tried one at a time, holding that folio's lock only; a lock that is taken is not
 * waited for. So a task may reclaim while it holds folio locks of its own.
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

  /** Pages reclaimed at a time ({@code SWAP_CLUSTER_MAX}). */
  private static final int BATCH = 32;

  /** One wait for writeback, as {@code VMSCAN_THROTTLE_WRITEBACK}: a tenth of a second. */
  private static final long WAIT_NANOS = 100_000_000L;

  /** Waits in a row without anything moving until a task gives up. */
  private static final int PATIENCE = 50;

  /** Waits in a row after which a task that is no daemon may use the reserve, too. */
  private static final int PATIENCE_BEFORE_RESERVE = 5;

  /**
   * Fruitless reclaims in a row after which the background task rests ({@code
   * MAX_RECLAIM_RETRIES}).
   */
  private static final int BACKGROUND_RETRIES = 16;

  private final Machine machine;
  private final FrameTable table;
  private final Replacement replacement;
  private final NodePool nodes;
  private final CacheCounters counters;
  private final Watermarks marks;
  private final WaitQueue background;
  private final WaitQueue memory;

  /** Tasks waiting for memory to move; movement is announced only if there are any. */
  private final AtomicInteger waiting = new AtomicInteger();

  /** Moves on when a frame is freed or a page written while somebody waits. */
  private final AtomicLong movement = new AtomicLong();

  /** Passes nobody uses, under the node pool's monitor. */
  private Pass spare;

  private volatile boolean backgroundWanted;
  private volatile boolean closed;

  Reclaimer(
      Machine machine,
      FrameTable table,
      Replacement replacement,
      NodePool nodes,
      CacheCounters counters,
      Watermarks marks) {
    this.machine = machine;
    this.table = table;
    this.replacement = replacement;
    this.nodes = nodes;
    this.counters = counters;
    this.marks = marks;
    this.background = machine.newWaitQueue("kswapd");
    this.memory = machine.newWaitQueue("memory");
  }

  void start() {
    machine.spawn("kswapd", TaskKind.DAEMON, this::runBackground);
  }

  Watermarks watermarks() {
    return marks;
  }

  /**
   * Gets a block of frames.
   *
   * @return its folio with one reference, or null when the effort did not suffice (never after
   *     {@link Effort#FULL})
   * @throws ErrnoException ENOMEM when nothing can be freed
   */
  Folio allocate(int order, Effort effort) throws ErrnoException {
    Folio folio = table.allocate(order, marks.min());
    if (table.freeFrames() < marks.low()) {
      wakeBackground();
    }
    return folio != null || effort == Effort.NONE ? folio : allocateSlowly(order, effort);
  }

  private Folio allocateSlowly(int order, Effort effort) throws ErrnoException {
    if (effort == Effort.FULL && machine.currentTask().kind() == TaskKind.DAEMON) {
      Folio reserve = table.allocate(order, 0);
      if (reserve != null) {
        return reserve;
      }
    }
    int fruitless = 0;
    while (true) {
      counters.directReclaims.increment();
      trace(Tracepoints.DIRECT_RECLAIM_BEGIN, order);
      int reclaimed = reclaim(Math.max(BATCH, 1 << order), false);
      trace(Tracepoints.DIRECT_RECLAIM_END, reclaimed);
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
      fruitless = waitForMovement() ? 0 : fruitless + 1;
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

  /** Waits a while; true if a frame was freed or a page written meanwhile. */
  private boolean waitForMovement() {
    long before = movement.get();
    waiting.incrementAndGet();
    try {
      return memory.await(
          "memory to be freed or written",
          () -> movement.get() != before || table.freeFrames() > marks.min() || closed,
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

  // ---- reclaim ---------------------------------------------------------------------------------

  /** Reclaims about so many pages with rising pressure ({@code try_to_free_pages}). */
  private int reclaim(int wanted, boolean isBackground) {
    Pass pass = borrowPass();
    replacement.drainAll();
    for (int priority = ReplacementPolicy.DEFAULT_PRIORITY;
        priority >= ReplacementPolicy.DESPERATE_PRIORITY && pass.reclaimed < wanted;
        priority--) {
      if (priority == ReplacementPolicy.DESPERATE_PRIORITY && pass.reclaimed > 0) {
        break;
      }
      reclaimRound(pass, wanted, priority);
    }
    replacement.finishReclaim();
    if (isBackground) {
      counters.backgroundReclaims.add(pass.reclaimed);
    }
    if (pass.reclaimed < wanted && pass.dirtyOwner != null) {
      pass.dirtyOwner.reclaimNeedsClean(Math.max(pass.dirty, wanted));
    }
    nodes.shrinkShadows();
    int reclaimed = pass.reclaimed;
    giveBack(pass);
    return reclaimed;
  }

  private Pass borrowPass() {
    synchronized (nodes) {
      Pass pass = spare;
      if (pass != null) {
        spare = pass.next;
        pass.next = null;
        return pass;
      }
    }
    return new Pass();
  }

  private void giveBack(Pass pass) {
    pass.reclaimed = 0;
    pass.dirty = 0;
    pass.dirtyOwner = null;
    synchronized (nodes) {
      pass.next = spare;
      spare = pass;
    }
  }

  private void reclaimRound(Pass pass, int wanted, int priority) {
    replacement.beginRound(priority);
    int count;
    int tried = 0;
    // A policy that gets its rejected pages back in front of its hand would offer them for ever.
    while (pass.reclaimed < wanted
        && tried <= 2 * table.frames()
        && (count = replacement.selectVictims(pass.victims, BATCH)) >= 0) {
      tried += Math.max(1, count);
      for (int i = 0; i < count; i++) {
        tryEvict(table.folio(pass.victims[i]), pass);
      }
    }
    replacement.finishRound();
  }

  /** Lets one victim, on which the caller holds a reference, go if it may. */
  private void tryEvict(Folio folio, Pass pass) {
    if (!folio.tryLock()) {
      replacement.rejected(folio, Rejection.BUSY);
      folio.put();
      return;
    }
    FolioAddressSpace mapping = folio.mapping;
    Rejection rejection = null;
    if (mapping == null) {
      // Truncated between selection and lock: it leaves by its last reference.
      rejection = Rejection.BUSY;
    } else if (folio.isWriteback()) {
      rejection = Rejection.WRITEBACK;
      table.setFlags(folio.frame, FolioFlags.RECLAIM);
    } else if (folio.isDirty()) {
      rejection = Rejection.DIRTY;
      table.setFlags(folio.frame, FolioFlags.RECLAIM);
      pass.dirty += folio.pages();
      pass.dirtyOwner = mapping.listener();
    } else {
      int pages = folio.pages();
      if (mapping.operations().releaseFolio(folio) && mapping.evict(folio)) {
        pass.reclaimed += pages;
        return;
      }
      rejection = folio.isDirty() ? Rejection.DIRTY : Rejection.BUSY;
    }
    replacement.rejected(folio, rejection);
    folio.unlock();
    folio.put();
  }

  /** One reclaim at work; kept for the next one, so that a busy cache allocates nothing. */
  private static final class Pass {
    Pass next;
    final int[] victims = new int[BATCH];
    int reclaimed;
    long dirty;
    DirtyListener dirtyOwner;
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
      while (!closed && table.freeFrames() < marks.high() && failures < BACKGROUND_RETRIES) {
        int reclaimed = reclaim(Math.max(BATCH, marks.high() - table.freeFrames()), true);
        if (reclaimed > 0) {
          failures = 0;
          machine.yieldProcessor();
        } else {
          failures++;
          waitForMovement();
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
