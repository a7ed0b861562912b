package dev.sekiso.blockdev;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Keeps submission from recursing: what each thread is doing in a device at the moment (the
 * kernel's {@code current->bio_list}).
 *
 * <p>A driver may complete a request before it returns, the completion may submit the next bio, and
 * so on for ever. While a thread is inside the driver, whatever its completions want from the
 * device is noted in its frame, and done by the outermost call once the driver has returned. So the
 * stack is never deeper than one driver call per device.
 */
final class SubmissionFrames {

  /** A thread's business with the device. Its own, no lock. */
  static final class Frame {

    /** Bios submitted while the thread was in the driver. */
    final Deque<Bio> bios = new ArrayDeque<>();

    /** Parked bios that were given a tag; they come first, since they hold it. */
    final Deque<TagPool.Waiter> granted = new ArrayDeque<>();

    /** Requests that follow one that ended in the driver. */
    final Deque<Request> requests = new ArrayDeque<>();

    /** Requests could be dispatched. */
    boolean rerun;

    /** In the driver's {@code execute}. */
    boolean inDriver;

    /** Depth of completions being run. */
    int completing;

    /** In the hook that runs before the task sleeps. */
    boolean beforeSleep;
  }

  private final ThreadLocal<Frame> frames = ThreadLocal.withInitial(Frame::new);

  Frame current() {
    return frames.get();
  }
}
