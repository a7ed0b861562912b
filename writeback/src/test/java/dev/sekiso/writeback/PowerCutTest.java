package dev.sekiso.writeback;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.PowerCut;
import dev.sekiso.machine.RecordingTracer;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.machine.Tracer;
import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheSettings;
import dev.sekiso.vfs.Inode;
import dev.sekiso.writeback.TestVolume.TestInode;
import dev.sekiso.writeback.flusher.PerBdiFlusher;
import dev.sekiso.writeback.throttle.PosRatioThrottle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The power goes at any event; and a run is a function of its seed. */
final class PowerCutTest {

  private static final int RUNS = 60;

  /** What a worker may count on: the last number it stored in each page and then had synced. */
  private record Promise(TestInode file, Map<Long, Long> pages) {}

  private interface Layer {
    Writeback make(SimulatedMachine machine, PageCache pages);
  }

  private static Writeback real(SimulatedMachine machine, PageCache pages) {
    return new CgroupWriteback(
        machine,
        pages::memory,
        WritebackSettings.DEFAULT.with("dirty_writeback_centisecs", 1),
        new PerBdiFlusher(),
        new PosRatioThrottle(machine));
  }

  private static Writeback other(SimulatedMachine machine, PageCache pages) {
    return new WriteThrough(machine, pages::memory, WritebackSettings.DEFAULT);
  }

  /** Runs workers until they end or the power goes; returns what was promised to them. */
  private static List<Promise> work(
      long seed, long cutAt, Tracer tracer, Layer layer, List<Long> eventCount) {
    SimulatedMachine machine =
        SimulatedMachine.builder(seed).tracer(tracer).maxEvents(10_000_000).build();
    if (cutAt > 0) {
      machine.cutPowerAtEvent(cutAt);
    }
    List<Promise> promises = new ArrayList<>();
    SimulatedMachine.Program<RuntimeException> program =
        () -> {
          PageCache pages = new FolioPageCache(machine, PageCacheSettings.ofPages(512));
          Writeback writeback = layer.make(machine, pages);
          TestVolume volume =
              new TestVolume(machine, writeback, pages, new TestDisk(machine, 30_000), "disk");
          List<Task> tasks = new ArrayList<>();
          for (int i = 0; i < 4; i++) {
            Promise promise = new Promise(volume.newFile(), new HashMap<>());
            promises.add(promise);
            SplittableRandom random = new SplittableRandom(seed * 31 + i);
            tasks.add(machine.spawn("worker " + i, TaskKind.USER, () -> worker(promise, random)));
          }
          tasks.forEach(Task::join);
        };
    try {
      machine.run(program);
    } catch (PowerCut e) {
      assertThat(cutAt).as("power was cut without being asked for, seed %d", seed).isPositive();
    }
    eventCount.add(machine.eventCount());
    return promises;
  }

  private static void worker(Promise promise, SplittableRandom random) {
    TestInode file = promise.file();
    TestVolume volume = file.volume;
    Map<Long, Long> stored = new HashMap<>();
    try {
      for (long n = 1; n <= 60; n++) {
        long page = random.nextInt(40);
        file.store(page, n);
        stored.put(page, n);
        switch (random.nextInt(8)) {
          case 0 -> {
            volume.writeback.writeInode(file);
            promise.pages().putAll(stored);
          }
          case 1 -> {
            volume.sync();
            promise.pages().putAll(stored);
          }
          case 2 -> file.touch(Inode.DIRTY_TIME);
          default -> volume.machine.sleep(random.nextInt(2_000_000));
        }
      }
    } catch (ErrnoException e) {
      throw new AssertionError(e);
    }
  }

  private static void everySyncedPageSurvives(Layer layer) {
    for (long seed = 0; seed < RUNS; seed++) {
      List<Long> events = new ArrayList<>();
      work(seed, 0, Tracer.NONE, layer, events);
      long cutAt = 1 + new SplittableRandom(seed).nextLong(events.getFirst());
      for (Promise promise : work(seed, cutAt, Tracer.NONE, layer, events)) {
        promise
            .pages()
            .forEach((page, value) ->
                assertThat(promise.file().durable.getOrDefault(page, 0L))
                    .as("page %d, power cut at event %d", page, cutAt)
                    .isGreaterThanOrEqualTo(value));
      }
    }
  }

  @Test
  void powerCut_anywhere_losesNothingThatWasSynced() {
    everySyncedPageSurvives(PowerCutTest::real);
  }

  @Test
  void powerCut_writeThrough_losesNothingThatWasSynced() {
    everySyncedPageSurvives(PowerCutTest::other);
  }

  @Test
  void run_sameSeed_givesTheSameTrace() {
    for (long seed = 0; seed < 5; seed++) {
      assertThat(trace(seed)).as("seed %d", seed).isEqualTo(trace(seed));
    }
    assertThat(trace(1)).isNotEqualTo(trace(2));
  }

  private static String trace(long seed) {
    RecordingTracer tracer = RecordingTracer.unbounded("writeback");
    work(seed, 0, tracer, PowerCutTest::real, new ArrayList<>());
    String text = String.join("\n", tracer.events().stream().map(Object::toString).toList());
    assertThat(text)
        .contains("writeback_dirty_inode_enqueue")
        .contains("writeback_queue")
        .contains("writeback_exec")
        .contains("writeback_queue_io")
        .contains("writeback_single_inode")
        .contains("writeback_pages_written")
        .contains("wbc_writepage");
    return text;
  }
}
