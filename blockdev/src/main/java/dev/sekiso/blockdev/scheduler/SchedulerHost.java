package dev.sekiso.blockdev.scheduler;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.Request;
import dev.sekiso.machine.Machine;

/** What a scheduler may ask of its queue. */
public interface SchedulerHost {

  /** How much merging is wanted ({@code /sys/block/…/queue/nomerges}). */
  enum Merging {
    /** Everything the scheduler can find. */
    ALL(0),
    /** Only with the request that was merged into last. */
    LAST_HIT(1),
    /** Nothing at all. */
    NONE(2);

    private final int level;

    Merging(int level) {
      this.level = level;
    }

    /** The kernel's number for it. */
    public int level() {
      return level;
    }

    /** What the kernel's number means. */
    public static Merging of(long level) {
      for (Merging merging : values()) {
        if (merging.level == level) {
          return merging;
        }
      }
      throw new IllegalArgumentException("nomerges is 0, 1 or 2, not " + level);
    }
  }

  /** Time and timers. */
  Machine machine();

  /** Tags of the queue ({@code nr_requests}). */
  int requests();

  Merging merging();

  /** Whether a bio may join a request, its place apart ({@code blk_rq_merge_ok}). */
  boolean mayJoin(Request request, Bio bio);

  /**
   * Makes {@code next}, which begins where {@code request} ends, a part of it, and ends its own
   * life ({@code attempt_merge}).
   *
   * @return false when they do not adjoin, are not alike, or would be too large; nothing has
   *     changed
   */
  boolean absorb(Request request, Request next);

  /** Asks for requests to be dispatched; for timers. Call it without the queue's lock. */
  void run();
}
