package dev.sekiso.pagecache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.pagecache.msync.ScanningMsync;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * Two tasks at steps of which neither waits for the machine, so that only real time can get between
 * them; the test holds a short lock to get there.
 */
final class InterleavedStepsTest {

  private static final int PAGE = PageCache.PAGE_SIZE;

  private static final class Scene {
    final Machine machine;
    final FolioPageCache cache;
    final FakeFile file;
    final FolioAddressSpace pages;

    Scene(Machine machine) {
      this.machine = machine;
      this.cache = new FolioPageCache(machine, PageCacheSettings.ofPages(128));
      this.file = new FakeFile(machine, 16 * PAGE, 16 * PAGE);
      this.pages = (FolioAddressSpace) cache.newAddressSpace("file", file, DirtyListener.NONE);
    }

    void end() {
      pages.waitForWriteback(0, 15);
      assertThat(PageCacheInvariants.of(cache).violations()).isEmpty();
      pages.close();
      cache.close();
    }
  }

  private static void write(AddressSpace pages) {
    try {
      pages.writePages(WritebackControl.start(0, PAGE));
    } catch (ErrnoException e) {
      throw new AssertionError(e);
    }
  }

  /** Turns round until a task has ended or its thread is blocked by a monitor. */
  private static void awaitBlocked(Task task, AtomicReference<Thread> thread) {
    while (task.isAlive()) {
      Thread known = thread.get();
      if (known != null && known.getState() == Thread.State.BLOCKED) {
        return;
      }
      Thread.onSpinWait();
    }
  }

  /**
   * A walk finds a page by its mark and waits for its lock, which another walk has; that one starts
   * writing it. Then page tables tell of a store, for which nobody needs the folio's lock.
   */
  @Test
  void walk_whenAStoreIsToldAfterAnotherWalkHasBegunToWrite_leavesThePageForLater()
      throws Exception {
    TestMachines.system(machine -> {
      Scene scene = new Scene(machine);
      try (MemoryMap memory = scene.cache.newMemoryMap(MemoryMapSettings.DEFAULT)) {
        MappedFile mapped = MappedFile.of(scene.pages, new ReadaheadState(0));
        MemoryMapping view =
            memory.mmap(0, PAGE, MapFlags.PROT_READ, MapFlags.MAP_SHARED, mapped, 0);
        scene.pages.write(0, MemorySegment.ofArray(new byte[] {1}), 0);
        assertThat(view.getByte(0)).isEqualTo((byte) 1);
        Folio folio = scene.pages.lookup(0);
        folio.lock();
        AtomicReference<Thread> thread = new AtomicReference<>();
        Task walk =
            machine.spawn(
                "walk",
                TaskKind.USER,
                () -> {
                  thread.set(Thread.currentThread());
                  write(scene.pages);
                });
        while (!folio.has(FolioFlags.WAITERS)) {
          Thread.onSpinWait();
        }
        assertThat(scene.pages.dirtyState.clearDirtyForWriting(folio)).isTrue();
        folio.startWriteback();
        PageTable table = memory.tables().find(view.address() >>> PageCache.PAGE_SHIFT);
        synchronized (table) {
          folio.unlock();
          awaitBlocked(walk, thread);
          assertThat(folio.markDirty()).isTrue();
        }
        walk.join();
        assertThat(folio.isLocked()).isFalse();
        folio.endWriteback(null);
        assertThat(folio.isDirty()).isTrue();
        folio.put();
        scene.pages.writeAndWait(0, PAGE);
        assertThat(scene.file.device()[0]).isEqualTo((byte) 1);
      }
      scene.end();
    });
  }

  /**
   * A folio is frozen by one who then has to wait for another short lock. All processors are busy
   * with tasks that look for its page: they must let the one go on.
   */
  @Test
  void lookup_ofAFrozenFolio_leavesAProcessorToWhoHasFrozenIt() throws Exception {
    TestMachines.system(machine -> {
      Scene scene = new Scene(machine);
      Folio folio = scene.pages.readFolio(0);
      LruVector vector = scene.cache.core().table.owner(folio.frame);
      int processors = Runtime.getRuntime().availableProcessors();
      AtomicInteger looking = new AtomicInteger();
      AtomicReference<Thread> thread = new AtomicReference<>();
      List<Task> tasks = new ArrayList<>();
      synchronized (vector) {
        Task dropper =
            machine.spawn(
                "dropper",
                TaskKind.USER,
                () -> {
                  thread.set(Thread.currentThread());
                  assertThat(scene.pages.residency.dropIfClean(folio)).isEqualTo(1);
                });
        tasks.add(dropper);
        awaitBlocked(dropper, thread);
        assertThat(folio.references()).isZero();
        for (int i = 0; i < processors; i++) {
          tasks.add(
              machine.spawn(
                  "looker " + i,
                  TaskKind.USER,
                  () -> {
                    looking.incrementAndGet();
                    assertThat(scene.pages.lookup(0)).isNull();
                  }));
        }
        while (looking.get() < processors) {
          Thread.onSpinWait();
        }
      }
      for (Task task : tasks) {
        task.join();
      }
      folio.put();
      scene.end();
    });
  }

  /**
   * An entry that knows of a store has been taken out of its table by one who has not told the
   * folio yet; a truncation takes part of that folio away.
   */
  @Test
  void truncation_whileAStoreIsStillToBeTold_keepsWhatIsNotTruncated() throws Exception {
    TestMachines.simulated(
        1,
        machine -> {
          FolioPageCache cache = new FolioPageCache(machine, PageCacheSettings.ofPages(128));
          FakeFile file = new FakeFile(machine, 16 * PAGE, 16 * PAGE).allowLargeFolios();
          AddressSpace pages = cache.newAddressSpace("file", file, DirtyListener.NONE);
          MemoryMap memory =
              cache.newMemoryMap(MemoryMapSettings.DEFAULT.withMsync(new ScanningMsync()));
          pages.write(0, MemorySegment.ofArray(new byte[4 * PAGE]), 0);
          pages.writeAndWait(0, 4 * PAGE);
          MappedFile mapped = MappedFile.of(pages, new ReadaheadState(0));
          int protection = MapFlags.PROT_READ | MapFlags.PROT_WRITE;
          MemoryMapping view = memory.mmap(0, PAGE, protection, MapFlags.MAP_SHARED, mapped, 0);
          view.setByte(0, (byte) 7);
          Folio folio = pages.lookup(0);
          assertThat(folio.order()).isEqualTo(2);
          assertThat(folio.isDirty()).isFalse();
          folio.put();
          Zap zap = new Zap(cache.core());
          PageTable table = memory.tables().find(view.address() >>> PageCache.PAGE_SHIFT);
          synchronized (table) {
            zap.add(table.take(PageTable.slot(view.address() >>> PageCache.PAGE_SHIFT)));
          }
          Task truncation =
              machine.spawn("truncation", TaskKind.USER, () -> file.truncate(pages, 2 * PAGE));
          for (int i = 0; i < 100; i++) {
            machine.yieldProcessor();
          }
          zap.finish(Zap.Recency.COUNTS);
          truncation.join();
          assertThat(view.getByte(0)).isEqualTo((byte) 7);
          memory.close();
          pages.writeAndWait(0, PAGE);
          assertThat(file.device()[0]).isEqualTo((byte) 7);
          assertThat(PageCacheInvariants.of(cache).violations()).isEmpty();
          pages.close();
          cache.close();
        });
  }
}
