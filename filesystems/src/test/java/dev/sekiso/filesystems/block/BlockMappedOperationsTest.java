package dev.sekiso.filesystems.block;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.driver.Media;
import dev.sekiso.filesystems.TestStack;
import dev.sekiso.filesystems.block.BlockMappedOperations.Tracking;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.SystemMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.DirtyListener;
import dev.sekiso.pagecache.Folio;
import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheSettings;
import dev.sekiso.pagecache.QuietListener;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** States of blocks while others look at, change and reclaim their folio. */
@Timeout(60)
final class BlockMappedOperationsTest {

  private static final int PAGE = PageCache.PAGE_SIZE;
  private static final int PAGES = 64;
  private static final int BLOCK_SHIFT = 11;
  private static final int BLOCK = 1 << BLOCK_SHIFT;

  /** A page cache of few pages with one file. */
  private static final class Scene implements AutoCloseable {
    final Media media = TestStack.newMedia((long) PAGES * PAGE);
    final BlockDevice disk;
    final DeviceIo io;
    final BlockMappedOperations operations;
    final FolioPageCache cache;
    final AddressSpace pages;

    Scene(Machine machine, Tracking tracking, DirtyListener listener) {
      disk = TestStack.newDisk(machine, "vda", media);
      io = new DeviceIo(machine, disk);
      operations = new BlockMappedOperations(new IdentityFile(BLOCK_SHIFT, PAGES), io, tracking);
      cache =
          new FolioPageCache(machine, PageCacheSettings.ofPages(PageCacheSettings.MINIMUM_PAGES));
      pages = cache.newAddressSpace("file", operations, listener);
    }

    byte onDevice(long position) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment all = arena.allocate((long) PAGES * PAGE);
        media.read(0, all);
        return all.get(ValueLayout.JAVA_BYTE, position);
      }
    }

    @Override
    public void close() throws ErrnoException {
      pages.close();
      cache.close();
      disk.close();
    }
  }

  /**
   * A buffer is held and its block has been changed, not yet marked dirty, when memory is wanted
   * and reclaim tries its page. Whoever then asks for the block must not read it from the device.
   */
  @Test
  void buffer_whenReclaimTriesItsPage_keepsWhatIsInMemory() throws Exception {
    SimulatedMachine machine = new SimulatedMachine(7);
    machine.run(() -> {
      try (Scene scene = new Scene(machine, Tracking.ALL_BLOCKS, DirtyListener.NONE)) {
        BufferCache buffers =
            new BufferCache(scene.io, scene.pages, scene.operations, BLOCK_SHIFT, BLOCK_SHIFT);
        try (Buffer held = buffers.read(1)) {
          held.data().set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
          for (int page = 1; page < PAGES; page++) {
            scene.pages.readFolio(page).put();
          }
          try (Buffer again = buffers.read(1)) {
            assertThat(again.data().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 1);
          }
          held.markDirty();
        }
        buffers.writeAll();
        assertThat(scene.onDevice(BLOCK)).isEqualTo((byte) 1);
      }
    });
  }

  /** Lets the test act while the index's short lock is held: somebody is dirtying a page. */
  private static final class Listener implements QuietListener {
    private Runnable act = () -> {};

    @Override
    public void dirtied(AddressSpace mapping, int pages) {
      Runnable now = act;
      act = () -> {};
      now.run();
    }
  }

  /** Starts a task and turns round until its thread is blocked by a monitor. */
  private static Task startUntilBlocked(Machine machine, String name, Runnable body) {
    AtomicReference<Thread> thread = new AtomicReference<>();
    Task task =
        machine.spawn(
            name,
            TaskKind.USER,
            () -> {
              thread.set(Thread.currentThread());
              body.run();
            });
    while (task.isAlive()
        && (thread.get() == null || thread.get().getState() != Thread.State.BLOCKED)) {
      Thread.onSpinWait();
    }
    return task;
  }

  /**
   * A folio has no states yet. Page tables tell of a store to its second block while a writer, who
   * has the folio locked, is about to make the first one dirty.
   */
  @Test
  void storeToldOf_whileAWriterAttachesStates_isWritten() throws Exception {
    try (SystemMachine machine = new SystemMachine()) {
      Listener listener = new Listener();
      try (Scene scene = new Scene(machine, Tracking.SMALL_BLOCKS, listener)) {
        Folio folio = scene.pages.readFolio(0);
        Folio other = scene.pages.readFolio(PAGES / 2);
        Task[] tasks = new Task[2];
        listener.act =
            () -> {
              folio.data().set(ValueLayout.JAVA_BYTE, BLOCK, (byte) 2);
              tasks[0] =
                  startUntilBlocked(machine, "store", () -> scene.operations.dirtyFolio(folio));
              folio.lock();
              folio.data().set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
              tasks[1] =
                  startUntilBlocked(
                      machine, "writer", () -> scene.operations.writeEnd(folio, 0, BLOCK, BLOCK));
            };
        scene.operations.dirtyFolio(other);
        for (Task task : tasks) {
          task.join();
        }
        folio.unlock();
        folio.put();
        other.put();
        scene.pages.writeAndWait(0, Long.MAX_VALUE);
        assertThat(scene.onDevice(0)).isEqualTo((byte) 1);
        assertThat(scene.onDevice(BLOCK)).isEqualTo((byte) 2);
      }
    }
  }
}
