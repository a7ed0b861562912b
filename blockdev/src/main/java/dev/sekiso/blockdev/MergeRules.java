package dev.sekiso.blockdev;

import dev.sekiso.machine.IoPriority;

/**
 * What may be merged with what ({@code block/blk-merge.c}: {@code blk_rq_merge_ok}, {@code
 * blk_try_merge}, {@code ll_back_merge_fn}, {@code ll_front_merge_fn}, {@code attempt_merge}).
 *
 * <p>Both sides must be mergeable (plain reads, writes and discards without PREFLUSH, FUA or
 * NO_MERGE), have the same operation, control group and I/O priority, be both metadata or neither
 * (which the root group pays for, {@code blk_cgroup_mergeable}), adjoin, and stay within the limits
 * on sectors and segments. A discard has no memory and, for an end, what 32 bits tell in bytes. A
 * request that was refused a merge because it would have grown past a limit is closed to all
 * further merges, as in the kernel: it is full.
 */
final class MergeRules {

  /** {@code UINT_MAX >> SECTOR_SHIFT}: the largest discard in sectors. */
  private static final long LARGEST_DISCARD = 0xFFFF_FFFFL >> Bio.SECTOR_SHIFT;

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
        && request.has(Bio.METADATA) == bio.has(Bio.METADATA)
        && samePriority(request.ioPriority(), bio.ioPriority());
  }

  /** Whether {@code next} may become the end of {@code request}, limits apart. */
  static boolean compatible(Request request, Request next) {
    return request.operation() == next.operation()
        && request.mergeable()
        && next.mergeable()
        && request.context().cgroup() == next.context().cgroup()
        && request.has(Bio.METADATA) == next.has(Bio.METADATA)
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
    boolean fits = within(limits, request, sectors, segments);
    if (!fits) {
      request.addFlag(Bio.NO_MERGE);
    }
    return fits;
  }

  /** Whether two requests are small enough to become one; refusal closes neither. */
  static boolean together(QueueLimits limits, Request request, Request next) {
    return within(limits, request, next.sectors(), next.segmentCount());
  }

  private static boolean within(QueueLimits limits, Request request, long sectors, int segments) {
    if (request.operation() == BioOperation.DISCARD) {
      return request.sectors() + sectors <= LARGEST_DISCARD;
    }
    return request.sectors() + sectors <= limits.maxSectors()
        && request.segmentCount() + segments <= limits.maxSegments();
  }
}
