package dev.sekiso.blockdev;

import dev.sekiso.machine.ErrnoException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a decision of {@link HardwareContext} leaves to do, once its lock is released.
 *
 * @param ended whose bios end
 * @param granted who has a tag now
 * @param idle whether those who wait for the queue to be idle have to look
 * @param work whether there is a request to dispatch
 */
record Notes(List<Ended> ended, List<TagPool.Waiter> granted, boolean idle, boolean work) {

  static final Notes NOTHING = new Notes(List.of(), List.of(), false, false);
  static final Notes WORK = new Notes(List.of(), List.of(), false, true);

  /** A request that is over, whose bios have to be ended. */
  record Ended(Request request, ErrnoException failure, long bytesDone) {}

  /** Notes in the making; guarded by the context's lock. */
  static final class Pad {

    private List<Ended> ended = new ArrayList<>();
    private List<TagPool.Waiter> granted = new ArrayList<>();

    void end(Request request, ErrnoException failure, long bytesDone) {
      ended.add(new Ended(request, failure, bytesDone));
    }

    void grant(List<TagPool.Waiter> waiters) {
      granted.addAll(waiters);
    }

    /** How many ends and tags nobody has been told of. */
    int size() {
      return ended.size() + granted.size();
    }

    /** Tears off what there is to do. */
    Notes take(boolean idle, boolean work) {
      if (ended.isEmpty() && granted.isEmpty() && !idle) {
        return work ? WORK : NOTHING;
      }
      Notes notes = new Notes(ended, granted, idle, work);
      ended = new ArrayList<>(2);
      granted = new ArrayList<>(2);
      return notes;
    }
  }
}
