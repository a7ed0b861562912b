package dev.sekiso.filesystems.bdev;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SleepingLock;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.WritebackControl;
import dev.sekiso.vfs.AttributeChange;
import dev.sekiso.vfs.BackingDevice;
import dev.sekiso.vfs.DeviceFiles;
import dev.sekiso.vfs.FileOperations;
import dev.sekiso.vfs.FileSystemStatus;
import dev.sekiso.vfs.FileSystemType;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.InodeOperations;
import dev.sekiso.vfs.MountRequest;
import dev.sekiso.vfs.SuperBlock;
import dev.sekiso.vfs.SuperBlockOperations;
import dev.sekiso.vfs.SuperBlockOperations.SyncMode;
import dev.sekiso.vfs.VfsServices;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The pseudo file system {@code bdev}: one super block per block device, whose root is the device
 * itself as a file (the kernel has one for all; here each device has its own backing device, so
 * each has its own super block).
 *
 * <p>Mounted internally it lets {@code sync(2)} reach the device's pages; mounted on a file it is a
 * device file. A device exists here from its first user ({@link #open}, a mount) to its last, and
 * there is never more than one inode for it, so all users share its pages. When the last user goes,
 * everything is written and the pages are dropped ({@code blkdev_put}).
 *
 * <p>Locking: the lock guards the map and the user counts and is held while a device comes or goes,
 * I/O included. Nobody calls in here with an inode's lock of a device held.
 */
public final class BlockDeviceFileSystem implements FileSystemType, DeviceFiles {

  /** Number of the device's inode in its super block. */
  private static final long ROOT = 1;

  private static final long MAGIC = 0x62646576;

  private final BlockDeviceTable table;
  private final PageCache pageCache;
  private final BlockDeviceFiles files = new BlockDeviceFiles(this);
  private final Map<Long, BlockDeviceInode> open = new HashMap<>();
  private SleepingLock lock;

  public BlockDeviceFileSystem(BlockDeviceTable table, PageCache pageCache) {
    this.table = table;
    this.pageCache = pageCache;
  }

  @Override
  public String name() {
    return "bdev";
  }

  public PageCache pageCache() {
    return pageCache;
  }

  /**
   * The file of a device, for one more user; {@link #close} gives it back.
   *
   * @throws ErrnoException ENOENT when there is no such device
   */
  public BlockDeviceInode open(String deviceName, VfsServices services) throws ErrnoException {
    return open(table.find(deviceName), services);
  }

  /**
   * As above, by number.
   *
   * @throws ErrnoException ENXIO when there is no such device
   */
  public BlockDeviceInode open(long number, VfsServices services) throws ErrnoException {
    return open(table.find(number), services);
  }

  private BlockDeviceInode open(BlockDeviceTable.Entry entry, VfsServices services)
      throws ErrnoException {
    SleepingLock held = lock(services);
    held.lock();
    try {
      BlockDeviceInode inode = open.get(entry.number());
      if (inode == null) {
        inode = make(entry, services);
        open.put(entry.number(), inode);
      }
      inode.users++;
      inode.get();
      return inode;
    } finally {
      held.unlock();
    }
  }

  private BlockDeviceInode make(BlockDeviceTable.Entry entry, VfsServices services) {
    String name = entry.device().name();
    BackingDevice backing = services.writeback().attach(name);
    Operations operations = new Operations();
    SuperBlock superBlock =
        new SuperBlock(
            this,
            "bdev " + name,
            new MountRequest(name, Set.of(), "", services),
            operations,
            backing,
            PageCache.PAGE_SIZE,
            entry.device().sectors() << Bio.SECTOR_SHIFT);
    BlockDeviceInode inode = new BlockDeviceInode(superBlock, ROOT, operations, entry, pageCache);
    operations.inode = inode;
    superBlock.setRoot(inode);
    return inode;
  }

  /** A user has gone; after the last, what is dirty has been written and nothing is cached. */
  public void close(BlockDeviceInode inode) {
    VfsServices services = inode.superBlock().services();
    SleepingLock held = lock(services);
    held.lock();
    try {
      if (inode.users == 1) {
        retire(inode, services);
      }
      inode.users--;
      inode.put();
    } finally {
      held.unlock();
    }
  }

  private void retire(BlockDeviceInode inode, VfsServices services) {
    try {
      inode.addressSpace().writeAndWait(0, Long.MAX_VALUE);
    } catch (ErrnoException e) {
      inode.superBlock().errors().set(e.errno());
    }
    open.remove(inode.specialDevice(), inode);
    services.writeback().inodeEvicted(inode);
    inode.addressSpace().close();
    services.writeback().detach(inode.superBlock().backingDevice());
  }

  @Override
  public void syncBlockDevices(SyncMode mode) {
    for (BlockDeviceInode inode : inUse()) {
      try {
        if (mode == SyncMode.NO_WAIT) {
          inode.addressSpace().writePages(WritebackControl.start(0, Long.MAX_VALUE));
        } else {
          inode.addressSpace().writeAndWait(0, Long.MAX_VALUE);
        }
      } catch (ErrnoException e) {
        inode.superBlock().errors().set(e.errno());
      } finally {
        close(inode);
      }
    }
  }

  /** The files of all devices that have a user, each with one user more. */
  private List<BlockDeviceInode> inUse() {
    SleepingLock held;
    synchronized (this) {
      held = lock;
    }
    if (held == null) {
      return List.of();
    }
    held.lock();
    try {
      List<BlockDeviceInode> all = List.copyOf(open.values());
      for (BlockDeviceInode inode : all) {
        inode.users++;
        inode.get();
      }
      return all;
    } finally {
      held.unlock();
    }
  }

  private synchronized SleepingLock lock(VfsServices services) {
    if (lock == null) {
      lock = services.machine().newLock("block devices");
    }
    return lock;
  }

  /** Serves block device files of any file system. */
  @Override
  public FileOperations operations(Inode inode) throws ErrnoException {
    if (inode.type() != FileType.BLOCK_DEVICE) {
      return null;
    }
    table.find(inode.specialDevice());
    return files;
  }

  @Override
  public SuperBlock mount(MountRequest request) throws ErrnoException {
    if (!request.options().isEmpty()) {
      throw new ErrnoException(Errno.EINVAL, "bdev takes no options: " + request.options());
    }
    return open(request.source(), request.services()).superBlock();
  }

  /** One device's super block and inode. */
  private final class Operations implements SuperBlockOperations, InodeOperations {
    private BlockDeviceInode inode;

    @Override
    public void writeInode(Inode written, SyncMode mode) {}

    @Override
    public void evictInode(Inode evicted) {}

    @Override
    public void sync(SyncMode mode) {}

    @Override
    public FileSystemStatus status() {
      return new FileSystemStatus(MAGIC, PageCache.PAGE_SIZE, 0, 0, 0, 0, 0, 255);
    }

    @Override
    public void remount(MountRequest request) throws ErrnoException {
      if (!request.options().isEmpty()) {
        throw new ErrnoException(Errno.EINVAL, "bdev takes no options: " + request.options());
      }
    }

    @Override
    public void release() {
      close(inode);
    }

    @Override
    public void setAttributes(Inode changed, AttributeChange change) throws ErrnoException {
      if (change.size() != null) {
        throw new ErrnoException(
            Errno.EINVAL, inode.device().name() + " is a device and keeps its size");
      }
      changed.apply(change);
    }

    @Override
    public FileOperations fileOperations(Inode opened) {
      return files;
    }
  }
}
