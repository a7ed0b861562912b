package dev.sekiso.stack;

import dev.sekiso.writeback.CgroupWriteback;
import dev.sekiso.writeback.DirtyThrottle;
import dev.sekiso.writeback.WriteThrough;
import dev.sekiso.writeback.flusher.ManualFlusher;
import dev.sekiso.writeback.flusher.PdflushFlusher;
import dev.sekiso.writeback.flusher.PerBdiFlusher;
import dev.sekiso.writeback.throttle.PosRatioThrottle;
import dev.sekiso.writeback.throttle.RateLimitThrottle;
import java.util.List;

/** Binds writeback layers, flushers and throttles. */
final class WritebackModule extends SeamModule {

  private static final String PROCESSORS = "processors";

  @Override
  protected void configure() {
    choice(
        Seams.WRITEBACK,
        "cgroup",
        "dirty inodes wait in lists per device and control group",
        "fs/fs-writeback.c, mm/page-writeback.c",
        CgroupWriteback::new);
    choice(
        Seams.WRITEBACK,
        "write-through",
        "nothing stays dirty",
        "the baseline",
        (machine, memory, settings, flusher, throttle) ->
            new WriteThrough(machine, memory, settings));

    choice(
        Seams.FLUSHER,
        "per-bdi",
        "one flusher per device and control group",
        "fs/fs-writeback.c (wb_workfn)",
        parameters -> new PerBdiFlusher());
    choice(
        Seams.FLUSHER,
        "pdflush",
        "two to eight tasks for all devices: background and periodic writing",
        "mm/pdflush.c, mm/page-writeback.c of 2.6.11",
        parameters -> new PdflushFlusher());
    choice(
        Seams.FLUSHER,
        "manual",
        "writes when somebody waits for it, never by itself",
        "the baseline",
        parameters -> new ManualFlusher());

    choice(
        Seams.THROTTLE,
        "pos-ratio",
        "pauses that hold dirty pages at a setpoint, by each device's bandwidth",
        "mm/page-writeback.c (balance_dirty_pages)",
        (machine, parameters) -> new PosRatioThrottle(machine));
    choice(
        Seams.THROTTLE,
        "ratelimit",
        "a writer over the limit writes pages itself, then waits",
        "mm/page-writeback.c of 2.6.11 (balance_dirty_pages)",
        List.of(
            Setting.integer(
                PROCESSORS, "1", 1, 4096, "processors", "which share the rate limit between them")),
        (machine, parameters) -> new RateLimitThrottle(machine, parameters.integer(PROCESSORS)));
    choice(
        Seams.THROTTLE,
        "none",
        "nobody rests",
        "the baseline",
        (machine, parameters) -> DirtyThrottle.NONE);
  }
}
