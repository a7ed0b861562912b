package dev.sekiso.blockdev;

/**
 * Makes two things one where {@link MergeRules} and the queue's limits allow ({@code
 * bio_attempt_back_merge}, {@code bio_attempt_front_merge}, {@code attempt_merge}).
 *
 * <p>Has no lock: a request belongs to whoever may change it, see {@link Request}.
 */
final class Merger {

  private final QueueSettings settings;
  private final BlockTracepoints traces;

  Merger(QueueSettings settings, BlockTracepoints traces) {
    this.settings = settings;
    this.traces = traces;
  }

  /** Puts a bio at the end or the front of a request; false if that may not be. */
  boolean join(Request request, Bio bio, int segments) {
    boolean back = MergeRules.adjoinsBack(request, bio);
    long sectors = bio.byteCount() >> Bio.SECTOR_SHIFT;
    if (!MergeRules.compatible(request, bio)
        || !(back || MergeRules.adjoinsFront(request, bio))
        || !MergeRules.fits(settings.limits(), request, sectors, segments)) {
      return false;
    }
    if (back) {
      traces.backMerge(bio);
      request.append(bio, segments);
    } else {
      traces.frontMerge(bio);
      request.prepend(bio, segments);
    }
    return true;
  }

  /** Lets a request take over the one that follows it; false if that may not be. */
  boolean fuse(Request request, Request next) {
    if (request == next
        || request.endSector() != next.sector()
        || !MergeRules.compatible(request, next)
        || !MergeRules.together(settings.limits(), request, next)) {
      return false;
    }
    traces.merge(next);
    request.absorb(next);
    return true;
  }
}
