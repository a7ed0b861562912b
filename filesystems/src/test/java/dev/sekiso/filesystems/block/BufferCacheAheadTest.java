package dev.sekiso.filesystems.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.HeldDriver;
import dev.sekiso.blockdev.Plug;
import dev.sekiso.blockdev.QueueLimits;
import dev.sekiso.blockdev.Request;
import dev.sekiso.blockdev.RequestQueue;
import dev.sekiso.blockdev.scheduler.NoneScheduler;
import dev.sekiso.filesystems.block.BlockMappedOperations.Tracking;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.machine.Task;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.DirtyListener;
import dev.sekiso.pagecache.Folio;
import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheSettings;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Blocks that are read before anybody needs them, on a device that answers when it is told to. */
final class BufferCacheAheadTest {

  private static final int PAGES = 64;
  private static final int BLOCK_SHIFT = 11;
  private static final int SECTORS = 1 << (BLOCK_SHIFT - Bio.SECTOR_SHIFT);

  /** What the device holds, everywhere. */
  private static final byte CONTENT = 7;

  private interface Body {
    void run(Scene scene) throws Exception;
  }

  private static void run(Body body) throws Exception {
    SimulatedMachine machine = new SimulatedMachine(5);
    machine.run(() -> {
      Scene scene = new Scene(machine);
      body.run(scene);
      scene.close();
    });
  }

  private static final class Scene {
    final SimulatedMachine machine;
    final HeldDriver driver;
    final RequestQueue queue;
    final FolioPageCache cache;
    final AddressSpace pages;
    final BufferCache buffers;

    Scene(SimulatedMachine machine) {
      this.machine = machine;
      driver = new HeldDriver((long) PAGES * PageCache.PAGE_SIZE / 512, QueueLimits.DEFAULT);
      queue = new RequestQueue(machine, "vda", driver, host -> new NoneScheduler());
      DeviceIo io = new DeviceIo(machine, queue);
      BlockMappedOperations operations =
          new BlockMappedOperations(new IdentityFile(BLOCK_SHIFT, PAGES), io, Tracking.ALL_BLOCKS);
      cache =
          new FolioPageCache(machine, PageCacheSettings.ofPages(PageCacheSettings.MINIMUM_PAGES));
      pages = cache.newAddressSpace("device", operations, DirtyListener.NONE);
      buffers = new BufferCache(io, pages, operations, BLOCK_SHIFT, BLOCK_SHIFT);
    }

    /** Blocks asked of the device since the last call. */
    List<Long> asked() {
      List<Long> blocks = new ArrayList<>();
      for (String issued : driver.takeIssued()) {
        String place = issued.substring(issued.indexOf(' ') + 1);
        assertThat(place).endsWith("+" + SECTORS);
        blocks.add(Long.parseLong(place.substring(0, place.indexOf('+'))) / SECTORS);
      }
      return blocks;
    }

    /** The device answers what it was asked first. */
    void answer() {
      Request request = driver.take(0);
      request.segments().forEach(piece -> piece.fill(CONTENT));
      request.complete(null);
    }

    /** Starts a task and lets it come as far as it can. */
    Task start(String name, Action action) {
      Task task =
          machine.spawn(
              name,
              TaskKind.USER,
              () -> {
                try {
                  action.run();
                } catch (ErrnoException e) {
                  throw new AssertionError(e);
                }
              });
      machine.sleep(1000);
      return task;
    }

    void close() throws ErrnoException {
      assertThat(driver.held()).isZero();
      pages.close();
      cache.close();
      queue.close();
    }
  }

  private interface Action {
    void run() throws ErrnoException;
  }

  private static byte first(Buffer buffer) {
    return buffer.data().get(ValueLayout.JAVA_BYTE, 0);
  }

  @Test
  void ahead_ofABlockThatIsNotThere_readsItOnceAndDoesNotWait() throws Exception {
    run(scene -> {
      assertThat(scene.buffers.ahead(3)).isNull();
      assertThat(scene.buffers.ahead(3)).isNull();
      assertThat(scene.asked()).containsExactly(3L);

      byte[] seen = new byte[1];
      Task reader =
          scene.start(
              "reader",
              () -> {
                try (Buffer buffer = scene.buffers.read(3)) {
                  seen[0] = first(buffer);
                }
              });
      assertThat(reader.isAlive()).as("waits for the read under way").isTrue();
      scene.answer();
      reader.join();
      assertThat(seen[0]).isEqualTo(CONTENT);
      try (Buffer buffer = scene.buffers.ahead(3)) {
        assertThat(first(buffer)).isEqualTo(CONTENT);
      }
      assertThat(scene.asked()).as("nobody read it again").isEmpty();
    });
  }

  @Test
  void ahead_behindTheDevice_isNothing() throws Exception {
    run(scene -> {
      assertThat(scene.buffers.ahead(scene.buffers.blocks())).isNull();
      assertThat(scene.buffers.ahead(-1)).isNull();
      assertThat(scene.asked()).isEmpty();
    });
  }

  @Test
  void ahead_whileTheOtherBlockOfThePageIsUnderWay_leavesItForLater() throws Exception {
    run(scene -> {
      assertThat(scene.buffers.ahead(2)).isNull();
      assertThat(scene.buffers.ahead(3)).isNull();
      assertThat(scene.asked()).containsExactly(2L);
      scene.answer();
      assertThat(scene.buffers.ahead(3)).isNull();
      assertThat(scene.asked()).containsExactly(3L);
      scene.answer();
      scene.buffers.ahead(2).close();
      scene.buffers.ahead(3).close();
    });
  }

  @Test
  void readThatFails_isToldByTheNextRead_notBefore() throws Exception {
    run(scene -> {
      assertThat(scene.buffers.ahead(3)).isNull();
      scene.driver.fail(Errno.EIO);
      assertThat(scene.asked()).containsExactly(3L);
      assertThat(scene.buffers.ahead(3)).as("tries again").isNull();
      scene.driver.fail(Errno.EIO);
      assertThat(scene.asked()).containsExactly(3L);

      Task reader =
          scene.start(
              "reader",
              () ->
                  assertThatThrownBy(() -> scene.buffers.read(3))
                      .hasMessageContaining("block 3 of vda"));
      assertThat(scene.asked()).containsExactly(3L);
      scene.driver.fail(Errno.EIO);
      reader.join();
    });
  }

  @Test
  void freshBlock_whileItIsRead_waitsAndWins() throws Exception {
    run(scene -> {
      assertThat(scene.buffers.ahead(3)).isNull();
      Task maker =
          scene.start(
              "maker",
              () -> {
                try (Buffer buffer = scene.buffers.fresh(3)) {
                  assertThat(first(buffer)).isZero();
                }
              });
      assertThat(maker.isAlive()).isTrue();
      scene.answer();
      maker.join();
      try (Buffer buffer = scene.buffers.read(3)) {
        assertThat(first(buffer)).as("what is made, not what the device held").isZero();
      }
    });
  }

  @Test
  void forgottenBlock_whileItIsRead_waitsForTheRead() throws Exception {
    run(scene -> {
      assertThat(scene.buffers.ahead(3)).isNull();
      Task owner = scene.start("owner", () -> scene.buffers.forget(3, 1));
      assertThat(owner.isAlive()).isTrue();
      scene.answer();
      owner.join();
    });
  }

  @Test
  void truncation_whileABlockIsRead_waitsAndTakesThePage() throws Exception {
    run(scene -> {
      assertThat(scene.buffers.ahead(3)).isNull();
      Task truncation = scene.start("truncation", () -> scene.pages.truncate(0));
      assertThat(truncation.isAlive()).isTrue();
      scene.answer();
      truncation.join();
      assertThat(scene.pages.lookup(1)).isNull();
    });
  }

  @Test
  void ahead_withoutMemory_isNothing() throws Exception {
    run(scene -> {
      List<Folio> held = new ArrayList<>();
      for (int page = 1; page <= PageCacheSettings.MINIMUM_PAGES; page++) {
        Folio folio = scene.pages.grab(page);
        folio.unlock();
        held.add(folio);
      }
      assertThat(scene.buffers.ahead(0)).isNull();
      assertThat(scene.asked()).isEmpty();
      held.forEach(Folio::put);
      assertThat(scene.buffers.ahead(0)).isNull();
      assertThat(scene.asked()).containsExactly(0L);
      scene.answer();
    });
  }

  /** The read is in the task's own plug, and goes out when the task would sleep for it. */
  @Test
  void read_underThePlugOfTheReadAhead_doesNotWaitForItself() throws Exception {
    run(scene -> {
      Task reader =
          scene.start(
              "reader",
              () -> {
                try (Plug plug = scene.queue.plug()) {
                  assertThat(scene.buffers.ahead(3)).isNull();
                  assertThat(scene.asked()).isEmpty();
                  scene.buffers.read(3).close();
                }
              });
      assertThat(scene.asked()).containsExactly(3L);
      scene.answer();
      reader.join();
    });
  }
}
