package dev.sekiso.blockdev;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.WaitQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Those who wait for a queue to be idle ({@code blk_mq_freeze_queue_wait}). While there are none,
 * nothing has to be looked at when a request ends.
 *
 * <p>What idle means is asked with the queue's lock held, which guards the number of waiters, too.
 */
final class Drain {

  private final WaitQueue queue;
  private final ReentrantLock lock;
  private int waiters;

  Drain(Machine machine, String device, ReentrantLock lock) {
    this.queue = machine.newWaitQueue("requests of " + device);
    this.lock = lock;
  }

  /** Whether anybody has to be woken; the lock is held. */
  boolean isAwaited() {
    return waiters > 0;
  }

  void wake() {
    queue.wakeAll();
  }

  /** Waits, without the lock, until the queue is idle. */
  void await(String what, BooleanSupplier idle) {
    if (isIdle(idle, 1)) {
      return;
    }
    try {
      queue.await(what, () -> isIdle(idle, 0));
    } finally {
      leave();
    }
  }

  /** Whether the queue is idle; if not, so many more wait for it. */
  private boolean isIdle(BooleanSupplier idle, int more) {
    lock.lock();
    try {
      boolean isIdle = idle.getAsBoolean();
      waiters += isIdle ? 0 : more;
      return isIdle;
    } finally {
      lock.unlock();
    }
  }

  private void leave() {
    lock.lock();
    try {
      waiters--;
    } finally {
      lock.unlock();
    }
  }
}
