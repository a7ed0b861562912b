package dev.sekiso.machine;

import java.util.function.BooleanSupplier;

/**
 * Tasks waiting for a condition that others make true (the kernel's {@code wait_queue_head}).
 *
 * <p>The waker changes the state first (with at least volatile semantics, or under a lock the
 * condition also takes), then wakes. The waiter enqueues itself before it checks the condition, so
 * no wake-up between check and sleep is lost. Conditions are evaluated in the waiter, may be
 * evaluated any number of times, must not wait and should have no side effects other than an atomic
 * acquire of what is waited for.
 */
public interface WaitQueue {

  String name();

  /** Waits until the condition holds; returns at once when it does. */
  default void await(BooleanSupplier condition) {
    await(this, condition);
  }

  /**
   * Waits until the condition holds.
   *
   * @param subject what is waited for; its {@code toString()} names it in a deadlock report
   */
  void await(Object subject, BooleanSupplier condition);

  /**
   * Waits until the condition holds or the time is over.
   *
   * @param timeoutNanos from now; when not positive, the condition is checked once
   * @return the condition's last value
   */
  boolean await(Object subject, BooleanSupplier condition, long timeoutNanos);

  /** Wakes every waiter; each checks its condition again. Callable from interrupt context. */
  void wakeAll();

  /**
   * Wakes the longest waiter, if any. One that finds its condition false keeps its place, one that
   * gives up meanwhile passes the wake-up on; one that {@link #wakeAll} woke in vain starts anew.
   * Callable from interrupt context.
   */
  void wakeOne();

  /** Whether any task waits; exact only for a caller that excludes new waiters. */
  boolean hasWaiters();
}
