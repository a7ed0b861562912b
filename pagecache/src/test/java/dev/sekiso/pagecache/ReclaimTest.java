package dev.sekiso.pagecache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.pagecache.PageCacheSettings.ReclaimWrites;
import dev.sekiso.pagecache.replacement.Lru;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class ReclaimTest {

  private static final int PAGE = PageCache.PAGE_SIZE;

  private static int read(AddressSpace pages, ReadaheadState state, long page, int count)
      throws ErrnoException {
    return pages.read(state, page * PAGE, MemorySegment.ofArray(new byte[count * PAGE]), 0);
  }

  @Test
  void backgroundReclaimer_keepsFreeFramesBetweenTheMarks() throws Exception {
    TestMachines.simulated(
        3,
        machine -> {
          FolioPageCache cache = new FolioPageCache(machine, PageCacheSettings.ofPages(512));
          FakeFile file = new FakeFile(machine, 2000 * PAGE, 2000 * PAGE);
          AddressSpace pages = cache.newAddressSpace("file", file, DirtyListener.NONE);
          ReadaheadState state = new ReadaheadState(32);
          for (int page = 0; page < 2000; page++) {
            assertThat(read(pages, state, page, 1)).isEqualTo(PAGE);
          }
          machine.sleep(1_000_000_000);
          Watermarks marks = cache.core().reclaimer.watermarks();
          assertThat(cache.memory().free()).isGreaterThanOrEqualTo(marks.low());
          PageCacheCounters counters = cache.counters();
          assertThat(counters.backgroundReclaims()).isPositive();
          assertThat(counters.added() - counters.evicted()).isEqualTo(pages.residentPages());
          assertThat(counters.readaheadUsed()).isGreaterThan(1900);
          assertThat(counters.readaheadPages())
              .isGreaterThanOrEqualTo(counters.readaheadUsed() + counters.readaheadWasted());
          pages.close();
          cache.close();
        });
  }

  @Test
  void dirtyPages_thatNobodyWrites_endInNoMemoryWithAdvice() throws Exception {
    TestMachines.simulated(
        1,
        machine -> {
          FolioPageCache cache = new FolioPageCache(machine, PageCacheSettings.ofPages(32));
          FakeFile file = new FakeFile(machine, 100 * PAGE, 0);
          AtomicLong asked = new AtomicLong();
          AddressSpace pages = cache.newAddressSpace("file", file, new Asking(asked));
          MemorySegment page = MemorySegment.ofArray(new byte[PAGE]);
          assertThatThrownBy(
                  () -> {
                    for (int i = 0; i < 100; i++) {
                      pages.write((long) i * PAGE, page, 0);
                    }
                  })
              .isInstanceOfSatisfying(
                  ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOMEM))
              .hasMessageContaining("32 dirty")
              .hasMessageContaining("more pages");
          assertThat(asked.get()).isPositive();
          assertThat(machine.nanoTime()).isLessThan(20_000_000_000L);
          pages.close();
          cache.close();
        });
  }

  @Test
  void dirtyPages_writtenByReclaim_areWrittenByWhoIsChosen() throws Exception {
    assertThat(tasksThatWrite(ReclaimWrites.BACKGROUND, FakeFile::letReclaimWrite))
        .containsExactly(TaskKind.DAEMON);
    assertThat(tasksThatWrite(ReclaimWrites.WRITERS, FakeFile::letReclaimWrite))
        .containsExactlyInAnyOrder(TaskKind.DAEMON, TaskKind.USER);
    assertThat(tasksThatWrite(ReclaimWrites.WRITERS, file -> {}))
        .as("a file system that may hold locks")
        .containsExactly(TaskKind.DAEMON);
    assertThat(
            tasksThatWrite(
                ReclaimWrites.WRITERS, file -> file.letReclaimWrite().setWriteCongested()))
        .as("a device that has enough to write")
        .containsExactly(TaskKind.DAEMON);
  }

  /** Nobody but reclaim writes, and a writer dirties more than there is memory. */
  private static Set<TaskKind> tasksThatWrite(ReclaimWrites choice, Consumer<FakeFile> kind)
      throws Exception {
    Set<TaskKind> tasks = new HashSet<>();
    TestMachines.simulated(
        1,
        machine -> {
          FolioPageCache cache =
              new FolioPageCache(machine, PageCacheSettings.ofPages(256).withReclaimWrites(choice));
          FakeFile file = new FakeFile(machine, 3000 * PAGE, 0);
          kind.accept(file);
          AddressSpace pages = cache.newAddressSpace("file", file, new Asking(new AtomicLong()));
          MemorySegment page = MemorySegment.ofArray(new byte[PAGE]);
          Task writer =
              machine.spawn(
                  "writer",
                  TaskKind.USER,
                  () -> {
                    try {
                      for (int i = 0; i < 3000; i++) {
                        pages.write((long) i * PAGE, page, 0);
                      }
                    } catch (ErrnoException e) {
                      throw new AssertionError(e);
                    }
                  });
          writer.join();
          assertThat(cache.counters().reclaimWritten()).isPositive();
          tasks.addAll(file.writingTasks);
          pages.close();
          cache.close();
        });
    return tasks;
  }

  private record Asking(AtomicLong asked) implements QuietListener {
    @Override
    public void reclaimNeedsClean(long pages) {
      asked.addAndGet(pages);
    }
  }

  @Test
  void writer_outOfMemory_waitsForTheSlowestDevice() throws Exception {
    TestMachines.simulated(
        1,
        machine -> {
          FolioPageCache cache = new FolioPageCache(machine, PageCacheSettings.ofPages(32));
          FakeFile file = new FakeFile(machine, 100 * PAGE, 0);
          file.setLatencyNanos(2_000_000_000L);
          AddressSpace pages =
              cache.newAddressSpace("file", file, new PageCacheContract.WritingListener());
          MemorySegment all = MemorySegment.ofArray(new byte[100 * PAGE]);
          assertThat(pages.write(0, all, 0)).isEqualTo(100 * PAGE);
          pages.close();
          cache.close();
        });
  }

  @Test
  void referencedFolio_isNeverEvicted() throws Exception {
    TestMachines.simulated(
        5,
        machine -> {
          FolioPageCache cache =
              new FolioPageCache(machine, PageCacheSettings.ofPages(32).withReplacement(Lru::new));
          FakeFile file = new FakeFile(machine, 200 * PAGE, 200 * PAGE);
          file.device()[7 * PAGE] = 42;
          AddressSpace pages = cache.newAddressSpace("file", file, DirtyListener.NONE);
          Folio folio = pages.readFolio(7);
          read(pages, new ReadaheadState(32), 0, 200);
          assertThat(folio.mapping()).isSameAs(pages);
          assertThat(folio.data().get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0))
              .isEqualTo((byte) 42);
          folio.put();
          pages.close();
          cache.close();
        });
  }

  @Test
  void readahead_withFewFrames_readsWhatItGot() throws Exception {
    TestMachines.simulated(
        2,
        machine -> {
          FolioPageCache cache = new FolioPageCache(machine, PageCacheSettings.ofPages(64));
          FakeFile file = new FakeFile(machine, 200 * PAGE, 200 * PAGE);
          AddressSpace pages = cache.newAddressSpace("file", file, DirtyListener.NONE);
          Folio[] held = new Folio[55];
          for (int i = 0; i < held.length; i++) {
            held[i] = pages.readFolio(100 + i);
          }
          assertThat(read(pages, new ReadaheadState(32), 0, 40)).isEqualTo(40 * PAGE);
          for (Folio folio : held) {
            folio.put();
          }
          pages.close();
          cache.close();
        });
  }

  @Test
  void powerCut_inTheMiddleOfEverything_endsAllTasks() {
    SimulatedMachine whole = new SimulatedMachine(9);
    long events = cutAt(whole, 0);
    for (long event = 1; event < events; event += 1 + events / 40) {
      SimulatedMachine machine = new SimulatedMachine(9);
      cutAt(machine, event);
      assertThat(machine.powered()).as("cut at event %d", event).isFalse();
    }
  }

  private static long cutAt(SimulatedMachine machine, long event) {
    if (event > 0) {
      machine.cutPowerAtEvent(event);
    }
    SimulatedMachine.Program<RuntimeException> program = () -> busy(machine);
    machine.run(program);
    return machine.eventCount();
  }

  private static void busy(Machine machine) {
    FolioPageCache cache = new FolioPageCache(machine, PageCacheSettings.ofPages(48));
    try {
      new PageCacheStress(machine, cache, 9, 20).run();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void hit_allocatesNothing() throws Exception {
    TestMachines.system(machine -> {
      FolioPageCache cache = new FolioPageCache(machine, PageCacheSettings.ofPages(512));
      FakeFile file = new FakeFile(machine, 256 * PAGE, 256 * PAGE);
      AddressSpace pages = cache.newAddressSpace("file", file, DirtyListener.NONE);
      ReadaheadState state = new ReadaheadState(32);
      read(pages, state, 0, 256);
      MemorySegment page = MemorySegment.ofArray(new byte[PAGE]);
      hits(pages, state, page, 50_000);
      var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
      long before = threads.getCurrentThreadAllocatedBytes();
      hits(pages, state, page, 50_000);
      assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(5_000);
      pages.close();
      cache.close();
    });
  }

  /** Rounds until the compilers must be done. */
  private static final int STEADY_ROUNDS = 40;

  /**
   * Bytes in 60,000 misses that are nothing: waking the background task takes some 50 bytes, and
   * how often that is depends on how fast it gets to work, but its marks are 256 pages apart, which
   * makes it 240 times at most, and fewer in the best of the rounds. The smallest object for each
   * miss would be a million, for each batch of 32 victims 30,000.
   */
  private static final long STEADY_BYTES = 10_000;

  private static final int STEADY_PAGES = 1024;

  @Test
  void replacement_inSteadyState_allocatesNothing() throws Exception {
    TestMachines.system(machine -> {
      FolioPageCache cache =
          new FolioPageCache(
              machine, PageCacheSettings.ofPages(STEADY_PAGES).withWatermarkScaleFactor(3000));
      AddressSpace pages =
          cache.newAddressSpace(
              "file", new InstantFile(4L * STEADY_PAGES * PAGE), DirtyListener.NONE);
      ReadaheadState state = new ReadaheadState(32);
      MemorySegment page = MemorySegment.ofArray(new byte[PAGE]);
      var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
      // Objects that never leave their method are made until the last compiler has seen it, and
      // when that is depends on what else the computer does: so the best of some rounds counts.
      long least = Long.MAX_VALUE;
      for (int round = 0; round < STEADY_ROUNDS && least >= STEADY_BYTES; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        misses(pages, state, page, 60_000);
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      }
      assertThat(least).isLessThan(STEADY_BYTES);
      assertThat(cache.counters().evicted()).isGreaterThan(50_000);
      pages.close();
      cache.close();
    });
  }

  private static void misses(
      AddressSpace pages, ReadaheadState state, MemorySegment page, int count)
      throws ErrnoException {
    int at = 0;
    for (int i = 0; i < count; i++) {
      at = (at * 5 + 77) & (4 * STEADY_PAGES - 1);
      pages.read(state, (long) at * PAGE, page, 0);
    }
  }

  /** Reads complete at once and bring whatever the memory holds. */
  private record InstantFile(long size) implements AddressSpaceOperations {
    @Override
    public void readFolio(Folio folio) {
      folio.endRead(null);
    }

    @Override
    public void readahead(ReadaheadControl control) {
      for (Folio folio = control.next(); folio != null; folio = control.next()) {
        folio.endRead(null);
      }
    }

    @Override
    public void writeBegin(Folio folio, long position, int length) {}

    @Override
    public void writeEnd(Folio folio, long position, int length, int copied) {}

    @Override
    public void writePages(AddressSpace mapping, WritebackControl control) {}

    @Override
    public int transferDirectly(Transfer direction, long position, MemorySegment memory) {
      return 0;
    }
  }

  private static void hits(AddressSpace pages, ReadaheadState state, MemorySegment page, int count)
      throws ErrnoException {
    int at = 0;
    for (int i = 0; i < count; i++) {
      at = (at * 5 + 77) & 255;
      pages.read(state, (long) at * PAGE, page, 0);
    }
  }
}
