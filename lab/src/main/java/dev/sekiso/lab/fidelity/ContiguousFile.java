package dev.sekiso.lab.fidelity;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.driver.Media;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Gives an empty file of an unmounted ext2 all its blocks in one run, as the recordings' file is
 * one extent. No sequence of writes does that on ext2, which puts the blocks of its map between
 * those of the data: here they come before them, and what is appended later follows the data.
 *
 * <p>Blocks are of 4 KiB and the file lies within one block group. The data is what the device
 * holds, zeroes on a fresh one. Fields are those of {@code fs/ext2/ext2.h}, little endian.
 */
final class ContiguousFile {

  private static final int BLOCK = 4096;
  private static final int DIRECT = 12;
  private static final int POINTERS = BLOCK / 4;
  private static final int SECTORS_PER_BLOCK = BLOCK >> Bio.SECTOR_SHIFT;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int SUPER_BLOCK = 1024;
  private static final int BLOCKS_COUNT = SUPER_BLOCK + 4;
  private static final int FREE_BLOCKS = SUPER_BLOCK + 12;
  private static final int BLOCKS_PER_GROUP = SUPER_BLOCK + 32;
  private static final int INODES_PER_GROUP = SUPER_BLOCK + 40;
  private static final int INODE_SIZE = SUPER_BLOCK + 88;

  private static final int DESCRIPTOR_BYTES = 32;
  private static final int BLOCK_BITMAP = 0;
  private static final int INODE_TABLE = 8;
  private static final int GROUP_FREE_BLOCKS = 12;

  private static final int SIZE_LOW = 4;
  private static final int SECTORS = 28;
  private static final int MAP = 40;
  private static final int SIZE_HIGH = 108;

  private final Media media;
  private final Arena arena;
  private final MemorySegment superBlock;
  private final MemorySegment descriptors;

  private ContiguousFile(Media media, Arena arena) {
    this.media = media;
    this.arena = arena;
    this.superBlock = read(0);
    this.descriptors = read(1);
  }

  /**
   * Gives a file its blocks.
   *
   * @param inode number of the file, which is empty
   * @param bytes its size afterwards
   * @throws IllegalArgumentException when no block group has so much room in one piece
   */
  static void fill(Media media, long inode, long bytes) {
    if (bytes == 0) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      new ContiguousFile(media, arena).fill(inode, bytes);
    }
  }

  private void fill(long inode, long bytes) {
    int data = Math.toIntExact((bytes + BLOCK - 1) / BLOCK);
    int mapBlocks = mapBlocks(data);
    int first = allocate(data + mapBlocks);
    Map map = new Map(first, first + mapBlocks, data);
    int inodes = superBlock.get(INT, INODES_PER_GROUP);
    int group = (int) ((inode - 1) / inodes);
    long offset = (inode - 1) % inodes * Short.toUnsignedInt(superBlock.get(SHORT, INODE_SIZE));
    long table = descriptors.get(INT, (long) group * DESCRIPTOR_BYTES + INODE_TABLE);
    long tableBlock = table + offset / BLOCK;
    MemorySegment block = read(tableBlock);
    MemorySegment raw = block.asSlice(offset % BLOCK);
    map.write(raw);
    raw.set(INT, SIZE_LOW, (int) bytes);
    raw.set(INT, SIZE_HIGH, (int) (bytes >>> 32));
    raw.set(INT, SECTORS, (data + mapBlocks) * SECTORS_PER_BLOCK);
    write(tableBlock, block);
    write(0, superBlock);
    write(1, descriptors);
  }

  private static int mapBlocks(int data) {
    if (data <= DIRECT) {
      return 0;
    }
    int behind = data - DIRECT - POINTERS;
    return behind <= 0 ? 1 : 2 + (behind + POINTERS - 1) / POINTERS;
  }

  /** Marks the first run of free blocks that is long enough as used. */
  private int allocate(int count) {
    int blocks = superBlock.get(INT, BLOCKS_COUNT);
    int perGroup = superBlock.get(INT, BLOCKS_PER_GROUP);
    for (int group = 0; group * perGroup < blocks; group++) {
      long descriptor = (long) group * DESCRIPTOR_BYTES;
      long bitmapBlock = descriptors.get(INT, descriptor + BLOCK_BITMAP);
      MemorySegment bitmap = read(bitmapBlock);
      int start = freeRun(bitmap, Math.min(perGroup, blocks - group * perGroup), count);
      if (start >= 0) {
        for (int i = start; i < start + count; i++) {
          byte old = bitmap.get(ValueLayout.JAVA_BYTE, i >> 3);
          bitmap.set(ValueLayout.JAVA_BYTE, i >> 3, (byte) (old | 1 << (i & 7)));
        }
        write(bitmapBlock, bitmap);
        int free = Short.toUnsignedInt(descriptors.get(SHORT, descriptor + GROUP_FREE_BLOCKS));
        descriptors.set(SHORT, descriptor + GROUP_FREE_BLOCKS, (short) (free - count));
        superBlock.set(INT, FREE_BLOCKS, superBlock.get(INT, FREE_BLOCKS) - count);
        return group * perGroup + start;
      }
    }
    throw new IllegalArgumentException(
        "no block group has %d free blocks in a row for a file".formatted(count));
  }

  private static int freeRun(MemorySegment bitmap, int bits, int count) {
    int start = 0;
    for (int i = 0; i < bits; i++) {
      if ((bitmap.get(ValueLayout.JAVA_BYTE, i >> 3) >> (i & 7) & 1) != 0) {
        start = i + 1;
      } else if (i + 1 - start == count) {
        return start;
      }
    }
    return -1;
  }

  private MemorySegment read(long block) {
    MemorySegment memory = arena.allocate(BLOCK);
    media.read(block * SECTORS_PER_BLOCK, memory);
    return memory;
  }

  private void write(long block, MemorySegment memory) {
    media.write(block * SECTORS_PER_BLOCK, memory);
  }

  /** The tree of a file whose data lies in one run, with its own blocks in another. */
  private final class Map {
    private int nextMapBlock;
    private int nextData;
    private int left;

    Map(int firstMapBlock, int firstData, int count) {
      this.nextMapBlock = firstMapBlock;
      this.nextData = firstData;
      this.left = count;
    }

    void write(MemorySegment inode) {
      for (int i = 0; i < DIRECT && left > 0; i++) {
        inode.setAtIndex(INT, MAP / 4 + i, takeData());
      }
      if (left > 0) {
        inode.setAtIndex(INT, MAP / 4 + DIRECT, leaf());
      }
      if (left > 0) {
        int top = nextMapBlock++;
        MemorySegment pointers = arena.allocate(BLOCK);
        for (int i = 0; left > 0; i++) {
          if (i == POINTERS) {
            throw new IllegalArgumentException("the file needs a third level of its block map");
          }
          pointers.setAtIndex(INT, i, leaf());
        }
        ContiguousFile.this.write(top, pointers);
        inode.setAtIndex(INT, MAP / 4 + DIRECT + 1, top);
      }
    }

    private int leaf() {
      int block = nextMapBlock++;
      MemorySegment pointers = arena.allocate(BLOCK);
      for (int i = 0; i < POINTERS && left > 0; i++) {
        pointers.setAtIndex(INT, i, takeData());
      }
      ContiguousFile.this.write(block, pointers);
      return block;
    }

    private int takeData() {
      left--;
      return nextData++;
    }
  }
}
