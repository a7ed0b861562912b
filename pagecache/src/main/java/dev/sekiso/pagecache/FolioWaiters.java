package dev.sekiso.pagecache;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.WaitQueue;

/**
 * Where tasks sleep until a folio is unlocked or written (the kernel's {@code folio_wait_table}): a
 * few queues shared by all frames.
 *
 * <p>No wake-up is lost: a waiter is in the queue first, then sets WAITERS in the same word as the
 * bit it waits for, and looks at that bit again. Whoever clears the bit clears WAITERS with it in
 * one atomic step, and wakes the queue if WAITERS was set. A clearing before the waiter's look is
 * seen by the look; one after it finds WAITERS set and the waiter in the queue. Waking wakes all;
 * who still has to wait sets WAITERS again.
 */
final class FolioWaiters {

  /** Queues; a power of two. Collisions cost a spurious wake-up, nothing else. */
  private static final int QUEUES = 64;

  private final WaitQueue[] queues = new WaitQueue[QUEUES];

  FolioWaiters(Machine machine) {
    for (int i = 0; i < QUEUES; i++) {
      queues[i] = machine.newWaitQueue("folio-" + i);
    }
  }

  private WaitQueue queue(int frame) {
    return queues[(frame ^ (frame >>> 6)) & (QUEUES - 1)];
  }

  void lock(Folio folio) {
    queue(folio.frame)
        .await(
            new Subject("the lock of", folio),
            () -> {
              int before =
                  folio.table.setFlags(folio.frame, FolioFlags.LOCKED | FolioFlags.WAITERS);
              return (before & FolioFlags.LOCKED) == 0;
            });
  }

  /** Waits until the folio is unlocked, without locking it ({@code folio_wait_locked}). */
  void waitUntilUnlocked(Folio folio) {
    awaitClear(folio, FolioFlags.LOCKED, "the end of I/O on");
  }

  void waitForWriteback(Folio folio) {
    awaitClear(folio, FolioFlags.WRITEBACK, "the writeback of");
  }

  private void awaitClear(Folio folio, int flag, String what) {
    if (!folio.has(flag)) {
      return;
    }
    queue(folio.frame)
        .await(
            new Subject(what, folio),
            () ->
                !folio.has(flag)
                    || (folio.table.setFlags(folio.frame, FolioFlags.WAITERS) & flag) == 0);
  }

  void wake(int frame) {
    queue(frame).wakeAll();
  }

  /** What a deadlock report says somebody waits for. */
  private record Subject(String what, Folio folio) {
    @Override
    public String toString() {
      return what + " " + folio;
    }
  }
}
