package dev.sekiso.blockdev.scheduler;

import dev.sekiso.blockdev.Request;

/** What {@link MqDeadlineScheduler} keeps per request. */
final class DeadlineNode extends MergeIndex.Node {

  final DeadlineClass level;
  final int direction;

  /** When it should have been dispatched, in {@code Machine.nanoTime}. */
  long deadline;

  /** Its place among those of one sector: order of arrival. */
  long arrival;

  /** The sector under which it is sorted. */
  long sector;

  /** Neighbours in order of arrival. */
  DeadlineNode older;

  DeadlineNode younger;

  DeadlineNode(Request request, DeadlineClass level, int direction, long deadline) {
    super(request);
    this.level = level;
    this.direction = direction;
    this.deadline = deadline;
    this.sector = request == null ? 0 : request.sector();
  }
}
