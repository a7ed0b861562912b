package dev.sekiso.machine;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The tasks of a {@link SystemMachine}: those it started and that live, and the threads it adopted,
 * which it must not keep from being forgotten.
 *
 * <p>The collections are concurrent. The monitor of {@link #deaths} is only for waiting for a
 * death: a task leaves {@link #living} before it looks whether somebody waits, and who waits says
 * so before it looks who lives, so one of the two sees the other.
 */
final class SystemPopulation {

  /** How long tasks are waited for; they notice the end at their next machine call. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** How many adopted threads are remembered before those that are gone are looked for. */
  private static final int ADOPTED_BEFORE_PRUNING = 64;

  private final AtomicLong lastId = new AtomicLong(SystemMachine.IDLE_ID);
  private final Set<SystemTask> living = ConcurrentHashMap.newKeySet();
  private final Queue<WeakReference<SystemTask>> adopted = new ConcurrentLinkedQueue<>();
  private final AtomicInteger adoptedSincePruning = new AtomicInteger();
  private final Object deaths = new Object();
  private volatile boolean deathsAwaited;

  long newId() {
    return lastId.incrementAndGet();
  }

  void adopt(SystemTask task) {
    adopted.add(new WeakReference<>(task));
    if (adoptedSincePruning.incrementAndGet() >= ADOPTED_BEFORE_PRUNING) {
      adoptedSincePruning.set(0);
      adopted.removeIf(reference -> {
        SystemTask known = reference.get();
        return known == null || !known.isAlive();
      });
    }
  }

  void born(SystemTask task) {
    living.add(task);
  }

  /** The task will not run after all. */
  void stillborn(SystemTask task) {
    living.remove(task);
  }

  /** The task has ended; called in its thread. */
  void died(SystemTask task) {
    living.remove(task);
    task.ended();
    if (deathsAwaited) {
      synchronized (deaths) {
        deaths.notifyAll();
      }
    }
  }

  /** Wakes everybody, so that they look whether the machine lives. */
  void unparkAll() {
    for (SystemTask task : living) {
      LockSupport.unpark(task.thread());
    }
    for (WeakReference<SystemTask> reference : adopted) {
      SystemTask task = reference.get();
      if (task != null) {
        LockSupport.unpark(task.thread());
      }
    }
  }

  /**
   * Waits until all started tasks have ended, the caller excepted.
   *
   * @param caller null when it is no task
   * @throws IllegalStateException when some do not; they are named
   */
  void awaitAllBut(SystemTask caller) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    boolean interrupted = false;
    deathsAwaited = true;
    synchronized (deaths) {
      while (living.stream().anyMatch(task -> task != caller)) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          throw new IllegalStateException(
              "tasks go on "
                  + PATIENCE.toSeconds()
                  + " s after their machine was closed, because they call it no more: "
                  + living);
        }
        try {
          deaths.wait(left / 1_000_000 + 1);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lets go of the adopted threads and of what they hold. */
  void forgetAdopted() {
    for (WeakReference<SystemTask> reference : adopted) {
      SystemTask task = reference.get();
      if (task != null) {
        task.locals.clear();
        task.beforeSleep = null;
      }
    }
    adopted.clear();
  }

  /** All that live, by number. */
  List<SystemTask> all() {
    List<SystemTask> tasks = new ArrayList<>(living);
    for (WeakReference<SystemTask> reference : adopted) {
      SystemTask task = reference.get();
      if (task != null && task.isAlive()) {
        tasks.add(task);
      }
    }
    tasks.sort(Comparator.comparingLong(task -> task.id));
    return tasks;
  }
}
