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

/** Folios that cannot be written because their file does not say where. */
final class FolioWriterTest {

  private static final int PAGES = 4;

  /** A file system that stops in the middle of it ({@code errors=panic}). */
  private record BrokenFile(List<Errno> heard) implements BlockMappedFile {

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
      throw new IllegalStateException("panic");
    }

    @Override
    public Extent allocate(long block, long maximum) {
      throw new IllegalStateException("panic");
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

  @Test
  void write_whenTheFileSystemPanics_isNoSuccess() throws Exception {
    SimulatedMachine machine = new SimulatedMachine(1);
    machine.run(() -> {
      BlockDevice disk =
          TestStack.newDisk(machine, "vda", TestStack.newMedia(PAGES * PageCache.PAGE_SIZE));
      BrokenFile file = new BrokenFile(new ArrayList<>());
      BlockMappedOperations operations =
          new BlockMappedOperations(file, new DeviceIo(machine, disk), Tracking.SMALL_BLOCKS);
      FolioPageCache cache =
          new FolioPageCache(machine, PageCacheSettings.ofPages(PageCacheSettings.MINIMUM_PAGES));
      AddressSpace pages = cache.newAddressSpace("file", operations, DirtyListener.NONE);
      Folio folio = pages.grab(0);
      operations.dirtyFolio(folio);
      folio.unlock();
      assertThatThrownBy(() -> pages.writeAndWait(0, Long.MAX_VALUE)).hasMessage("panic");
      assertThat(folio.isWriteback()).isFalse();
      assertThat(file.heard).containsExactly(Errno.EIO);
      assertThat(pages.errors().check(0)).isEqualTo(Errno.EIO);
      folio.put();
      pages.close();
      cache.close();
      disk.close();
    });
  }
}
