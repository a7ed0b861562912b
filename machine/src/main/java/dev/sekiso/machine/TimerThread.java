package dev.sekiso.machine;

import java.util.concurrent.locks.LockSupport;

/**
 * The thread that runs a {@link SystemMachine}'s timers: its interrupt context. It starts with the
 * first timer. The monitor guards the heap; actions run outside it.
 */
final class TimerThread {

  private final SystemMachine machine;
  private final EventHeap heap = new EventHeap();
  private long sequence;
  private Thread thread;
  private boolean stopped;

  TimerThread(SystemMachine machine) {
    this.machine = machine;
  }

  /** Schedules what belongs to the machine itself, and is no timer in a trace. */
  void scheduleQuietly(long time, Runnable action) {
    Timer unused = schedule(null, time, action);
  }

  Timer schedule(String name, long time, Runnable action) {
    Entry entry = new Entry(name, action);
    entry.time = time;
    synchronized (this) {
      if (stopped) {
        return entry;
      }
      entry.tieBreak = sequence++;
      heap.add(entry);
      if (thread == null) {
        thread = Thread.ofPlatform().daemon().name("sekiso timers").unstarted(this::loop);
        thread.start();
      } else if (heap.peek() == entry) {
        LockSupport.unpark(thread);
      }
    }
    return entry;
  }

  /** Drops all timers and lets the thread end. */
  synchronized void stop() {
    stopped = true;
    heap.clear();
    LockSupport.unpark(thread);
  }

  private void loop() {
    machine.adoptInterruptThread();
    while (true) {
      Entry due = null;
      long wait = Long.MAX_VALUE;
      synchronized (this) {
        if (stopped) {
          return;
        }
        if (!heap.isEmpty()) {
          wait = heap.peek().time - machine.nanoTime();
          if (wait <= 0) {
            due = (Entry) heap.poll();
          }
        }
      }
      if (due != null) {
        if (due.name == null) {
          machine.expireQuietly(due.action);
        } else {
          machine.expire(due.name, due.action);
        }
      } else if (wait == Long.MAX_VALUE) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, wait);
      }
    }
  }

  private synchronized boolean cancel(Entry entry) {
    return heap.remove(entry);
  }

  private final class Entry extends Event implements Timer {
    /** Null for what is not traced. */
    final String name;

    final Runnable action;

    Entry(String name, Runnable action) {
      this.name = name;
      this.action = action;
    }

    @Override
    public boolean cancel() {
      boolean cancelled = TimerThread.this.cancel(this);
      if (cancelled) {
        machine.traces().timerCancelled(name);
      }
      return cancelled;
    }
  }
}
