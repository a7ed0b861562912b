package dev.sekiso.filesystems.bdev;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.filesystems.block.BlockMappedFile;
import dev.sekiso.filesystems.block.BlockMappedOperations;
import dev.sekiso.filesystems.block.BufferCache;
import dev.sekiso.filesystems.block.DeviceIo;
import dev.sekiso.filesystems.block.Extent;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.AddressSpaceOwner;
import dev.sekiso.pagecache.DirtyListener;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.InodeOperations;
import dev.sekiso.vfs.SuperBlock;

/**
 * A block device as a file: its own pages, mapped one to one (the kernel's {@code bdev_inode}).
 *
 * <p>Pages are tracked in units of 512 bytes, so that file-system metadata of any block size can be
 * brought in, changed and written block by block through {@link #buffers}.
 */
public final class BlockDeviceInode extends Inode implements AddressSpaceOwner {

  private static final int UNIT_SHIFT = Bio.SECTOR_SHIFT;

  private final BlockDevice device;
  private final DeviceIo io;
  private final BlockMappedOperations operations;
  private final AddressSpace mapping;
  private String holder;

  /** How many use it; guarded by the file system's lock. */
  int users;

  BlockDeviceInode(
      SuperBlock superBlock,
      long number,
      InodeOperations inodeOperations,
      BlockDeviceTable.Entry entry,
      PageCache pageCache) {
    super(superBlock, number, inodeOperations);
    this.device = entry.device();
    this.io = new DeviceIo(superBlock.services().machine(), device);
    this.operations =
        new BlockMappedOperations(new Identity(), io, BlockMappedOperations.Tracking.ALL_BLOCKS);
    DirtyListener listener =
        superBlock.backingDevice() instanceof DirtyListener dirty ? dirty : DirtyListener.NONE;
    this.mapping = pageCache.newAddressSpace(this, operations, listener);
    setMode(FileType.BLOCK_DEVICE.modeBits() | 0660);
    setLinks(1);
    setSpecialDevice(entry.number());
    setTimes(superBlock.currentTime());
  }

  public BlockDevice device() {
    return device;
  }

  public DeviceIo io() {
    return io;
  }

  @Override
  public AddressSpace addressSpace() {
    return mapping;
  }

  /**
   * The device's metadata in blocks of a file system.
   *
   * @param blockShift log2 of the block size in bytes
   */
  public BufferCache buffers(int blockShift) {
    return new BufferCache(io, mapping, operations, UNIT_SHIFT, blockShift);
  }

  /**
   * Takes the device for one file system ({@code bd_prepare_to_claim}).
   *
   * @throws ErrnoException EBUSY when somebody else has it
   */
  public synchronized void claim(String newHolder) throws ErrnoException {
    if (holder != null) {
      throw new ErrnoException(Errno.EBUSY, "device " + device.name() + " is in use by " + holder);
    }
    holder = newHolder;
  }

  /** Takes the device unless somebody has it; false if so. */
  synchronized boolean tryClaim(String newHolder) {
    if (holder != null) {
      return false;
    }
    holder = newHolder;
    return true;
  }

  public synchronized void unclaim() {
    holder = null;
  }

  private final class Identity implements BlockMappedFile {
    @Override
    public int blockShift() {
      return UNIT_SHIFT;
    }

    @Override
    public long size() {
      return io.size();
    }

    @Override
    public Extent map(long block, long maximum) {
      return Extent.mapped(block, Math.max(1, Math.min(maximum, device.sectors() - block)));
    }

    @Override
    public Extent allocate(long block, long maximum) throws ErrnoException {
      if (block >= device.sectors()) {
        throw new ErrnoException(
            Errno.ENOSPC, "device " + device.name() + " ends at sector " + device.sectors());
      }
      return map(block, maximum);
    }

    @Override
    public void grown(long newSize) {
      throw new IllegalStateException("a device does not grow: " + device.name());
    }

    @Override
    public void dirtied() {
      markDirty(DIRTY_PAGES);
    }

    @Override
    public void writebackFailed(Errno error) {
      superBlock().errors().set(error);
    }
  }
}
