package dev.sekiso.blockdev;

import dev.sekiso.blockdev.scheduler.IoScheduler;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SleepingLock;
import java.util.function.Consumer;

/**
 * Changes of a live queue that its requests have to be held back for, or that let more in ({@code
 * block/elevator.c}: {@code elevator_switch}; {@code queue_requests_store}).
 *
 * <p>Locking: {@code changing} is held, before the queue's lock, by whoever changes the scheduler
 * or the number of requests: one who raises the number while another waits for the scheduler to be
 * idle would let requests into the one that is being given up.
 */
final class QueueChanges {

  private final HardwareContext context;
  private final QueueSettings settings;
  private final Consumer<Notes> carryOut;
  private final SleepingLock changing;

  /**
   * @param carryOut what a change leaves to do; called without any lock of the queue's requests
   */
  QueueChanges(
      Machine machine,
      String name,
      HardwareContext context,
      QueueSettings settings,
      Consumer<Notes> carryOut) {
    this.context = context;
    this.settings = settings;
    this.carryOut = carryOut;
    this.changing = machine.newLock("settings of " + name);
  }

  /** Changes the number of requests there may be. */
  void setRequests(int requests) {
    changing.lock();
    try {
      carryOut.accept(context.resize(requests));
    } finally {
      changing.unlock();
    }
  }

  /** Holds new bios back, waits for the requests there are, and goes on with another scheduler. */
  void setScheduler(IoScheduler.Factory factory) {
    changing.lock();
    try {
      carryOut.accept(context.resize(0));
      context.awaitNoRequests();
      IoScheduler successor = factory.create(context.services());
      context.replaceScheduler(successor);
      carryOut.accept(context.resize(settings.defaultRequests(successor)));
    } finally {
      changing.unlock();
    }
  }

  /** A setting of the scheduler, whose state the queue's lock guards. */
  Tunable guarded(Tunable inner) {
    return new Tunable(
        inner.name(),
        inner.unit(),
        inner.description(),
        inner.least(),
        inner.most(),
        inner.reader(),
        value -> carryOut.accept(context.configure(() -> inner.writer().accept(value))));
  }
}
