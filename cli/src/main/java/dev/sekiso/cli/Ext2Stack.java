package dev.sekiso.cli;

import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.BlockDriver;
import dev.sekiso.blockdev.RequestQueue;
import dev.sekiso.blockdev.scheduler.NoneScheduler;
import dev.sekiso.filesystems.bdev.BlockDeviceFileSystem;
import dev.sekiso.filesystems.bdev.BlockDeviceTable;
import dev.sekiso.filesystems.ext2.Ext2FileSystem;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheSettings;
import dev.sekiso.vfs.MountFlag;
import dev.sekiso.vfs.Vfs;
import dev.sekiso.vfs.VfsServices;
import dev.sekiso.vfs.VfsSettings;
import dev.sekiso.writeback.CgroupWriteback;
import dev.sekiso.writeback.Writeback;
import dev.sekiso.writeback.WritebackSettings;
import dev.sekiso.writeback.flusher.PerBdiFlusher;
import dev.sekiso.writeback.throttle.PosRatioThrottle;
import java.util.Set;

/**
 * The layers from {@link Vfs} down to a driver, with ext2 mounted on {@code /}.
 *
 * <p>Opened and closed by one task of the machine; closing syncs, unmounts and closes the driver.
 */
final class Ext2Stack implements AutoCloseable {

  private static final int PAGES = (128 << 20) >> PageCache.PAGE_SHIFT;

  private final BlockDevice device;
  private final PageCache pageCache;
  private final Writeback writeback;
  private final Vfs vfs;

  /**
   * @param name of the device, for messages
   * @param driver is closed with the stack, also when mounting fails
   * @param callNanos virtual time of a system call
   * @param copyNanos virtual time of copying a page
   */
  Ext2Stack(
      Machine machine,
      String name,
      BlockDriver driver,
      Set<MountFlag> flags,
      int callNanos,
      int copyNanos)
      throws ErrnoException {
    device = queue(machine, name, driver);
    pageCache =
        new FolioPageCache(
            machine, PageCacheSettings.ofPages(PAGES).withCopyNanosPerPage(copyNanos));
    writeback =
        new CgroupWriteback(
            machine,
            pageCache::memory,
            WritebackSettings.DEFAULT,
            new PerBdiFlusher(),
            new PosRatioThrottle(machine));
    BlockDeviceTable table = new BlockDeviceTable();
    table.add(device);
    BlockDeviceFileSystem devices = new BlockDeviceFileSystem(table, pageCache);
    VfsSettings settings = VfsSettings.DEFAULT.withCallNanos(callNanos);
    vfs = new Vfs(new VfsServices(machine, writeback, settings), devices);
    vfs.register(new Ext2FileSystem(devices));
    try {
      vfs.mount(name, "/", "ext2", flags, "");
    } catch (ErrnoException | RuntimeException e) {
      try {
        close();
      } catch (ErrnoException | RuntimeException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
  }

  /** The device over a driver; closing it closes the driver. */
  static BlockDevice queue(Machine machine, String name, BlockDriver driver) {
    return new RequestQueue(machine, name, driver, host -> new NoneScheduler());
  }

  Vfs vfs() {
    return vfs;
  }

  @Override
  public void close() throws ErrnoException {
    try (BlockDevice lowest = device;
        PageCache cache = pageCache;
        Writeback middle = writeback) {
      vfs.sync();
      vfs.unmountAll();
    }
  }
}
