package dev.sekiso.writeback;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheSettings;
import dev.sekiso.writeback.TestVolume.TestInode;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/** A layer with one volume in virtual time, and tasks that write to it as fast as they may. */
final class ThrottleExperiment {

  /** 64 MiB. */
  static final int CACHE_PAGES = 16_384;

  /** A page takes a writer this long to produce: 4 GB/s. */
  static final long NANOS_PER_STORE = 1_000;

  private static final int FILE_PAGES = 3000;
  private static final long LOOK_NANOS = 100_000;

  private ThrottleExperiment() {}

  /** What is done with the layer. */
  @FunctionalInterface
  interface Program {
    void run(TestVolume volume, CgroupWriteback writeback) throws Exception;
  }

  static void run(
      long seed,
      long nanosPerPage,
      Flusher flusher,
      Function<Machine, DirtyThrottle> throttle,
      Program program)
      throws Exception {
    TestMachines.simulated(
        seed,
        machine -> {
          PageCache pages = new FolioPageCache(machine, PageCacheSettings.ofPages(CACHE_PAGES));
          try (CgroupWriteback writeback =
              new CgroupWriteback(
                  machine,
                  pages::memory,
                  WritebackSettings.DEFAULT,
                  flusher,
                  throttle.apply(machine))) {
            TestDisk disk = new TestDisk(machine, nanosPerPage);
            TestVolume volume = new TestVolume(machine, writeback, pages, disk, "disk");
            program.run(volume, writeback);
            volume.drop();
          }
          pages.close();
        });
  }

  /** Writes a file round and round. */
  static Task writer(TestInode file, int pages, AtomicLong written) {
    Machine machine = file.volume.machine;
    return machine.spawn(
        "writer",
        TaskKind.USER,
        () -> {
          for (int i = 0; i < pages; i++) {
            file.put(i % FILE_PAGES, i);
            written.incrementAndGet();
            machine.spendProcessorTime(NANOS_PER_STORE);
          }
        });
  }

  /**
   * Makes a file longer until told to stop. Each page is new: one that is dirty already could be
   * stored to again for nothing, and its writer would seem to be fast.
   */
  static Task endless(TestInode file, AtomicLong written, AtomicBoolean stop) {
    Machine machine = file.volume.machine;
    return machine.spawn(
        "writer",
        TaskKind.USER,
        () -> {
          for (long i = 0; !stop.get(); i++) {
            file.put(i, i);
            written.incrementAndGet();
            machine.spendProcessorTime(NANOS_PER_STORE);
          }
        });
  }

  /**
   * Waits for the writers.
   *
   * @return pages dirty or being written beyond the limit in force, at the worst moment
   */
  static long excessDuring(TestVolume volume, CgroupWriteback writeback, List<Task> writers) {
    AtomicBoolean done = new AtomicBoolean();
    AtomicLong excess = new AtomicLong(Long.MIN_VALUE);
    Task observer =
        volume.machine.spawn(
            "observer",
            TaskKind.USER,
            () -> {
              while (!done.get()) {
                WritebackCounters now = writeback.counters();
                DirtyDomain domain = writeback.domain();
                excess.accumulateAndGet(
                    now.nrDirty() + now.nrWriteback() - domain.hardLimit(domain.limits()),
                    Math::max);
                volume.machine.sleep(LOOK_NANOS);
              }
            });
    writers.forEach(Task::join);
    done.set(true);
    observer.join();
    return excess.get();
  }
}
