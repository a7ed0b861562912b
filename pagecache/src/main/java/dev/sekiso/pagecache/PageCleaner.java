package dev.sekiso.pagecache;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.machine.WaitQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps the dirty pages of a page cache that is used alone within bounds: the page cleaner of a
 * buffer manager. A stack with a writeback layer does without it.
 *
 * <p>One daemon task writes dirty pages when there are more than the target, or when reclaim meets
 * some. A task that writes through {@link AddressSpace#write} rests while there are more than twice
 * the target. Errors stay with each address space's {@link AddressSpace#errors}.
 *
 * <p>The address spaces that may have dirty pages are a concurrent set: each enters with its first
 * dirty page, and the cleaner takes it out before it writes and puts it back if pages are left, so
 * that none is forgotten. Counts are atomics; the cleaner's wait queue is the only place anybody
 * waits at.
 */
public final class PageCleaner implements DirtyListener, AutoCloseable {

  /** Dirty pages at which writers rest, as a multiple of the target. */
  private static final int REST_FACTOR = 2;

  /** Pages of one file written before the next one's turn comes. */
  private static final long PAGES_A_TURN = 1024;

  /** Rest after a round in which writing itself failed. */
  private static final long RETRY_NANOS = 100_000_000L;

  private final Machine machine;
  private final long target;
  private final WaitQueue wakeUps;
  private final Set<AddressSpace> candidates = ConcurrentHashMap.newKeySet();
  private final AtomicLong dirty = new AtomicLong();
  private volatile boolean needed;
  private volatile boolean closed;

  /**
   * Starts the cleaner's task.
   *
   * @param target dirty pages from which on it writes; a quarter of the page cache is a fair choice
   */
  public PageCleaner(Machine machine, long target) {
    if (target < 0) {
      throw new IllegalArgumentException("a page cleaner cannot aim at " + target + " dirty pages");
    }
    this.machine = machine;
    this.target = target;
    this.wakeUps = machine.newWaitQueue("page cleaner");
    machine.spawn("page-cleaner", TaskKind.DAEMON, this::run);
  }

  /** Dirty pages now. */
  public long dirtyPages() {
    return dirty.get();
  }

  @Override
  public void dirtied(AddressSpace mapping, int pages) {
    candidates.add(mapping);
    if (dirty.addAndGet(pages) > target) {
      wake();
    }
  }

  @Override
  public void cleaned(AddressSpace mapping, int pages) {
    dirty.addAndGet(-pages);
  }

  @Override
  public void writebackStarted(AddressSpace mapping, int pages) {}

  @Override
  public void writebackEnded(AddressSpace mapping, int pages) {}

  @Override
  public void balance(AddressSpace mapping, int pages) {
    if (isOver()) {
      wakeUps.await("dirty pages to be written", () -> !isOver() || closed);
    }
  }

  @Override
  public boolean tryBalance(AddressSpace mapping, int pages) {
    return !isOver() || closed;
  }

  private boolean isOver() {
    return dirty.get() > REST_FACTOR * target;
  }

  @Override
  public void reclaimNeedsClean(long pages) {
    wake();
  }

  private void wake() {
    if (!needed) {
      needed = true;
      wakeUps.wakeAll();
    }
  }

  private void run() {
    while (true) {
      wakeUps.await("work", () -> needed || closed);
      if (closed) {
        return;
      }
      needed = false;
      boolean failed = false;
      for (AddressSpace mapping : candidates) {
        failed |= !clean(mapping);
        wakeUps.wakeAll();
      }
      if (failed) {
        wakeUps.await("writing to become possible", () -> closed, RETRY_NANOS);
      }
      if (dirty.get() > target) {
        needed = true;
      }
    }
  }

  /** Writes one file's turn; false when it could not be. */
  private boolean clean(AddressSpace mapping) {
    candidates.remove(mapping);
    boolean written = true;
    try {
      mapping.writePages(WritebackControl.flusher(WritebackControl.SyncMode.NONE, PAGES_A_TURN));
    } catch (ErrnoException e) {
      written = false;
    }
    if (mapping.dirtyPages() > 0) {
      candidates.add(mapping);
    }
    return written;
  }

  /** Ends the task; what is dirty stays so. Address spaces are closed first. */
  @Override
  public void close() {
    closed = true;
    wakeUps.wakeAll();
  }
}
