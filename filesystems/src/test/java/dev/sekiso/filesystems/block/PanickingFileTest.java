package dev.sekiso.filesystems.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.filesystems.TestStack;
import dev.sekiso.filesystems.block.BlockMappedOperations.Tracking;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.SimulatedMachine;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.DirtyListener;
import dev.sekiso.pagecache.Folio;
import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheSettings;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Folios that go nowhere because their file system stops when it is asked where. */
final class PanickingFileTest {

  private static final int PAGES = 4;

  /** As of {@code errors=panic}. */
  private static final class Panic extends Error {
    private static final long serialVersionUID = 1;

    Panic() {
      super("panic");
    }
  }

  private record PanickingFile(List<Errno> heard) implements BlockMappedFile {

    @Override
    public int blockShift() {
      return PageCache.PAGE_SHIFT;
    }

    @Override
    public long size() {
      return (long) PAGES << PageCache.PAGE_SHIFT;
    }

    @Override
    public Extent map(long block, long maximum) {
      throw new Panic();
    }

    @Override
    public Extent allocate(long block, long maximum) {
      throw new Panic();
    }

    @Override
    public void grown(long newSize) {}

    @Override
    public void dirtied() {}

    @Override
    public void writebackFailed(Errno error) {
      heard.add(error);
    }
  }

  private interface Body {
    void run(PanickingFile file, BlockMappedOperations operations, AddressSpace pages)
        throws Exception;
  }

  private static void run(Body body) throws Exception {
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      BlockDevice disk =
          TestStack.newDisk(machine, "vda", TestStack.newMedia(PAGES * PageCache.PAGE_SIZE));
      PanickingFile file = new PanickingFile(new ArrayList<>());
      BlockMappedOperations operations =
          new BlockMappedOperations(file, new DeviceIo(machine, disk), Tracking.SMALL_BLOCKS);
      FolioPageCache cache =
          new FolioPageCache(machine, PageCacheSettings.ofPages(PageCacheSettings.MINIMUM_PAGES));
      AddressSpace pages = cache.newAddressSpace("file", operations, DirtyListener.NONE);
      body.run(file, operations, pages);
      pages.close();
      cache.close();
      disk.close();
    });
  }

  @Test
  void write_isNoSuccess() throws Exception {
    run((file, operations, pages) -> {
      Folio folio = pages.grab(0);
      operations.dirtyFolio(folio);
      folio.unlock();
      assertThatThrownBy(() -> pages.writeAndWait(0, Long.MAX_VALUE)).isInstanceOf(Panic.class);
      assertThat(folio.isWriteback()).isFalse();
      assertThat(file.heard).containsExactly(Errno.EIO);
      assertThat(pages.errors().check(0)).isEqualTo(Errno.EIO);
      folio.put();
    });
  }

  @Test
  void read_leavesNoFolioLocked() throws Exception {
    run((file, operations, pages) -> {
      assertThatThrownBy(() -> pages.readFolio(0)).isInstanceOf(Panic.class);
      // Waits for ever if the folio is still locked.
      pages.truncate(0);
    });
  }
}
