package dev.sekiso.writeback.flusher;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Timer;
import dev.sekiso.writeback.BdiWriteback;
import dev.sekiso.writeback.Flusher;
import dev.sekiso.writeback.WritebackReason;
import dev.sekiso.writeback.WritebackWork;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * {@code pdflush}: a pool of two to eight tasks for all devices, and two jobs for them (Linux 2.6.0
 * to 2.6.31, {@code mm/pdflush.c}, {@code mm/page-writeback.c}).
 *
 * <ul>
 *   <li>{@code background_writeout}: asked for by writers and by want of memory. Writes batches of
 *       1024 pages until no more is dirty than the background threshold, and as many as were asked
 *       for are written. After a batch that came out short because a device was busy it waits 100
 *       ms; if nothing was busy it ends.
 *   <li>{@code wb_kupdate}: by a timer, every {@code dirty_writeback_centisecs}. Writes batches of
 *       1024 pages of what has expired. The next one comes an interval after this one began, but
 *       not sooner than a second after it ended.
 * </ul>
 *
 * <p>A device is written by one task of the pool at a time ({@code BDI_pdflush}), and left alone
 * while its queue is congested ({@code bdi_write_congested}). If all tasks are busy a job is not
 * taken: writers ask again, the timer comes back after a second. Who waits for a sync writes in its
 * own task, as {@code sync} did in those kernels.
 *
 * <p>One instance serves one writeback layer. The pool is started with the first device and ends
 * with the last.
 */
public final class PdflushFlusher implements Flusher {

  /** Pages of a batch ({@code MAX_WRITEBACK_PAGES}). */
  static final long BATCH_PAGES = 1024;

  private static final long SECOND = 1_000_000_000L;

  /** How long a busy device is waited for ({@code blk_congestion_wait(WRITE, HZ/10)}). */
  private static final long CONGESTION_NANOS = SECOND / 10;

  private final List<Charge> charges = new CopyOnWriteArrayList<>();
  private PdflushPool pool;
  private Timer timer;

  /** How many tasks the pool has now. */
  public synchronized int tasks() {
    return pool == null ? 0 : pool.tasks();
  }

  @Override
  public Duty takeCharge(BdiWriteback writeback) {
    Charge charge = new Charge(writeback);
    charges.add(charge);
    PdflushPool started = null;
    synchronized (this) {
      if (pool == null) {
        pool = new PdflushPool(writeback.machine());
        started = pool;
      }
    }
    if (started != null) {
      started.start();
      setTimer(writeback.machine(), writeback.settings().writebackIntervalNanos());
    }
    return charge;
  }

  private synchronized void setTimer(Machine machine, long nanos) {
    if (timer == null && pool != null && nanos > 0) {
      timer = machine.schedule("wb_timer", nanos, this::timerExpired);
    }
  }

  private void timerExpired() {
    PdflushPool current;
    synchronized (this) {
      timer = null;
      current = pool;
    }
    if (current != null && !current.submit(this::writeExpired)) {
      setTimer(current.machine(), SECOND);
    }
  }

  private synchronized PdflushPool pool() {
    return pool;
  }

  /** The first of the charges, for settings and counts that are all devices'; null for none. */
  private BdiWriteback any() {
    return charges.isEmpty() ? null : charges.getFirst().writeback;
  }

  /** Writes up to so many pages; returns how the batch came out. */
  private Batch batch(long pages, Job job) {
    Batch batch = new Batch(pages);
    for (Charge charge : charges) {
      if (batch.left <= 0) {
        break;
      }
      charge.write(batch, job);
    }
    return batch;
  }

  /**
   * What is left of a batch, and whether a device was congested or being written by another task.
   */
  private static final class Batch {
    private long left;
    private boolean metBusy;
    private boolean metCongestion;

    Batch(long pages) {
      this.left = pages;
    }
  }

  private enum Job {
    BACKGROUND,
    PERIODIC
  }

  /** Waits for a device that is congested, or that another task writes. */
  private static void rest(BdiWriteback writeback, Batch batch) {
    if (batch.metCongestion) {
      writeback.awaitDecongestion(CONGESTION_NANOS);
    } else {
      writeback.machine().sleep(CONGESTION_NANOS);
    }
  }

  /** The {@code background_writeout}. */
  private void writeBackground(long wanted) {
    long minimum = wanted;
    while (true) {
      BdiWriteback writeback = any();
      if (writeback == null
          || (minimum <= 0
              && writeback.domain().dirty() < writeback.domain().limits().background())) {
        return;
      }
      Batch batch = batch(BATCH_PAGES, Job.BACKGROUND);
      minimum -= BATCH_PAGES - batch.left;
      if (batch.left > 0) {
        if (!batch.metBusy) {
          return;
        }
        rest(writeback, batch);
      }
    }
  }

  /** The {@code wb_kupdate}. */
  private void writeExpired() {
    BdiWriteback writeback = any();
    if (writeback == null) {
      return;
    }
    Machine machine = writeback.machine();
    long next = machine.nanoTime() + writeback.settings().writebackIntervalNanos();
    long left = writeback.dirtyPagesAndInodes();
    boolean goOn = true;
    while (left > 0 && goOn) {
      Batch batch = batch(BATCH_PAGES, Job.PERIODIC);
      left -= BATCH_PAGES - batch.left;
      if (batch.left > 0) {
        goOn = batch.metBusy;
        if (goOn) {
          rest(writeback, batch);
        }
      }
    }
    if (writeback.settings().writebackIntervalNanos() > 0) {
      setTimer(machine, Math.max(next - machine.nanoTime(), SECOND));
    }
  }

  /** One writeback. The flag is that a task of the pool writes it. */
  private final class Charge implements Duty {

    private final BdiWriteback writeback;
    private final AtomicBoolean taken = new AtomicBoolean();

    Charge(BdiWriteback writeback) {
      this.writeback = writeback;
    }

    void write(Batch batch, Job job) {
      if (!writeback.hasDirtyIo()) {
        return;
      }
      if (!taken.compareAndSet(false, true)) {
        batch.metBusy = true;
        return;
      }
      try {
        WritebackWork work =
            job == Job.PERIODIC
                ? WritebackWork.periodic(batch.left)
                : WritebackWork.everything(batch.left, WritebackReason.BACKGROUND);
        writeback.write(work.withoutWaiting());
        batch.left = work.pages();
        batch.metBusy |= work.metCongestion();
        batch.metCongestion |= work.metCongestion();
      } finally {
        taken.set(false);
      }
    }

    @Override
    public void wake() {
      PdflushPool current = pool();
      if (current != null) {
        current.submit(this::workWhenWoken);
      }
    }

    private void workWhenWoken() {
      writeback.writeQueued();
      long wanted = writeback.takeStartAll() == null ? 0 : writeback.dirtyPagesAndInodes();
      writeBackground(wanted);
    }

    @Override
    public void wakeLater() {
      // wb_kupdate comes by itself; it only has to be on its way.
      setTimer(writeback.machine(), writeback.settings().writebackIntervalNanos());
    }

    @Override
    public void assist() {
      writeback.writeQueued();
    }

    @Override
    public void end() {
      writeback.writeOut();
      PdflushPool last = null;
      synchronized (PdflushFlusher.this) {
        charges.remove(this);
        if (charges.isEmpty()) {
          last = pool;
          pool = null;
          if (timer != null) {
            timer.cancel();
            timer = null;
          }
        }
      }
      if (last != null) {
        last.close();
      }
    }
  }
}
