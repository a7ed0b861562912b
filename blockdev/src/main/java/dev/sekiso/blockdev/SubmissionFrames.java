package dev.sekiso.blockdev;

import dev.sekiso.blockdev.internal.Failures;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Keeps submission from recursing: what each thread is doing in a device at the moment (the
 * kernel's {@code current->bio_list}).
 *
 * <p>A driver may complete a request before it returns, the completion may submit the next bio, and
 * so on for ever. So a bio submitted while its thread is already in the device is only noted in the
 * thread's frame, and taken up by the outermost call. What frees something others wait for, a tag
 * handed on or a queue to dispatch from, is done first, and at the latest before the thread waits.
 * The stack is never deeper than one driver call per device.
 */
final class SubmissionFrames {

  /** What a device does with what is noted. */
  interface Work {

    /** Takes up a bio. */
    void accept(Bio bio, Frame frame);

    /** Does the part of what is noted that others may be waiting for. */
    void settleUrgent(Frame frame);
  }

  /** A thread's business with the device. Its own, no lock. */
  static final class Frame {

    /** Bios submitted while the thread was in the device. */
    final Deque<Bio> bios = new ArrayDeque<>();

    /** Parked bios that were given a tag; they come first, since they hold it. */
    final Deque<TagPool.Waiter> granted = new ArrayDeque<>(0);

    /** Requests that follow one that ended in the driver. */
    final Deque<Request> requests = new ArrayDeque<>(0);

    /** Requests could be dispatched. */
    boolean rerun;

    /** Taking up bios, one after another. */
    boolean active;

    /** In the driver's {@code execute}. */
    boolean inDriver;

    /** Delivering a completion, in whatever context the driver chose: no waiting. */
    boolean delivering;

    /** In the hook that runs before the task sleeps: no waiting. */
    boolean beforeSleep;

    /** Whether nothing is left to do and nothing under way. */
    boolean isIdle() {
      return bios.isEmpty()
          && granted.isEmpty()
          && requests.isEmpty()
          && !rerun
          && !active
          && !inDriver
          && !delivering
          && !beforeSleep;
    }
  }

  private final ThreadLocal<Frame> frames = ThreadLocal.withInitial(Frame::new);
  private final String device;
  private final BlockDriver driver;
  private final Work work;

  SubmissionFrames(String device, BlockDriver driver, Work work) {
    this.device = device;
    this.driver = driver;
    this.work = work;
  }

  Frame current() {
    return frames.get();
  }

  /** Takes up a bio, now or when the thread is done with what it is doing in the device. */
  void submit(Bio bio) {
    Frame frame = current();
    frame.bios.add(bio);
    settle(frame);
  }

  /** Does all that is noted in the frame, unless this is already being done further out. */
  void settle(Frame frame) {
    if (frame.inDriver) {
      return;
    }
    if (frame.active) {
      work.settleUrgent(frame);
      return;
    }
    frame.active = true;
    Throwable thrown = null;
    while (true) {
      try {
        work.settleUrgent(frame);
        Bio bio = frame.bios.poll();
        if (bio == null) {
          break;
        }
        work.accept(bio, frame);
      } catch (RuntimeException | Error e) {
        thrown = Failures.join(thrown, e);
      }
    }
    frame.active = false;
    Failures.rethrow(thrown);
  }

  /** Has the task wait for its tag, with nothing undone that others wait for. */
  int await(TagPool.Waiter waiter, Frame frame) {
    work.settleUrgent(frame);
    // Interrupts may run in this thread meanwhile and have bios of their own.
    frame.active = false;
    try {
      return waiter.await(device);
    } finally {
      frame.active = true;
    }
  }

  /** Calls the driver, which is not being called in this thread. */
  void execute(Request request, Frame frame) {
    frame.inDriver = true;
    try {
      driver.execute(request);
    } catch (RuntimeException e) {
      if (request.hasEnded()) {
        throw e;
      }
      request.fail(
          new ErrnoException(Errno.EIO, request + " on " + device + ": the driver failed", e), 0);
    } finally {
      frame.inDriver = false;
    }
  }
}
