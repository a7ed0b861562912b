package dev.sekiso.filesystems.ext2;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.filesystems.block.DeviceIo;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.vfs.Timestamp;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * Writes one new file system: the groups from the last to the first, then the super block, so that
 * what is half made is no file system.
 */
final class Formatter {

  /** Bytes written at once when tables are zeroed. */
  private static final int ZEROES = 1 << 20;

  private static final long LOST_AND_FOUND = 11;

  /** Size of lost+found: room for e2fsck to put names into without allocating. */
  private static final int LOST_AND_FOUND_BYTES = 16 << 10;

  private final Ext2Format format;
  private final Machine machine;
  private final DeviceIo io;
  private final Geometry geometry;
  private final int blockSize;
  private final long now;

  Formatter(Ext2Format format, Machine machine, BlockDevice device) throws ErrnoException {
    this.format = format;
    this.machine = machine;
    this.io = new DeviceIo(machine, device);
    this.geometry = format.geometry(io.size(), device.limits().logicalBlockSize());
    this.blockSize = geometry.blockSize();
    this.now = Math.floorDiv(machine.realTimeNanos(), 1_000_000_000L);
  }

  /** Blocks of the root directory and of lost+found. */
  static int firstDirectoryBlocks(int blockSize) {
    return 1 + lostAndFoundBlocks(blockSize);
  }

  private static int lostAndFoundBlocks(int blockSize) {
    return Math.min(BlockTree.DIRECT, LOST_AND_FOUND_BYTES / blockSize);
  }

  private int copies(int group) {
    return geometry.hasSuperBlock(group) ? 1 + geometry.descriptorBlocks() : 0;
  }

  private int used(int group) {
    int directories = group == 0 ? firstDirectoryBlocks(blockSize) : 0;
    return Ext2Format.overhead(geometry, group) + directories;
  }

  private long bitmaps(int group) {
    return geometry.firstBlock(group) + copies(group);
  }

  private long table(int group) {
    return bitmaps(group) + 2;
  }

  void write() throws ErrnoException {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment superBlock = arena.allocate(RawSuperBlock.SIZE);
      MemorySegment descriptors =
          arena.allocate((long) geometry.descriptorBlocks() * blockSize, 4096);
      fill(new RawSuperBlock(superBlock));
      fillDescriptors(descriptors);
      MemorySegment bitmaps = arena.allocate(2L * blockSize, 4096);
      eraseOldSuperBlock(arena);
      for (int group = geometry.groups() - 1; group >= 0; group--) {
        writeBitmaps(group, bitmaps);
        if (format.tables() == Ext2Format.Tables.UNKNOWN) {
          zero(arena, table(group), geometry.inodeTableBlocks());
        }
        if (group > 0 && geometry.hasSuperBlock(group)) {
          writeCopy(arena, group, superBlock, descriptors);
        }
      }
      writeDirectories(arena);
      io.flush();
      writeCopy(arena, 0, superBlock, descriptors);
      io.flush();
    }
  }

  private void write(long block, MemorySegment memory) throws ErrnoException {
    io.write(block << geometry.blockShift(), memory, Bio.METADATA);
  }

  private void eraseOldSuperBlock(Arena arena) throws ErrnoException {
    MemorySegment zeroes = arena.allocate(4096, 4096);
    io.write(0, zeroes, Bio.METADATA);
  }

  private MemorySegment zeroes;

  private void zero(Arena arena, long first, long count) throws ErrnoException {
    if (zeroes == null) {
      zeroes = arena.allocate(ZEROES, 4096);
    }
    long perWrite = ZEROES / blockSize;
    for (long done = 0; done < count; done += perWrite) {
      long blocks = Math.min(perWrite, count - done);
      write(first + done, zeroes.asSlice(0, blocks * blockSize));
    }
  }

  // Super block and descriptors

  private void fill(RawSuperBlock raw) {
    long freeBlocks = 0;
    for (int group = 0; group < geometry.groups(); group++) {
      freeBlocks += geometry.blocksIn(group) - used(group);
    }
    raw.setInodesCount(geometry.inodes());
    raw.setBlocksCount(geometry.blocks());
    raw.setReservedBlocks(geometry.blocks() * format.reservedPercent() / 100);
    raw.setFreeBlocks(freeBlocks);
    raw.setFreeInodes(geometry.inodes() - LOST_AND_FOUND);
    raw.setFirstDataBlock(geometry.firstDataBlock());
    raw.setLogBlockSize(geometry.blockShift() - 10);
    raw.setBlocksPerGroup(geometry.blocksPerGroup());
    raw.setInodesPerGroup(geometry.inodesPerGroup());
    raw.setWriteTime(now);
    raw.setMaximumMountCount(0xFFFF);
    raw.setMagic();
    raw.setState(RawSuperBlock.STATE_VALID);
    raw.setErrors(1);
    raw.setLastCheck(now);
    raw.setCheckInterval(0);
    raw.setRevision(RawSuperBlock.REVISION_DYNAMIC);
    raw.setFirstInode(geometry.firstInode());
    raw.setInodeSize(geometry.inodeSize());
    raw.setCompatible(geometry.compatible());
    raw.setIncompatible(geometry.incompatible());
    raw.setReadOnlyCompatible(geometry.readOnlyCompatible());
    UUID uuid = format.uuid() != null ? format.uuid() : randomUuid();
    putUuid(raw.uuid(), uuid);
    byte[] label = format.label().getBytes(StandardCharsets.UTF_8);
    MemorySegment.copy(MemorySegment.ofArray(label), 0, raw.volumeName(), 0, label.length);
    putUuid(raw.hashSeed(), randomUuid());
    raw.setDefaultHashVersion(1);
    raw.setMakeTime(now);
    raw.setFlags(1);
    if (geometry.inodeSize() >= Geometry.OLD_INODE_SIZE + RawInode.FULL_EXTRA_SIZE) {
      raw.setExtraInodeSizes(RawInode.FULL_EXTRA_SIZE);
    }
  }

  /** A random (version 4) UUID from the machine's chance, so that a simulated run repeats it. */
  private UUID randomUuid() {
    long most = machine.random().nextLong() & ~0xF000L | 0x4000L;
    long least = machine.random().nextLong() & ~(3L << 62) | 1L << 63;
    return new UUID(most, least);
  }

  private static void putUuid(MemorySegment memory, UUID uuid) {
    LittleEndian.put64(memory, 0, Long.reverseBytes(uuid.getMostSignificantBits()));
    LittleEndian.put64(memory, 8, Long.reverseBytes(uuid.getLeastSignificantBits()));
  }

  private void fillDescriptors(MemorySegment memory) {
    for (int group = 0; group < geometry.groups(); group++) {
      long at = (long) group * Geometry.DESCRIPTOR_SIZE;
      LittleEndian.put32(memory, at, bitmaps(group));
      LittleEndian.put32(memory, at + 4, bitmaps(group) + 1);
      LittleEndian.put32(memory, at + 8, table(group));
      LittleEndian.put16(memory, at + 12, geometry.blocksIn(group) - used(group));
      long taken = group == 0 ? LOST_AND_FOUND : 0;
      LittleEndian.put16(memory, at + 14, (int) (geometry.inodesPerGroup() - taken));
      LittleEndian.put16(memory, at + 16, group == 0 ? 2 : 0);
    }
  }

  private void writeCopy(
      Arena arena, int group, MemorySegment superBlock, MemorySegment descriptors)
      throws ErrnoException {
    long first = geometry.firstBlock(group);
    MemorySegment block = arena.allocate(blockSize, 4096);
    long offset = first == 0 ? RawSuperBlock.POSITION : 0;
    MemorySegment.copy(superBlock, 0, block, offset, RawSuperBlock.SIZE);
    RawSuperBlock copy = new RawSuperBlock(block.asSlice(offset, RawSuperBlock.SIZE));
    copy.setGroupNumber(group);
    write(first + 1, descriptors);
    write(first, block);
  }

  // Groups

  /**
   * @param both memory for the two bitmaps of any group
   */
  private void writeBitmaps(int group, MemorySegment both) throws ErrnoException {
    both.fill((byte) 0);
    MemorySegment blocks = both.asSlice(0, blockSize);
    Bitmap.setRange(blocks, 0, used(group));
    Bitmap.setRange(blocks, geometry.blocksIn(group), blockSize * 8);
    MemorySegment inodes = both.asSlice(blockSize, blockSize);
    if (group == 0) {
      Bitmap.setRange(inodes, 0, (int) LOST_AND_FOUND);
    }
    Bitmap.setRange(inodes, geometry.inodesPerGroup(), blockSize * 8);
    write(bitmaps(group), both);
  }

  private void writeDirectories(Arena arena) throws ErrnoException {
    int blocks = lostAndFoundBlocks(blockSize);
    MemorySegment data = arena.allocate((1L + blocks) * blockSize, 4096);
    DirectoryBlock root = new DirectoryBlock(data.asSlice(0, blockSize), true);
    root.begin(Geometry.ROOT_INODE, Geometry.ROOT_INODE);
    byte[] name = "lost+found".getBytes(StandardCharsets.US_ASCII);
    if (!root.insert(DirectoryBlock.needed(1), name, LOST_AND_FOUND, 0040000)) {
      throw new AssertionError("an empty directory has room for a name");
    }
    for (int i = 1; i <= blocks; i++) {
      DirectoryBlock block =
          new DirectoryBlock(data.asSlice((long) i * blockSize, blockSize), true);
      if (i == 1) {
        block.begin(LOST_AND_FOUND, Geometry.ROOT_INODE);
      } else {
        block.clear();
      }
    }
    long first = table(0) + geometry.inodeTableBlocks();
    write(first, data);
    int inodesPerBlock = geometry.inodesPerBlock();
    int tableBlocks = (int) ((LOST_AND_FOUND + inodesPerBlock - 1) / inodesPerBlock);
    MemorySegment table = arena.allocate((long) tableBlocks * blockSize, 4096);
    fillInode(table, Geometry.ROOT_INODE, 0040755, 3, first, 1);
    fillInode(table, LOST_AND_FOUND, 0040700, 2, first + 1, blocks);
    write(table(0), table);
  }

  private void fillInode(
      MemorySegment table, long number, int mode, int links, long firstBlock, int blocks) {
    RawInode raw =
        new RawInode(table.asSlice((number - 1) * geometry.inodeSize(), geometry.inodeSize()));
    raw.setFullExtraSize();
    raw.setMode(mode);
    raw.setLinks(links);
    raw.setSizeLow((long) blocks * blockSize);
    raw.setUnits((long) blocks * (blockSize >> 9));
    Timestamp time = new Timestamp(now, 0);
    raw.setAccessTime(time);
    raw.setChangeTime(time);
    raw.setModificationTime(time);
    raw.setCreationTime(time);
    for (int i = 0; i < blocks; i++) {
      raw.setPointer(i, (int) (firstBlock + i));
    }
  }
}
