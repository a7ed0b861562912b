package dev.sekiso.writeback;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.WaitQueue;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * A disk that writes one thing after another, each in its time, with so many under way; or keeps
 * everything until the test lets it go.
 */
final class TestDisk {

  private static final int DEPTH = 128;

  private final Machine machine;
  private final WaitQueue room;
  private final AtomicInteger underWay = new AtomicInteger();
  private final Deque<Runnable> held = new ArrayDeque<>();
  private volatile long nanosPerPage;
  private volatile boolean holding;
  private volatile Errno failure;
  private long busyUntil;

  TestDisk(Machine machine, long nanosPerPage) {
    this.machine = machine;
    this.nanosPerPage = nanosPerPage;
    this.room = machine.newWaitQueue("room on the disk");
    this.busyUntil = machine.nanoTime();
  }

  void setNanosPerPage(long nanos) {
    nanosPerPage = nanos;
  }

  void failWith(Errno errno) {
    failure = errno;
  }

  void hold() {
    holding = true;
  }

  int held() {
    synchronized (held) {
      return held.size();
    }
  }

  void release() {
    holding = false;
    while (true) {
      Runnable completion;
      synchronized (held) {
        completion = held.poll();
      }
      if (completion == null) {
        return;
      }
      machine.schedule("held write", 1, completion);
    }
  }

  /** Writes something; waits only for room. */
  void write(Runnable transfer, Consumer<Errno> completion) {
    room.await(() -> takeRoom());
    Runnable end =
        () -> {
          Errno errno = failure;
          if (errno == null) {
            transfer.run();
          }
          completion.accept(errno);
          underWay.decrementAndGet();
          room.wakeAll();
        };
    if (holding) {
      synchronized (held) {
        held.add(end);
      }
      return;
    }
    long delay;
    synchronized (this) {
      long now = machine.nanoTime();
      busyUntil = Math.max(now, busyUntil) + nanosPerPage;
      delay = busyUntil - now;
    }
    machine.schedule("disk", delay, end);
  }

  /** Waits until nothing is under way. */
  void drain() {
    room.await(() -> underWay.get() == 0);
  }

  private boolean takeRoom() {
    int count = underWay.get();
    while (count < DEPTH) {
      int witness = underWay.compareAndExchange(count, count + 1);
      if (witness == count) {
        return true;
      }
      count = witness;
    }
    return false;
  }
}
