package dev.sekiso.filesystems.ext2;

import dev.sekiso.filesystems.bdev.BlockDeviceFileSystem;
import dev.sekiso.filesystems.bdev.BlockDeviceInode;
import dev.sekiso.filesystems.block.Buffer;
import dev.sekiso.filesystems.block.BufferCache;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.DirtyListener;
import dev.sekiso.vfs.BackingDevice;
import dev.sekiso.vfs.FileSystemType;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.MountFlag;
import dev.sekiso.vfs.MountRequest;
import dev.sekiso.vfs.SuperBlock;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The second extended file system, revisions 0 and 1, as made by {@code mke2fs -t ext2} or by
 * {@link Ext2Format}.
 *
 * <p>The source of a mount is the name of a block device. Options are those of Linux's {@code
 * ext2}: {@code errors=}, {@code resuid=}, {@code resgid=}, {@code sb=}, {@code grpid}, {@code
 * bsddf} and their opposites.
 *
 * <p>What else it does is what Linux does with an ext2 image today, by its ext4 driver: holes can
 * be punched into files, a file that grows gets zeroes behind its old end. Space is not reserved
 * ({@code fallocate} without a mode fails with EOPNOTSUPP). It can be frozen ({@code FIFREEZE}).
 */
public final class Ext2FileSystem implements FileSystemType {

  /** Earliest time: 32 bits of seconds, signed. */
  private static final long MINIMUM_SECONDS = Integer.MIN_VALUE;

  /** Latest time of a 128-byte inode. */
  private static final long MAXIMUM_SECONDS = Integer.MAX_VALUE;

  /** Latest time where two more bits of epoch are stored: in the year 2446. */
  private static final long MAXIMUM_SECONDS_EXTENDED = MAXIMUM_SECONDS + (3L << 32);

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final BlockDeviceFileSystem devices;

  /**
   * @param devices where the devices are that it is mounted from
   */
  public Ext2FileSystem(BlockDeviceFileSystem devices) {
    this.devices = devices;
  }

  @Override
  public String name() {
    return "ext2";
  }

  @Override
  public SuperBlock mount(MountRequest request) throws ErrnoException {
    BlockDeviceInode device = devices.open(request.source(), request.services());
    boolean claimed = false;
    boolean mounted = false;
    try {
      device.claim("ext2");
      claimed = true;
      SuperBlock superBlock = new Mounting(request, device).mount();
      mounted = true;
      return superBlock;
    } finally {
      if (!mounted) {
        if (claimed) {
          device.unclaim();
        }
        devices.close(device);
      }
    }
  }

  /** One mount in progress. */
  private final class Mounting {
    private final MountRequest request;
    private final BlockDeviceInode device;
    private final String name;
    private final boolean readOnly;

    Mounting(MountRequest request, BlockDeviceInode device) {
      this.request = request;
      this.device = device;
      this.name = request.source();
      this.readOnly = request.flags().contains(MountFlag.READ_ONLY);
    }

    SuperBlock mount() throws ErrnoException {
      long place = MountOptions.superBlockOf(request.options()) * RawSuperBlock.SIZE;
      Geometry geometry;
      MountOptions options;
      try (Arena arena = Arena.ofShared()) {
        RawSuperBlock raw = readSuperBlock(arena, place);
        geometry = Geometry.of(raw, name, device.io().size());
        options = MountOptions.defaults(raw).with(request.options());
      }
      int sector = device.device().limits().logicalBlockSize();
      if (geometry.blockSize() < sector) {
        throw new ErrnoException(
            Errno.EINVAL,
            "%s has blocks of %d bytes, its device transfers at least %d; make it anew"
                .formatted(name, geometry.blockSize(), sector));
      }
      if (!readOnly) {
        Ext2SuperOperations.requireWritable(geometry, name, Errno.EINVAL);
        if (device.device().readOnly()) {
          throw new ErrnoException(
              Errno.EACCES, "device " + name + " is write-protected; mount it read-only");
        }
      }
      return mount(geometry, options, place);
    }

    private RawSuperBlock readSuperBlock(Arena arena, long place) throws ErrnoException {
      if (place + RawSuperBlock.SIZE > device.io().size()) {
        throw new ErrnoException(
            Errno.EINVAL,
            "%s is too small for an ext2 super block at byte %d".formatted(name, place));
      }
      int granule = Math.max(RawSuperBlock.SIZE, device.device().limits().logicalBlockSize());
      long start = place & -granule;
      MemorySegment memory = arena.allocate(granule, 4096);
      device.io().read(start, memory, dev.sekiso.blockdev.Bio.METADATA);
      return new RawSuperBlock(memory.asSlice(place - start, RawSuperBlock.SIZE));
    }

    private SuperBlock mount(Geometry geometry, MountOptions options, long place)
        throws ErrnoException {
      BufferCache buffers = device.buffers(geometry.blockShift());
      BackingDevice backing = request.services().writeback().attach(name);
      Buffer superBuffer = null;
      GroupDescriptors descriptors = null;
      SuperBlock superBlock = null;
      try {
        superBuffer = buffers.read(place >> geometry.blockShift());
        descriptors = GroupDescriptors.read(geometry, buffers, superBuffer.block(), name);
        Ext2SuperOperations operations = new Ext2SuperOperations(devices, device);
        superBlock =
            new SuperBlock(
                Ext2FileSystem.this,
                name,
                request,
                operations,
                backing,
                geometry.blockSize(),
                geometry.maximumFileSize());
        setTimeRange(superBlock, geometry);
        long offset = place & (geometry.blockSize() - 1);
        RawSuperBlock raw =
            new RawSuperBlock(superBuffer.data().asSlice(offset, RawSuperBlock.SIZE));
        Volume volume =
            new Volume(superBlock, geometry, buffers, superBuffer, raw, descriptors, options);
        start(volume, operations, superBlock, backing);
        return superBlock;
      } catch (ErrnoException | RuntimeException e) {
        if (superBlock != null && superBlock.root() != null) {
          ((Ext2Inode) superBlock.root()).addressSpace().close();
          superBlock.root().put();
        }
        if (descriptors != null) {
          descriptors.close();
        }
        if (superBuffer != null) {
          superBuffer.close();
        }
        request.services().writeback().detach(backing);
        throw e;
      }
    }

    private void start(
        Volume volume, Ext2SuperOperations operations, SuperBlock superBlock, BackingDevice backing)
        throws ErrnoException {
      DirtyListener listener = backing instanceof DirtyListener dirty ? dirty : DirtyListener.NONE;
      Ext2Inodes inodes = new Ext2Inodes(volume, new Ext2Services(devices.pageCache(), listener));
      operations.begin(volume, inodes);
      Ext2Inode root = inodes.get(Geometry.ROOT_INODE);
      if (root.type() != FileType.DIRECTORY || root.size() == 0 || root.blocks() == 0) {
        root.put();
        throw volume.corrupt("the root (inode 2) is no directory");
      }
      superBlock.setRoot(root);
      if (!readOnly && volume.raw().isRevisionKnown()) {
        volume.begin();
      } else if (!readOnly) {
        superBlock.forceReadOnly();
      }
    }
  }

  private static void setTimeRange(SuperBlock superBlock, Geometry geometry) {
    boolean extended = geometry.inodeSize() >= Geometry.OLD_INODE_SIZE + RawInode.FULL_EXTRA_SIZE;
    superBlock.setTimeRange(
        extended ? 1 : NANOS_PER_SECOND,
        MINIMUM_SECONDS,
        extended ? MAXIMUM_SECONDS_EXTENDED : MAXIMUM_SECONDS);
  }
}
