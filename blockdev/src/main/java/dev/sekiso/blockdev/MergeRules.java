package dev.sekiso.blockdev;

import dev.sekiso.machine.IoPriority;

/**
 * What may be merged with what ({@code block/blk-merge.c}: {@code blk_rq_merge_ok}, {@code
 * blk_try_merge}, {@code ll_back_merge_fn}, {@code ll_front_merge_fn}, {@code attempt_merge}).
 *
 * <p>Both sides must be mergeable (plain reads, writes and discards without PREFLUSH, FUA or
 * NO_MERGE), have the same operation, control group and I/O priority, adjoin, and stay within the
 * limits on sectors and segments. A request that was refused a merge because it would have grown
 * past a limit is closed to all further merges, as in the kernel: it is full.
 */
final class MergeRules {

  private MergeRules() {}

  static boolean mergeable(Bio bio) {
    int closed = Bio.NO_MERGE | Bio.PREFLUSH | Bio.FORCE_UNIT_ACCESS;
    return switch (bio.operation()) {
      case READ, WRITE, DISCARD -> (bio.flags() & closed) == 0 && bio.byteCount() > 0;
      case FLUSH, WRITE_ZEROES -> false;
    };
  }

  /** Whether the two are of one kind, wherever they lie. */
  static boolean compatible(Request request, Bio bio) {
    return request.operation() == bio.operation()
        && request.mergeable()
        && mergeable(bio)
        && request.context().cgroup() == bio.context().cgroup()
        && samePriority(request.ioPriority(), bio.ioPriority());
  }

  /** Whether {@code next} may become the end of {@code request}, limits apart. */
  static boolean compatible(Request request, Request next) {
    return request.operation() == next.operation()
        && request.mergeable()
        && next.mergeable()
        && request.context().cgroup() == next.context().cgroup()
        && samePriority(request.ioPriority(), next.ioPriority());
  }

  private static boolean samePriority(IoPriority one, IoPriority other) {
    return one.equals(other);
  }

  static boolean adjoinsBack(Request request, Bio bio) {
    return request.endSector() == bio.sector();
  }

  static boolean adjoinsFront(Request request, Bio bio) {
    return bio.endSector() == request.sector();
  }

  /** Whether a request may grow by so much; closes it to merges when not. */
  static boolean fits(QueueLimits limits, Request request, long sectors, int segments) {
    if (request.operation() == BioOperation.DISCARD) {
      return true;
    }
    if (request.sectors() + sectors > limits.maxSectors()
        || request.segmentCount() + segments > limits.maxSegments()) {
      request.addFlag(Bio.NO_MERGE);
      return false;
    }
    return true;
  }

  /** Whether two requests are small enough to become one; refusal closes neither. */
  static boolean together(QueueLimits limits, Request request, Request next) {
    return request.operation() == BioOperation.DISCARD
        || (request.sectors() + next.sectors() <= limits.maxSectors()
            && request.segmentCount() + next.segmentCount() <= limits.maxSegments());
  }
}
