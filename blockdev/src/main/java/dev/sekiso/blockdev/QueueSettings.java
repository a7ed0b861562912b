package dev.sekiso.blockdev;

import dev.sekiso.blockdev.scheduler.IoScheduler;
import dev.sekiso.blockdev.scheduler.SchedulerHost.Merging;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What can be changed on a live request queue, by the names it has under {@code /sys/block/…/queue}
 * ({@code block/blk-sysfs.c}).
 *
 * <p>Limits, merging and readahead are values that each submission reads once, so they are volatile
 * and change without the queue's lock: a request in the making keeps what it saw. The number of
 * requests and the scheduler's own settings are the {@link HardwareContext}'s, behind its lock, and
 * change through {@link QueueChanges}.
 */
final class QueueSettings {

  /** {@code BLKDEV_MIN_RQ}. */
  private static final int LEAST_REQUESTS = 4;

  /** {@code BLKDEV_DEFAULT_RQ}: a scheduler gets twice the smaller of this and the depth. */
  private static final int DEFAULT_REQUESTS = 128;

  /** {@code MAX_SCHED_RQ}. */
  private static final int MOST_REQUESTS = 16 * DEFAULT_REQUESTS;

  /** A page: the least {@code max_sectors_kb} the kernel takes. */
  private static final int LEAST_KIB = 4;

  private final QueueLimits hardware;
  private volatile QueueLimits limits;
  private volatile Merging merging = Merging.ALL;
  private volatile int readaheadBytes;

  /**
   * Settings as they are by default.
   *
   * @param hardware what the driver can do, which no setting exceeds
   */
  QueueSettings(QueueLimits hardware) {
    this.hardware = hardware;
    this.limits = hardware;
    this.readaheadBytes = hardware.readaheadBytes();
  }

  /** The limits that requests keep to. */
  QueueLimits limits() {
    return limits;
  }

  /** The limits as the users of the device see them: with the readahead set for it. */
  QueueLimits published() {
    QueueLimits now = limits;
    return now.readaheadBytes() == readaheadBytes ? now : now.withReadahead(readaheadBytes);
  }

  Merging merging() {
    return merging;
  }

  /** How many requests a queue has with a scheduler, unless told otherwise. */
  int defaultRequests(IoScheduler policy) {
    return policy.passesThrough()
        ? limits.queueDepth()
        : 2 * Math.min(limits.queueDepth(), DEFAULT_REQUESTS);
  }

  /** All of them by name, those of the scheduler under {@code iosched/}. */
  Map<String, Tunable> of(HardwareContext context, QueueChanges changes) {
    IoScheduler policy = context.scheduler();
    Map<String, Tunable> all = new LinkedHashMap<>();
    for (Tunable tunable :
        List.of(requests(policy, context, changes), merges(), largest(), readahead())) {
      all.put(tunable.name(), tunable);
    }
    policy
        .settings()
        .forEach((key, tunable) -> all.put("iosched/" + key, changes.guarded(tunable)));
    return all;
  }

  private Tunable requests(IoScheduler policy, HardwareContext context, QueueChanges changes) {
    return new Tunable(
        "nr_requests",
        "requests",
        "requests at one time; more can be merged and sorted, and wait longer",
        Math.min(LEAST_REQUESTS, limits.queueDepth()),
        policy.passesThrough() ? limits.queueDepth() : MOST_REQUESTS,
        context::requests,
        value -> changes.setRequests((int) value));
  }

  private Tunable merges() {
    return new Tunable(
        "nomerges",
        "level",
        "0: all merges, 1: only with what was merged into last, 2: none",
        0,
        2,
        () -> merging.level(),
        value -> merging = Merging.of(value));
  }

  private Tunable largest() {
    return new Tunable(
        "max_sectors_kb",
        "KiB",
        "largest request",
        Math.min(Math.max(LEAST_KIB, limits.physicalBlockSize() >> 10), hardware.maxSectors() >> 1),
        hardware.maxSectors() >> 1,
        () -> limits.maxSectors() >> 1,
        value -> limits = limits.withMaxSectors((int) value << 1));
  }

  private Tunable readahead() {
    return new Tunable(
        "read_ahead_kb",
        "KiB",
        "default maximum readahead for files on the device",
        0,
        Integer.MAX_VALUE >> 10,
        () -> readaheadBytes >> 10,
        value -> readaheadBytes = (int) value << 10);
  }
}
