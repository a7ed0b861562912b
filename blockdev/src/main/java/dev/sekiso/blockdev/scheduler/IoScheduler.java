package dev.sekiso.blockdev.scheduler;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.Request;
import dev.sekiso.blockdev.Tunable;
import java.util.Map;

/**
 * Decides which request goes to the driver next, and finds queued requests that a bio or another
 * request could join (the kernel's {@code struct elevator_mq_ops}).
 *
 * <p>The queue owns the requests: it checks that what is dispatched was inserted, and carries
 * merges out itself, so a policy can choose badly but can't corrupt. Every method is called with
 * the queue's lock held: no waiting, no I/O, no callback but to the host.
 *
 * <p>An implementation has to hand out, sooner or later, everything it was given: when {@link
 * #dispatch} returns null although {@link #hasWork}, it either waits for a {@link #completed} of a
 * request in the driver, or has set a timer after which it calls {@link SchedulerHost#run}.
 */
public interface IoScheduler {

  /** Makes a scheduler for one queue. */
  @FunctionalInterface
  interface Factory {
    IoScheduler create(SchedulerHost host);
  }

  /** A queued request that a bio may join, and at which end. */
  record MergeCandidate(Request request, MergeSide side) {}

  /** Where something joins a request. */
  enum MergeSide {
    /** Behind the last sector. */
    BACK,
    /** Before the first sector. */
    FRONT
  }

  /** The name by which it is chosen. */
  String name();

  /**
   * The number of tags in use at which such an I/O gets no more ({@code limit_depth}); at least 1.
   * Unlimited, it may have them all.
   */
  default int depthFor(BioOperation operation, int flags) {
    return Integer.MAX_VALUE;
  }

  /**
   * A queued request the bio could join, or null ({@code bio_merge}). It must adjoin and be {@link
   * SchedulerHost#mayJoin compatible}; the queue checks the limits.
   */
  default MergeCandidate candidate(Bio bio) {
    return null;
  }

  /**
   * A bio has joined a request this scheduler holds ({@code request_merged}). The scheduler may now
   * fuse the request with a neighbour by {@link SchedulerHost#absorb}.
   */
  default void merged(Request request, MergeSide side) {}

  /**
   * Takes a request in ({@code insert_requests}).
   *
   * @return false when it was absorbed by a queued one and is gone
   */
  boolean insert(Request request);

  /** Gives out the next request, or null when none is to go now ({@code dispatch_request}). */
  Request dispatch();

  /** A request this scheduler gave out has ended ({@code finish_request}). */
  default void completed(Request request) {}

  /** The queue has another number of tags now ({@code depth_updated}). */
  default void resized(int tags) {}

  /** Whether it holds requests ({@code has_work}). */
  boolean hasWork();

  /**
   * Whether requests pass through in the order they came, so that queueing them is not worth a
   * tracepoint.
   */
  default boolean passesThrough() {
    return false;
  }

  /** Its settings by name, as under {@code /sys/block/…/queue/iosched}. */
  default Map<String, Tunable> settings() {
    return Map.of();
  }
}
