package dev.sekiso.blockdev;

import dev.sekiso.blockdev.scheduler.IoScheduler;
import dev.sekiso.blockdev.scheduler.SchedulerHost;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The settings of a live {@link RequestQueue} ({@code block/blk-sysfs.c}). */
final class QueueSettings {

  /** {@code BLKDEV_MIN_RQ}. */
  private static final int LEAST_REQUESTS = 4;

  /** {@code MAX_SCHED_RQ}. */
  private static final int MOST_REQUESTS = 2048;

  /** A page: the least {@code max_sectors_kb} the kernel takes. */
  private static final int LEAST_KIB = 4;

  private QueueSettings() {}

  static Map<String, Tunable> of(RequestQueue queue, IoScheduler scheduler) {
    Map<String, Tunable> all = new LinkedHashMap<>();
    for (Tunable tunable :
        List.of(requests(queue, scheduler), merges(queue), largest(queue), readahead(queue))) {
      all.put(tunable.name(), tunable);
    }
    scheduler
        .settings()
        .forEach((name, tunable) -> all.put("iosched/" + name, locked(queue, tunable)));
    return all;
  }

  private static Tunable requests(RequestQueue queue, IoScheduler scheduler) {
    int depth = queue.limits().queueDepth();
    return new Tunable(
        "nr_requests",
        "requests",
        "requests at one time; more can be merged and sorted, and wait longer",
        Math.min(LEAST_REQUESTS, depth),
        scheduler.passesThrough() ? depth : MOST_REQUESTS,
        queue::requests,
        value -> queue.resize((int) value));
  }

  private static Tunable merges(RequestQueue queue) {
    return new Tunable(
        "nomerges",
        "level",
        "0: all merges, 1: only with what was merged into last, 2: none",
        0,
        2,
        () -> queue.merging().level(),
        value -> queue.setMerging(SchedulerHost.Merging.of(value)));
  }

  private static Tunable largest(RequestQueue queue) {
    int most = queue.driverMaxSectors() >> 1;
    return new Tunable(
        "max_sectors_kb",
        "KiB",
        "largest request",
        Math.min(Math.max(LEAST_KIB, queue.limits().physicalBlockSize() >> 10), most),
        most,
        () -> queue.limits().maxSectors() >> 1,
        value -> queue.setMaxSectors((int) value << 1));
  }

  private static Tunable readahead(RequestQueue queue) {
    return new Tunable(
        "read_ahead_kb",
        "KiB",
        "default maximum readahead for files on the device",
        0,
        Integer.MAX_VALUE >> 10,
        () -> queue.readaheadBytes() >> 10,
        value -> queue.setReadaheadBytes((int) value << 10));
  }

  private static Tunable locked(RequestQueue queue, Tunable inner) {
    return new Tunable(
        inner.name(),
        inner.unit(),
        inner.description(),
        inner.least(),
        inner.most(),
        inner.reader(),
        value -> queue.locked(() -> inner.writer().accept(value)));
  }
}
