package dev.sekiso.filesystems.ext2;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;

/**
 * What a file system's size and layout follow from: the constant part of a super block, checked.
 *
 * <p>The device is cut into blocks, the blocks from {@code firstDataBlock} on into groups of {@code
 * blocksPerGroup}, the last of which may be shorter. Every group has a block bitmap and an inode
 * bitmap of one block each and a run of inode-table blocks, wherever its descriptor says. Groups
 * {@linkplain #hasSuperBlock chosen by number} begin with a copy of the super block and of the
 * descriptors.
 *
 * @param blockShift log2 of the block size in bytes, 10 to 12
 * @param blocks blocks of the file system, those before {@code firstDataBlock} included
 * @param firstDataBlock block that holds the super block: 1 for blocks of 1 KiB, else 0
 * @param blocksPerGroup at most 8 × block size
 * @param inodesPerGroup at most 8 × block size
 * @param inodeSize bytes, a power of two from 128 to the block size
 * @param firstInode number of the first inode that is not reserved
 * @param groups number of groups
 * @param compatible feature word
 * @param incompatible feature word
 * @param readOnlyCompatible feature word
 * @param firstMetaGroup with {@code meta_bg}: first descriptor block in the other layout
 */
record Geometry(
    int blockShift,
    long blocks,
    long firstDataBlock,
    long blocksPerGroup,
    int inodesPerGroup,
    int inodeSize,
    long firstInode,
    int groups,
    int compatible,
    int incompatible,
    int readOnlyCompatible,
    long firstMetaGroup) {

  static final int DESCRIPTOR_SIZE = 32;
  static final long ROOT_INODE = 2;
  static final int OLD_INODE_SIZE = 128;
  static final int OLD_FIRST_INODE = 11;

  /**
   * Group descriptors kept in memory while mounted are bounded: 32 MiB, 128 TiB of 4 KiB blocks.
   */
  private static final long MAXIMUM_GROUPS = 1 << 20;

  /**
   * Reads and checks.
   *
   * @param device name for messages
   * @param deviceBytes size of the device
   * @throws ErrnoException EINVAL when it is no ext2 or one with unknown features; EUCLEAN when a
   *     field cannot be right
   */
  static Geometry of(RawSuperBlock raw, String device, long deviceBytes) throws ErrnoException {
    if (raw.magic() != RawSuperBlock.MAGIC) {
      throw new ErrnoException(
          Errno.EINVAL,
          "%s holds no ext2 file system: magic number 0x%04x instead of 0x%04x at byte 1080"
              .formatted(device, raw.magic(), RawSuperBlock.MAGIC));
    }
    boolean dynamic = raw.revision() != RawSuperBlock.REVISION_STATIC;
    int incompatible = dynamic ? raw.incompatible() : 0;
    if (!Features.unknownIncompatible(incompatible).isEmpty()) {
      throw new ErrnoException(
          Errno.EINVAL,
          "%s needs features ext2 does not have: %s"
              .formatted(device, Features.unknownIncompatible(incompatible)));
    }
    Checks check = new Checks(device);
    check.range("log_block_size", raw.logBlockSize(), 0, 2);
    int blockShift = 10 + (int) raw.logBlockSize();
    int blockSize = 1 << blockShift;
    check.range("log_frag_size", raw.logFragmentSize(), raw.logBlockSize(), raw.logBlockSize());
    int inodeSize = dynamic ? raw.inodeSize() : OLD_INODE_SIZE;
    check.range("inode_size", inodeSize, OLD_INODE_SIZE, blockSize);
    check.that("inode_size", inodeSize, Integer.bitCount(inodeSize) == 1, "a power of two");
    long firstInode = dynamic ? raw.firstInode() : OLD_FIRST_INODE;
    check.range("first_ino", firstInode, OLD_FIRST_INODE, raw.inodesCount());
    long firstData = raw.firstDataBlock();
    check.range("first_data_block", firstData, blockShift == 10 ? 1 : 0, blockShift == 10 ? 1 : 0);
    check.range("blocks_per_group", raw.blocksPerGroup(), 8, 8L * blockSize);
    check.range("inodes_per_group", raw.inodesPerGroup(), 1, 8L * blockSize);
    long inodesPerBlock = blockSize / inodeSize;
    long tableBlocks = (raw.inodesPerGroup() + inodesPerBlock - 1) / inodesPerBlock;
    check.range("inodes_per_group", tableBlocks + 3, 4, raw.blocksPerGroup());
    check.range("blocks_count", raw.blocksCount(), firstData + 1, deviceBytes >> blockShift);
    long groups = (raw.blocksCount() - firstData + raw.blocksPerGroup() - 1) / raw.blocksPerGroup();
    check.range("blocks_count, in groups,", groups, 1, MAXIMUM_GROUPS);
    check.range(
        "inodes_count",
        raw.inodesCount(),
        groups * raw.inodesPerGroup(),
        groups * raw.inodesPerGroup());
    return new Geometry(
        blockShift,
        raw.blocksCount(),
        firstData,
        raw.blocksPerGroup(),
        (int) raw.inodesPerGroup(),
        inodeSize,
        firstInode,
        (int) groups,
        dynamic ? raw.compatible() : 0,
        incompatible,
        dynamic ? raw.readOnlyCompatible() : 0,
        raw.firstMetaGroup());
  }

  private record Checks(String device) {
    void range(String field, long value, long minimum, long maximum) throws ErrnoException {
      that(
          field,
          value,
          value >= minimum && value <= maximum,
          minimum == maximum ? "" + minimum : "from " + minimum + " to " + maximum);
    }

    void that(String field, long value, boolean holds, String expected) throws ErrnoException {
      if (!holds) {
        throw new ErrnoException(
            Errno.EUCLEAN,
            "super block of %s: %s is %d, must be %s; run e2fsck, maybe with a backup (-b)"
                .formatted(device, field, value, expected));
      }
    }
  }

  int blockSize() {
    return 1 << blockShift;
  }

  long inodes() {
    return (long) groups * inodesPerGroup;
  }

  /** Block pointers in an indirect block. */
  int pointersPerBlock() {
    return 1 << (blockShift - 2);
  }

  int inodesPerBlock() {
    return blockSize() / inodeSize;
  }

  /** Blocks of a group's inode table. */
  int inodeTableBlocks() {
    return (inodesPerGroup + inodesPerBlock() - 1) / inodesPerBlock();
  }

  int descriptorsPerBlock() {
    return blockSize() / DESCRIPTOR_SIZE;
  }

  /** Blocks all descriptors take. */
  int descriptorBlocks() {
    return (groups + descriptorsPerBlock() - 1) / descriptorsPerBlock();
  }

  long firstBlock(int group) {
    return firstDataBlock + group * blocksPerGroup;
  }

  /** Blocks in a group; the last one may have fewer than the others. */
  int blocksIn(int group) {
    return (int) Math.min(blocksPerGroup, blocks - firstBlock(group));
  }

  int groupOfBlock(long block) {
    return (int) ((block - firstDataBlock) / blocksPerGroup);
  }

  int indexInGroup(long block) {
    return (int) ((block - firstDataBlock) % blocksPerGroup);
  }

  int groupOfInode(long inode) {
    return (int) ((inode - 1) / inodesPerGroup);
  }

  int inodeIndexInGroup(long inode) {
    return (int) ((inode - 1) % inodesPerGroup);
  }

  /** Whether a number is that of a block behind the super block and inside the file system. */
  boolean isDataBlock(long block) {
    return block > firstDataBlock && block < blocks;
  }

  boolean has(int incompatibleFeature) {
    return (incompatible & incompatibleFeature) != 0;
  }

  boolean isLargeFile() {
    return (readOnlyCompatible & Features.RO_COMPAT_LARGE_FILE) != 0;
  }

  boolean isSparseSuper() {
    return (readOnlyCompatible & Features.RO_COMPAT_SPARSE_SUPER) != 0;
  }

  /** Whether a group begins with a copy of the super block. */
  boolean hasSuperBlock(int group) {
    return !isSparseSuper()
        || group <= 1
        || isPower(group, 3)
        || isPower(group, 5)
        || isPower(group, 7);
  }

  private static boolean isPower(int value, int base) {
    long power = base;
    while (power < value) {
      power *= base;
    }
    return power == value;
  }

  /**
   * The block that holds a block of the descriptor table.
   *
   * @param superBlock the block that holds the super block in use, which the table follows
   */
  long descriptorBlock(long superBlock, int index) {
    if (!has(Features.INCOMPAT_META_BG) || index < firstMetaGroup) {
      return superBlock + 1 + index;
    }
    int group = index * descriptorsPerBlock();
    return firstBlock(group) + (hasSuperBlock(group) ? 1 : 0);
  }

  /**
   * The largest file in bytes: what the block pointers reach and what the count of 512-byte units,
   * 32 bits wide, can express with all indirect blocks included ({@code ext2_max_size}).
   */
  long maximumFileSize() {
    long pointers = pointersPerBlock();
    long units = 0xFFFF_FFFFL >> (blockShift - 9);
    long reach = 12 + pointers + pointers * pointers + pointers * pointers * pointers;
    long byTree = reach << blockShift;
    long metadata = metadataBlocks(units);
    long byUnits = (units - metadata) << blockShift;
    return Math.min(Math.min(byTree, byUnits), Long.MAX_VALUE >> 1);
  }

  /** Upper bound of the indirect blocks among so many blocks of one file. */
  private long metadataBlocks(long blocksInAll) {
    long pointers = pointersPerBlock();
    long rest = blocksInAll - 12 - 1 - pointers;
    long meta = 1;
    if (rest <= 0) {
      return meta;
    }
    meta += 1 + Math.min(pointers, (rest + pointers - 1) / pointers);
    rest -= pointers * pointers;
    if (rest <= 0) {
      return meta;
    }
    long leaves = (rest + pointers - 1) / pointers;
    return meta + 1 + leaves + (leaves + pointers - 1) / pointers;
  }
}
