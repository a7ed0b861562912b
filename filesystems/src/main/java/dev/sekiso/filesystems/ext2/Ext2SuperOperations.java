package dev.sekiso.filesystems.ext2;

import dev.sekiso.filesystems.bdev.BlockDeviceFileSystem;
import dev.sekiso.filesystems.bdev.BlockDeviceInode;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.WritebackControl;
import dev.sekiso.vfs.FileSystemStatus;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.MountFlag;
import dev.sekiso.vfs.MountRequest;
import dev.sekiso.vfs.SuperBlock;
import dev.sekiso.vfs.SuperBlockOperations;
import java.util.List;

/** A mounted ext2 as the VFS calls it ({@code fs/ext2/super.c}). */
final class Ext2SuperOperations implements SuperBlockOperations {

  private static final long MAGIC = RawSuperBlock.MAGIC;

  private final BlockDeviceFileSystem devices;
  private final BlockDeviceInode device;
  private Volume volume;
  private Ext2Inodes inodes;

  Ext2SuperOperations(BlockDeviceFileSystem devices, BlockDeviceInode device) {
    this.devices = devices;
    this.device = device;
  }

  void begin(Volume mounted, Ext2Inodes itsInodes) {
    volume = mounted;
    inodes = itsInodes;
  }

  Volume volume() {
    return volume;
  }

  BlockDeviceInode device() {
    return device;
  }

  @Override
  public void writeInode(Inode inode, SyncMode mode) throws ErrnoException {
    Ext2Inode ext2 = (Ext2Inode) inode;
    if (mode == SyncMode.WAIT) {
      ext2.associated().write(volume.buffers());
      inodes.table().write(ext2);
    } else {
      inodes.table().store(ext2);
    }
  }

  @Override
  public void evictInode(Inode inode) {
    inodes.evict((Ext2Inode) inode);
  }

  /**
   * Brings the super block up to date and writes the device's own pages, where all metadata is
   * ({@code ext2_sync_fs}, {@code sync_blockdev}). Waiting, it also flushes the device and so makes
   * freed blocks and inode numbers usable again.
   */
  @Override
  public void sync(SyncMode mode) throws ErrnoException {
    if (volume.superBlock().isReadOnly()) {
      return;
    }
    volume.updateSuperBlock();
    if (mode == SyncMode.WAIT) {
      volume.pendingNumbers().settle(inodes.table());
    } else {
      device.addressSpace().writePages(WritebackControl.start(0, Long.MAX_VALUE));
    }
  }

  @Override
  public boolean supportsFreeze() {
    return true;
  }

  @Override
  public void freeze() throws ErrnoException {
    volume.pendingNumbers().settle(inodes.table());
    volume.freeze();
  }

  @Override
  public void thaw() {
    volume.thaw();
  }

  @Override
  public FileSystemStatus status() {
    Geometry geometry = volume.geometry();
    long free = volume.freeBlocks().get();
    boolean all = volume.options().counting() == MountOptions.Counting.ALL;
    return new FileSystemStatus(
        MAGIC,
        geometry.blockSize(),
        geometry.blocks() - (all ? 0 : overhead(geometry)),
        free,
        Math.max(0, free - volume.reservedBlocks()),
        geometry.inodes(),
        volume.freeInodes().get(),
        255);
  }

  /** Blocks that hold the file system's own structures. */
  private static long overhead(Geometry geometry) {
    long perGroup = 2L + geometry.inodeTableBlocks();
    long blocks = geometry.firstDataBlock() + geometry.groups() * perGroup;
    for (int group = 0; group < geometry.groups(); group++) {
      if (geometry.hasSuperBlock(group)) {
        blocks += 1L + geometry.descriptorBlocks();
      }
    }
    return blocks;
  }

  @Override
  public void remount(MountRequest request) throws ErrnoException {
    MountOptions options = volume.options().with(request.options());
    boolean toReadOnly = request.flags().contains(MountFlag.READ_ONLY);
    SuperBlock superBlock = volume.superBlock();
    if (toReadOnly && volume.isBegun()) {
      volume.end();
    } else if (!toReadOnly && !volume.isBegun()) {
      requireWritable(volume.geometry(), superBlock.id(), Errno.EROFS);
      requireKnownRevision(volume.raw(), superBlock.id());
      volume.begin();
    }
    volume.setOptions(options);
  }

  /**
   * @param errno what it means: Linux calls it EINVAL for a mount, EROFS for a remount
   * @throws ErrnoException when the file system has features that forbid changing it
   */
  static void requireWritable(Geometry geometry, String name, Errno errno) throws ErrnoException {
    List<String> unknown = Features.unknownReadOnlyCompatible(geometry.readOnlyCompatible());
    if (!unknown.isEmpty()) {
      throw new ErrnoException(
          errno,
          "%s has features with which ext2 may only read it: %s; mount it read-only"
              .formatted(name, unknown));
    }
  }

  private static void requireKnownRevision(RawSuperBlock raw, String name) throws ErrnoException {
    if (!raw.isRevisionKnown()) {
      throw new ErrnoException(
          Errno.EROFS,
          "%s is of revision %d, which ext2 may only read".formatted(name, raw.revision()));
    }
  }

  @Override
  public void release() throws ErrnoException {
    try {
      if (volume.isBegun()) {
        volume.end();
      }
    } finally {
      volume.close();
      device.unclaim();
      devices.close(device);
      SuperBlock superBlock = volume.superBlock();
      superBlock.services().writeback().detach(superBlock.backingDevice());
    }
  }
}
