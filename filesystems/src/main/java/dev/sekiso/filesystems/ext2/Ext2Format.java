package dev.sekiso.filesystems.ext2;

import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * How a new ext2 file system is to be, and its maker ({@code mke2fs}).
 *
 * <p>Revision 1 with {@code filetype}, {@code large_file}, {@code ext_attr} and, if wished, {@code
 * sparse_super}; a root directory and {@code lost+found}. Zero stands for "as fits the size".
 *
 * @param size bytes of the device to use; 0 for all
 * @param blockSize 1024, 2048 or 4096 bytes; 0 for 1024 below 512 MiB and 4096 from there
 * @param inodeSize 128 or more bytes, a power of two up to the block size; 0 for 256
 * @param bytesPerInode one inode for so many bytes, 1024 to 64 MiB; 0 for 4096 below 512 MiB and
 *     16384 from there, but at least 16 times the inode's size
 * @param inodes number of inodes, rounded up to fill the tables; 0 to follow {@code bytesPerInode}
 * @param label volume name, at most 16 bytes of UTF-8
 * @param uuid identity; null for a random one
 * @param reservedPercent share of the blocks that only the super user may take, 0 to 50
 * @param backups where copies of the super block go
 * @param tables what the device is known to hold where the inode tables will be
 */
public record Ext2Format(
    long size,
    int blockSize,
    int inodeSize,
    long bytesPerInode,
    long inodes,
    String label,
    UUID uuid,
    int reservedPercent,
    Backups backups,
    Tables tables) {

  /** Where copies of the super block and the descriptors go. */
  public enum Backups {
    /** Into groups 0 and 1 and the powers of 3, 5 and 7 ({@code sparse_super}). */
    SPARSE,
    /** Into every group. */
    EVERY_GROUP
  }

  /** What the device holds where the inode tables will be. */
  public enum Tables {
    /** Anything: they are zeroed. */
    UNKNOWN,
    /** Zeroes: the device is fresh, they are left as they are. */
    ZEROED
  }

  /** Everything as fits the size; 5 % reserved, sparse backups, inode tables zeroed. */
  public static final Ext2Format DEFAULT =
      new Ext2Format(0, 0, 0, 0, 0, "", null, 5, Backups.SPARSE, Tables.UNKNOWN);

  private static final int LABEL_BYTES = 16;

  /** Unless asked otherwise, inode tables take at most this part of the space: one sixteenth. */
  private static final int LEAST_DATA_PER_INODE = 16;

  private static final long MINIMUM_RATIO = 1024;
  private static final long MAXIMUM_RATIO = 64L << 20;

  /**
   * @throws IllegalArgumentException when a value is out of its range
   */
  public Ext2Format {
    require(size >= 0, "size must not be negative, is " + size);
    require(
        blockSize == 0 || blockSize == 1024 || blockSize == 2048 || blockSize == 4096,
        "block size must be 1024, 2048 or 4096 bytes, is " + blockSize);
    require(
        inodeSize == 0
            || (inodeSize >= Geometry.OLD_INODE_SIZE
                && inodeSize <= 4096
                && Integer.bitCount(inodeSize) == 1),
        "inode size must be a power of two from 128 to 4096 bytes, is " + inodeSize);
    require(
        bytesPerInode == 0 || (bytesPerInode >= MINIMUM_RATIO && bytesPerInode <= MAXIMUM_RATIO),
        "bytes per inode must be from 1024 to 67108864, is " + bytesPerInode);
    require(
        inodes >= 0 && inodes <= 0xFFFF_FFFFL,
        "number of inodes must be from 0 to 4294967295, is " + inodes);
    require(
        label.getBytes(StandardCharsets.UTF_8).length <= LABEL_BYTES,
        "label must have at most 16 bytes, '" + label + "' has more");
    require(
        reservedPercent >= 0 && reservedPercent <= 50,
        "reserved share must be from 0 to 50 percent, is " + reservedPercent);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }

  public Ext2Format withSize(long bytes) {
    return new Ext2Format(
        bytes,
        blockSize,
        inodeSize,
        bytesPerInode,
        inodes,
        label,
        uuid,
        reservedPercent,
        backups,
        tables);
  }

  public Ext2Format withBlockSize(int bytes) {
    return new Ext2Format(
        size,
        bytes,
        inodeSize,
        bytesPerInode,
        inodes,
        label,
        uuid,
        reservedPercent,
        backups,
        tables);
  }

  public Ext2Format withInodeSize(int bytes) {
    return new Ext2Format(
        size,
        blockSize,
        bytes,
        bytesPerInode,
        inodes,
        label,
        uuid,
        reservedPercent,
        backups,
        tables);
  }

  public Ext2Format withBytesPerInode(long bytes) {
    return new Ext2Format(
        size, blockSize, inodeSize, bytes, inodes, label, uuid, reservedPercent, backups, tables);
  }

  public Ext2Format withInodes(long count) {
    return new Ext2Format(
        size,
        blockSize,
        inodeSize,
        bytesPerInode,
        count,
        label,
        uuid,
        reservedPercent,
        backups,
        tables);
  }

  public Ext2Format withLabel(String value) {
    return new Ext2Format(
        size,
        blockSize,
        inodeSize,
        bytesPerInode,
        inodes,
        value,
        uuid,
        reservedPercent,
        backups,
        tables);
  }

  public Ext2Format withUuid(UUID value) {
    return new Ext2Format(
        size,
        blockSize,
        inodeSize,
        bytesPerInode,
        inodes,
        label,
        value,
        reservedPercent,
        backups,
        tables);
  }

  public Ext2Format withReservedPercent(int percent) {
    return new Ext2Format(
        size, blockSize, inodeSize, bytesPerInode, inodes, label, uuid, percent, backups, tables);
  }

  public Ext2Format withBackups(Backups value) {
    return new Ext2Format(
        size,
        blockSize,
        inodeSize,
        bytesPerInode,
        inodes,
        label,
        uuid,
        reservedPercent,
        value,
        tables);
  }

  public Ext2Format withTables(Tables value) {
    return new Ext2Format(
        size,
        blockSize,
        inodeSize,
        bytesPerInode,
        inodes,
        label,
        uuid,
        reservedPercent,
        backups,
        value);
  }

  /**
   * Makes the file system and waits until it is durable. Nobody may have the device mounted.
   *
   * @throws ErrnoException EINVAL when it does not fit the device, naming what to change; EIO
   */
  public void write(Machine machine, BlockDevice device) throws ErrnoException {
    new Formatter(this, machine, device).write();
  }

  /** The layout for a device of so many bytes. */
  Geometry geometry(long deviceBytes, int logicalBlockSize) throws ErrnoException {
    long bytes = size == 0 ? deviceBytes : size;
    if (bytes > deviceBytes) {
      throw tooSmall("the device has " + deviceBytes + " bytes, " + bytes + " are asked for");
    }
    boolean small = bytes < 512L << 20;
    int block = blockSize != 0 ? blockSize : small ? 1024 : 4096;
    if (blockSize == 0) {
      block = Math.max(block, Math.min(4096, logicalBlockSize));
    }
    if (block < logicalBlockSize) {
      throw tooSmall(
          "the device transfers at least %d bytes; choose blocks of that size"
              .formatted(logicalBlockSize));
    }
    int inodeBytes = inodeSize != 0 ? inodeSize : 256;
    if (inodeBytes > block) {
      throw tooSmall(
          "an inode of %d bytes does not fit a block of %d".formatted(inodeBytes, block));
    }
    long blocks = bytes / block;
    if (blocks > 0xFFFF_FFFFL) {
      throw tooSmall(
          "%d blocks are more than ext2 can number; use larger blocks or a smaller size"
              .formatted(blocks));
    }
    long ratio = bytesPerInode != 0 ? bytesPerInode : small ? 4096 : 16384;
    if (bytesPerInode == 0) {
      ratio = Math.max(ratio, (long) inodeBytes * LEAST_DATA_PER_INODE);
    }
    long wanted = inodes != 0 ? inodes : Math.max(16, bytes / ratio);
    return fit(block, blocks, inodeBytes, wanted);
  }

  private Geometry fit(int block, long allBlocks, int inodeBytes, long wanted)
      throws ErrnoException {
    long first = block == 1024 ? 1 : 0;
    long perGroup = 8L * block;
    long blocks = allBlocks;
    while (true) {
      long groups = (blocks - first + perGroup - 1) / perGroup;
      if (groups < 1) {
        throw tooSmall("there is no room for a single group; take at least 64 KiB");
      }
      int perBlock = block / inodeBytes;
      long inodesPerGroup = (Math.max(wanted, 16) + groups - 1) / groups;
      long granule = Math.max(8, perBlock);
      inodesPerGroup = (inodesPerGroup + granule - 1) / granule * granule;
      if (inodesPerGroup > perGroup) {
        throw tooSmall(
            "%d inodes are more than %d groups can hold; ask for fewer".formatted(wanted, groups));
      }
      Geometry geometry =
          new Geometry(
              Integer.numberOfTrailingZeros(block),
              blocks,
              first,
              perGroup,
              (int) inodesPerGroup,
              inodeBytes,
              Geometry.OLD_FIRST_INODE,
              (int) groups,
              Features.COMPAT_EXT_ATTR,
              Features.INCOMPAT_FILETYPE,
              Features.RO_COMPAT_LARGE_FILE
                  | (backups == Backups.SPARSE ? Features.RO_COMPAT_SPARSE_SUPER : 0),
              0);
      int last = geometry.groups() - 1;
      int spare = geometry.blocksIn(last) - overhead(geometry, last);
      if (last == 0) {
        if (spare < Formatter.firstDirectoryBlocks(block)) {
          throw tooSmall(
              "%d blocks of %d bytes leave no room for files; take more space or fewer inodes"
                  .formatted(blocks, block));
        }
        return geometry;
      }
      if (geometry.blocksIn(0) - overhead(geometry, 0) < Formatter.firstDirectoryBlocks(block)) {
        throw tooSmall("the inode tables leave no room for files; ask for fewer inodes");
      }
      if (spare >= SPARE_BLOCKS) {
        return geometry;
      }
      blocks = geometry.firstBlock(last);
    }
  }

  /** A last group with fewer blocks for data than this is left out, as mke2fs does. */
  private static final int SPARE_BLOCKS = 50;

  /** Blocks of a group that hold its own structures. */
  static int overhead(Geometry geometry, int group) {
    int copies = geometry.hasSuperBlock(group) ? 1 + geometry.descriptorBlocks() : 0;
    return copies + 2 + geometry.inodeTableBlocks();
  }

  private static ErrnoException tooSmall(String why) {
    return new ErrnoException(Errno.EINVAL, "no ext2 can be made: " + why);
  }
}
