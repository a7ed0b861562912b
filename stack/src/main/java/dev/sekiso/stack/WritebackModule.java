package dev.sekiso.stack;

import dev.sekiso.writeback.CgroupWriteback;
import dev.sekiso.writeback.DirtyThrottle;
import dev.sekiso.writeback.WriteThrough;
import dev.sekiso.writeback.flusher.ManualFlusher;
import dev.sekiso.writeback.flusher.PerBdiFlusher;
import dev.sekiso.writeback.throttle.PosRatioThrottle;

/** Binds writeback layers, flushers and throttles. */
final class WritebackModule extends SeamModule {

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
        "none",
        "nobody rests",
        "the baseline",
        (machine, parameters) -> DirtyThrottle.NONE);
  }
}
