package dev.sekiso.filesystems.bdev;

import dev.sekiso.filesystems.block.PagedFileOperations;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
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

  @Override
  public void sync(OpenFile file, long firstByte, long lastByte, SyncScope scope)
      throws ErrnoException {
    BlockDeviceInode inode = device(file);
    inode.addressSpace().writeAndWait(firstByte, lastByte);
    inode.io().flush();
  }
}
