package dev.sekiso.blockdev;

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

  Frame current() {
    return frames.get();
  }
}
