package dev.sekiso.filesystems.bdev;

import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.filesystems.block.PagedFileOperations;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SleepingLock;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.vfs.OpenFile;
import java.lang.foreign.MemorySegment;

/**
 * What open block device files do ({@code block/fops.c}): read and write the device's own pages,
 * whatever file system the device file itself lies in.
 */
final class BlockDeviceFiles extends PagedFileOperations {

  private final BlockDeviceFileSystem devices;

  BlockDeviceFiles(BlockDeviceFileSystem devices) {
    this.devices = devices;
  }

  @Override
  public void open(OpenFile file) throws ErrnoException {
    BlockDeviceInode inode =
        devices.open(file.inode().specialDevice(), file.inode().superBlock().services());
    file.setAttachment(new Opened(inode, readaheadOf(inode.device())));
  }

  @Override
  public void release(OpenFile file) {
    if (file.attachment() instanceof Opened opened) {
      devices.close((BlockDeviceInode) opened.owner());
    }
  }

  private static BlockDeviceInode device(OpenFile file) {
    return (BlockDeviceInode) owner(file);
  }

  @Override
  public long end(OpenFile file) {
    return device(file).io().size();
  }

  @Override
  public int write(OpenFile file, long position, MemorySegment source, int flags)
      throws ErrnoException {
    long left = device(file).io().size() - position;
    if (source.byteSize() == 0) {
      return 0;
    }
    if (left <= 0) {
      throw new ErrnoException(
          Errno.ENOSPC,
          "device %s has %d bytes, a write at %d lies behind"
              .formatted(device(file).device().name(), device(file).io().size(), position));
    }
    MemorySegment fitting = source.asSlice(0, Math.min(left, source.byteSize()));
    return super.write(file, position, fitting, flags);
  }

  /**
   * {@code blk_ioctl_discard}. The device's lock keeps discards apart. Pages of the range go
   * before; what was read into clean pages meanwhile goes after, so that the cache does not keep
   * what the device has forgotten. A page that was written meanwhile stays: it is newer than the
   * discard.
   */
  @Override
  public void discard(OpenFile file, long offset, long length) throws ErrnoException {
    BlockDeviceInode inode = device(file);
    BlockDevice device = inode.device();
    if (!file.isWritable()) {
      throw new ErrnoException(Errno.EBADF, file + " is not open for writing");
    }
    if (!device.limits().discard()) {
      throw new ErrnoException(
          Errno.EOPNOTSUPP,
          "device %s has no discard; of the drivers, ram, nvme and sata have"
              .formatted(device.name()));
    }
    if (device.readOnly()) {
      throw new ErrnoException(Errno.EPERM, "device " + device.name() + " is read-only");
    }
    int block = device.limits().logicalBlockSize();
    long size = inode.io().size();
    if (length <= 0
        || ((offset | length) & (block - 1)) != 0
        || offset < 0
        || length > size
        || offset > size - length) {
      throw new ErrnoException(
          Errno.EINVAL,
          "%d bytes at %d are not whole blocks of %d bytes within the %d bytes of %s"
              .formatted(length, offset, block, size, device.name()));
    }
    long last = offset + length - 1;
    SleepingLock lock = inode.lock().writeLock();
    lock.lock();
    try {
      dropPages(inode, offset, last);
      inode.io().discard(offset, length);
      inode
          .addressSpace()
          .invalidateClean(offset >> PageCache.PAGE_SHIFT, last >> PageCache.PAGE_SHIFT);
    } finally {
      lock.unlock();
    }
  }

  /**
   * {@code truncate_bdev_range}: drops the pages, dirty or not, unless a file system holds the
   * device, whose buffers must not be taken away under it.
   */
  private static void dropPages(BlockDeviceInode inode, long first, long last)
      throws ErrnoException {
    if (inode.tryClaim("BLKDISCARD")) {
      try {
        inode.addressSpace().truncateRange(first, last);
      } finally {
        inode.unclaim();
      }
    } else {
      inode.addressSpace().invalidate(first >> PageCache.PAGE_SHIFT, last >> PageCache.PAGE_SHIFT);
    }
  }

  @Override
  public void sync(OpenFile file, long firstByte, long lastByte, SyncScope scope)
      throws ErrnoException {
    BlockDeviceInode inode = device(file);
    inode.addressSpace().writeAndWait(firstByte, lastByte);
    inode.io().flush();
  }
}
