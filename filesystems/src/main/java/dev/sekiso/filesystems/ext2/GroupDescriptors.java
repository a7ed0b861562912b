package dev.sekiso.filesystems.ext2;

import static dev.sekiso.filesystems.ext2.LittleEndian.put16;
import static dev.sekiso.filesystems.ext2.LittleEndian.u16;
import static dev.sekiso.filesystems.ext2.LittleEndian.u32;

import dev.sekiso.filesystems.block.Buffer;
import dev.sekiso.filesystems.block.BufferCache;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Where each group's bitmaps and inode table lie and how much of it is free: the descriptor blocks,
 * kept in memory while mounted. Counters are changed under the group's lock.
 */
final class GroupDescriptors implements AutoCloseable {

  private static final int BLOCK_BITMAP = 0;
  private static final int INODE_BITMAP = 4;
  private static final int INODE_TABLE = 8;
  private static final int FREE_BLOCKS = 12;
  private static final int FREE_INODES = 14;
  private static final int USED_DIRECTORIES = 16;

  private final Geometry geometry;
  private final Buffer[] blocks;
  private final int perBlock;

  private GroupDescriptors(Geometry geometry, Buffer[] blocks) {
    this.geometry = geometry;
    this.blocks = blocks;
    this.perBlock = geometry.descriptorsPerBlock();
  }

  /**
   * Reads all descriptors and checks that what they point at lies in its group.
   *
   * @param superBlock the block that holds the super block in use
   * @throws ErrnoException EIO, or EUCLEAN naming group and field
   */
  static GroupDescriptors read(
      Geometry geometry, BufferCache buffers, long superBlock, String device)
      throws ErrnoException {
    Buffer[] blocks = new Buffer[geometry.descriptorBlocks()];
    GroupDescriptors descriptors = new GroupDescriptors(geometry, blocks);
    boolean complete = false;
    try {
      for (int i = 0; i < blocks.length; i++) {
        blocks[i] = buffers.read(geometry.descriptorBlock(superBlock, i));
      }
      for (int group = 0; group < geometry.groups(); group++) {
        descriptors.check(group, device);
      }
      complete = true;
      return descriptors;
    } finally {
      if (!complete) {
        descriptors.close();
      }
    }
  }

  private void check(int group, String device) throws ErrnoException {
    long first = geometry.firstBlock(group);
    long last = first + geometry.blocksIn(group) - 1;
    checkRange(device, group, "block bitmap", blockBitmap(group), first, last);
    checkRange(device, group, "inode bitmap", inodeBitmap(group), first, last);
    checkRange(
        device,
        group,
        "inode table",
        inodeTable(group),
        first,
        last - geometry.inodeTableBlocks() + 1);
  }

  private static void checkRange(
      String device, int group, String what, long block, long first, long last)
      throws ErrnoException {
    if (block < first || block > last) {
      throw new ErrnoException(
          Errno.EUCLEAN,
          "%s: descriptor of group %d has its %s at block %d, outside %d to %d; run e2fsck"
              .formatted(device, group, what, block, first, last));
    }
  }

  List<Buffer> blocks() {
    return List.of(blocks);
  }

  private MemorySegment memory(int group) {
    return blocks[group / perBlock].data();
  }

  private long offset(int group, int field) {
    return (long) (group % perBlock) * Geometry.DESCRIPTOR_SIZE + field;
  }

  long blockBitmap(int group) {
    return u32(memory(group), offset(group, BLOCK_BITMAP));
  }

  long inodeBitmap(int group) {
    return u32(memory(group), offset(group, INODE_BITMAP));
  }

  long inodeTable(int group) {
    return u32(memory(group), offset(group, INODE_TABLE));
  }

  int freeBlocks(int group) {
    return u16(memory(group), offset(group, FREE_BLOCKS));
  }

  int freeInodes(int group) {
    return u16(memory(group), offset(group, FREE_INODES));
  }

  int directories(int group) {
    return u16(memory(group), offset(group, USED_DIRECTORIES));
  }

  void changeFreeBlocks(int group, int by) {
    change(group, FREE_BLOCKS, by);
  }

  void changeFreeInodes(int group, int by) {
    change(group, FREE_INODES, by);
  }

  void changeDirectories(int group, int by) {
    change(group, USED_DIRECTORIES, by);
  }

  /** A corrupt counter stays within its range rather than wrapping around. */
  private void change(int group, int field, int by) {
    int value = u16(memory(group), offset(group, field)) + by;
    put16(memory(group), offset(group, field), Math.max(0, Math.min(0xFFFF, value)));
  }

  void markDirty(int group) {
    blocks[group / perBlock].markDirty();
  }

  /** Whether a block is one of a group's bitmaps or inode-table blocks. */
  boolean isSystemBlock(int group, long block) {
    long table = inodeTable(group);
    return block == blockBitmap(group)
        || block == inodeBitmap(group)
        || (block >= table && block < table + geometry.inodeTableBlocks());
  }

  @Override
  public void close() {
    for (Buffer block : blocks) {
      if (block != null) {
        block.close();
      }
    }
  }
}
