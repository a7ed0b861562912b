package dev.sekiso.writeback.flusher;

import dev.sekiso.machine.SleepingLock;
import dev.sekiso.writeback.BdiWriteback;
import dev.sekiso.writeback.Flusher;
import dev.sekiso.writeback.WritebackWork;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;

/**
 * {@code manual}: nothing is written by itself. Whoever waits for writeback (a sync, a writer over
 * the limit) does it in its own task, and {@link #writeOut} does it when called: for programs that
 * want to decide themselves, and for experiments in which no flusher interferes.
 */
public final class ManualFlusher implements Flusher {

  /** What a task that is to rest writes at most before it does, 4 MiB. */
  private static final long ASSIST_PAGES = 1024;

  private final List<Charge> charges = new CopyOnWriteArrayList<>();

  @Override
  public Duty takeCharge(BdiWriteback writeback) {
    Charge charge = new Charge(writeback);
    charges.add(charge);
    return charge;
  }

  /**
   * Does on every device what is due: queued work, what has expired, what is over the background
   * threshold. May wait.
   *
   * @return pages and inodes written
   */
  public long writeOut() {
    long wrote = 0;
    for (Charge charge : charges) {
      wrote += charge.writeOut();
    }
    return wrote;
  }

  /** One writeback; the lock lets one task at a time write it. */
  private final class Charge implements Duty {

    private final BdiWriteback writeback;
    private final SleepingLock lock;

    Charge(BdiWriteback writeback) {
      this.writeback = writeback;
      this.lock = writeback.machine().newLock("manual " + writeback);
    }

    long writeOut() {
      return exclusively(() -> {
        long wrote = 0;
        do {
          wrote += writeback.writeOut();
        } while (writeback.hasQueuedWork());
        return wrote;
      });
    }

    private long exclusively(LongSupplier writing) {
      if (lock.isHeldByCurrentTask()) {
        // Its own write dirties pages and wants to rest: the write under way is all there is.
        return 0;
      }
      lock.lock();
      try {
        return writing.getAsLong();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void wake() {}

    @Override
    public void wakeLater() {}

    @Override
    public void assist() {
      exclusively(() ->
          writeback.hasQueuedWork()
              ? writeback.writeQueued()
              : writeback.write(WritebackWork.background(ASSIST_PAGES)));
    }

    @Override
    public void end() {
      writeOut();
      charges.remove(this);
    }
  }
}
