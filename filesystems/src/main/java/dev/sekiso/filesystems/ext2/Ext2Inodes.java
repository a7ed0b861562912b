package dev.sekiso.filesystems.ext2;

import dev.sekiso.filesystems.block.Buffer;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SleepingLock;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.AddressSpace.Barred;
import dev.sekiso.pagecache.Folio;
import dev.sekiso.vfs.FileOperations;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.Inode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The life of inodes: loaded from the table, made, cut short, and at the end given back with their
 * blocks ({@code fs/ext2/inode.c}).
 */
final class Ext2Inodes {

  private static final int ATTRIBUTE_MAGIC = 0xEA020000;
  private static final int ATTRIBUTE_REFERENCES = 4;
  private static final int ATTRIBUTE_BLOCKS = 8;

  /** Longest link target that fits into the pointers, which keep a NUL behind it. */
  private static final int SHORT_LINK = 59;

  private final Volume volume;
  private final Ext2Services services;
  private final InodeTable table;
  private final InodeAllocator numbers;
  private final BlockAllocator blocks;
  private final Ext2InodeOperations operations;

  Ext2Inodes(Volume volume, Ext2Services services) {
    this.volume = volume;
    this.services = services;
    this.table = new InodeTable(volume);
    this.numbers = new InodeAllocator(volume, table);
    this.blocks = new BlockAllocator(volume);
    this.operations = new Ext2InodeOperations(this);
  }

  InodeTable table() {
    return table;
  }

  Volume volume() {
    return volume;
  }

  /** The inode of a number, with a reference. */
  Ext2Inode get(long number) throws ErrnoException {
    return (Ext2Inode) volume.superBlock().inode(number, this::load);
  }

  private Inode load(long number) throws ErrnoException {
    Ext2Inode inode = new Ext2Inode(volume.superBlock(), number, operations, volume, blocks);
    try (InodeTable.Place place = table.place(number)) {
      inode.load(place.raw());
    }
    if (inode.hasTree()) {
      inode.setPages(services);
    }
    return inode;
  }

  /**
   * Makes an inode ({@code ext2_new_inode}): one reference, one link, owned by the caller, stored
   * in the table's memory.
   *
   * @param mode type and permissions
   */
  Ext2Inode make(Ext2Inode directory, int mode, long specialDevice) throws ErrnoException {
    boolean isDirectory = FileType.ofMode(mode) == FileType.DIRECTORY;
    InodeAllocator.Kind kind =
        isDirectory ? InodeAllocator.Kind.DIRECTORY : InodeAllocator.Kind.OTHER;
    long number = numbers.allocate(directory, kind);
    Ext2Inode inode = new Ext2Inode(volume.superBlock(), number, operations, volume, blocks);
    inode.initializeOwner(directory, mode);
    if (volume.options().groups() == MountOptions.Groups.DIRECTORY) {
      inode.setGid(directory.gid());
    }
    inode.setTimes(volume.superBlock().currentTime());
    inode.setFresh(inode.changeTime());
    inode.setGeneration(volume.newGeneration());
    inode.setFlags(inheritedFlags(directory, mode));
    inode.setSpecialDevice(specialDevice);
    inode.setLinks(1);
    if (isDirectory || inode.isRegularFile()) {
      inode.setPages(services);
    }
    try {
      volume.superBlock().addNew(inode);
    } catch (ErrnoException e) {
      numbers.free(number, kind);
      inode.setLinks(0);
      closePages(inode);
      inode.put();
      throw volume.corrupt(e.getMessage());
    }
    table.store(inode);
    inode.markDirty(Inode.DIRTY_SYNC | Inode.DIRTY_DATASYNC);
    return inode;
  }

  /** Makes a link's inode hold its target: in its pointers if it is short, else in a block. */
  void setTarget(Ext2Inode link, byte[] target) throws ErrnoException {
    if (target.length > SHORT_LINK) {
      link.setPages(services);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment bytes = arena.allocate(target.length + 1L);
        MemorySegment.copy(MemorySegment.ofArray(target), 0, bytes, 0, target.length);
        AddressSpace mapping = link.addressSpace();
        int written = mapping.write(0, bytes.asSlice(0, target.length), 0);
        if (written < target.length) {
          throw new ErrnoException(Errno.ENOSPC, "no room for the target of symbolic link " + link);
        }
      }
    } else {
      byte[] padded = java.util.Arrays.copyOf(target, RawInode.POINTERS * 4);
      MemorySegment bytes = MemorySegment.ofArray(padded);
      for (int i = 0; i < RawInode.POINTERS; i++) {
        link.tree().setPointer(i, LittleEndian.s32(bytes, 4L * i));
      }
      link.setSize(target.length);
    }
    table.store(link);
    link.markDirty(Inode.DIRTY_SYNC | Inode.DIRTY_DATASYNC);
  }

  /** A symbolic link's target. */
  byte[] target(Ext2Inode link) throws ErrnoException {
    int size = (int) link.size();
    if (link.size() < 1 || link.size() >= volume.geometry().blockSize()) {
      throw volume.corrupt(
          "symbolic link %d has a target of %d bytes".formatted(link.number(), link.size()));
    }
    if (link.isShortLink()) {
      if (size > RawInode.POINTERS * 4) {
        throw volume.corrupt(
            "symbolic link %d has no block for its %d bytes".formatted(link.number(), size));
      }
      byte[] whole = new byte[RawInode.POINTERS * 4];
      MemorySegment bytes = MemorySegment.ofArray(whole);
      for (int i = 0; i < RawInode.POINTERS; i++) {
        LittleEndian.put32(bytes, 4L * i, link.tree().pointer(i));
      }
      return java.util.Arrays.copyOf(whole, size);
    }
    Folio folio = link.addressSpace().readFolio(0);
    try {
      return folio.data().asSlice(0, size).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    } finally {
      folio.put();
    }
  }

  private static int inheritedFlags(Ext2Inode directory, int mode) {
    int inherited = directory.flags() & RawInode.FLAGS_INHERITED;
    return switch (FileType.ofMode(mode)) {
      case DIRECTORY -> inherited;
      case REGULAR -> inherited & ~RawInode.FLAGS_DIRECTORIES_ONLY;
      default -> inherited & RawInode.FLAGS_ANY_TYPE;
    };
  }

  // Size

  /**
   * Cuts or extends a file ({@code ext2_setsize}). The inode's lock is held for writing; times are
   * the caller's.
   */
  void setSize(Ext2Inode inode, long newSize) throws ErrnoException {
    if (!inode.isRegularFile()) {
      throw new ErrnoException(Errno.EINVAL, inode + " is no regular file and keeps its size");
    }
    if (newSize > volume.superBlock().maximumFileSize()) {
      throw new ErrnoException(
          Errno.EFBIG,
          "%s may have %d bytes, not %d"
              .formatted(inode, volume.superBlock().maximumFileSize(), newSize));
    }
    long oldSize = inode.size();
    if (newSize < oldSize) {
      zeroTail(inode, newSize);
    } else {
      zeroBehindEnd(inode, oldSize, newSize);
    }
    inode.setSize(newSize);
    if (newSize < oldSize) {
      inode.addressSpace().truncate(newSize);
      freeBlocksBehindEnd(inode);
    }
    changedBlocks(inode);
  }

  private void changedBlocks(Ext2Inode inode) throws ErrnoException {
    inode.markDirty(Inode.DIRTY_SYNC | Inode.DIRTY_DATASYNC);
    if (inode.has(RawInode.FLAG_SYNC)) {
      inode.associated().write(volume.buffers());
      table.write(inode);
    }
  }

  /** Zeroes the rest of the block the new end lies in, on its way to the device. */
  private void zeroTail(Ext2Inode inode, long newSize) throws ErrnoException {
    long end = Math.min(inode.size(), roundUp(newSize, volume.geometry().blockSize()));
    if (newSize < end) {
      // Its page is alone then, and the rest of a large folio does not become dirty.
      inode.addressSpace().truncateRange(newSize, end - 1);
      zeroInBlock(inode, newSize, end);
    }
  }

  /**
   * A file grows: what a mapping has stored behind its old end must not come to light ({@code
   * ext4_block_truncate_page}).
   *
   * @param grownTo its new size, or where what has been written begins
   */
  void zeroBehindEnd(Ext2Inode inode, long oldSize, long grownTo) {
    long endOfBlock = roundUp(oldSize, volume.geometry().blockSize());
    try {
      zeroInBlock(inode, oldSize, Math.min(grownTo, endOfBlock));
    } catch (ErrnoException e) {
      // What cannot be read comes to nobody's light; who reads there will be told.
    }
  }

  /**
   * Makes a hole ({@code ext4_punch_hole}): whole blocks go, with the pages that are nothing else;
   * what the range has of the blocks at its ends becomes zeroes in the cache. The inode's lock is
   * held for writing; times are the caller's.
   *
   * @throws ErrnoException EIO, EUCLEAN when a block at an end cannot be read, and pages have gone
   *     but no block has, or when the tree cannot be followed everywhere, and where it could the
   *     hole is made
   */
  void punchHole(Ext2Inode inode, long offset, long length) throws ErrnoException {
    long blockSize = volume.geometry().blockSize();
    long size = inode.size();
    long lastEnd = volume.superBlock().maximumFileSize() - blockSize;
    if (offset >= Math.min(size, lastEnd)) {
      return;
    }
    long end = offset + length;
    if (end >= size) {
      // Nobody needs zeroes behind the end of the file.
      end = roundUp(size, blockSize);
    }
    end = Math.min(end, lastEnd);
    long firstWhole = roundUp(offset, blockSize);
    long endWhole = end & -blockSize;
    inode.addressSpace().truncateRange(offset, end - 1);
    zeroInBlock(inode, offset, Math.min(size, Math.min(firstWhole, end)));
    if (endWhole >= firstWhole) {
      zeroInBlock(inode, endWhole, Math.min(size, end));
    }
    if (endWhole > firstWhole) {
      removeBlocks(inode, firstWhole, endWhole);
    }
    changedBlocks(inode);
  }

  private static long roundUp(long position, long blockSize) {
    return (position + blockSize - 1) & -blockSize;
  }

  /** Zeroes a part of one block, through the cache; a hole stays one. */
  private void zeroInBlock(Ext2Inode inode, long from, long end) throws ErrnoException {
    if (from >= end) {
      return;
    }
    if (inode.tree().map(from >> volume.geometry().blockShift(), 1).isHole()) {
      // Where stores are not tracked, a page can hold what no block has been found for yet.
      inode.addressSpace().truncateRange(from, end - 1);
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      inode.addressSpace().write(from, arena.allocate(end - from), 0);
    }
  }

  /** Takes whole blocks, by position, out of the middle of a file that others read and map. */
  private void removeBlocks(Ext2Inode inode, long from, long end) throws ErrnoException {
    int shift = volume.geometry().blockShift();
    ErrnoException failure;
    try (Barred barred = inode.addressSpace().bar(from, end - 1)) {
      inode.addressSpace().truncateRange(from, end - 1);
      failure = freeBlocks(inode, from >> shift, end >> shift);
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Frees the blocks behind the file's end; the pages there are gone. */
  void freeBlocksBehindEnd(Ext2Inode inode) throws ErrnoException {
    int blockSize = volume.geometry().blockSize();
    long firstBlock = (inode.size() + blockSize - 1) >> volume.geometry().blockShift();
    // What could not be followed is lost to the file all the same: e2fsck finds it.
    freeBlocks(inode, firstBlock, Long.MAX_VALUE);
  }

  private ErrnoException freeBlocks(Ext2Inode inode, long firstBlock, long endBlock)
      throws ErrnoException {
    BlockTree tree = inode.tree();
    tree.discardWindow();
    tree.lock().lock();
    try {
      SleepingLock freeing = volume.pendingFrees().freeing();
      freeing.lock();
      try {
        ErrnoException failure = tree.remove(firstBlock, endBlock);
        table.store(inode);
        return failure;
      } finally {
        freeing.unlock();
      }
    } finally {
      tree.lock().unlock();
    }
  }

  /**
   * A write beyond the end has failed after blocks were allocated for it ({@code
   * ext2_write_failed}).
   */
  void dropBlocksBehindEnd(Ext2Inode inode) throws ErrnoException {
    inode.addressSpace().truncate(inode.size());
    freeBlocksBehindEnd(inode);
  }

  // Durability

  /**
   * Makes data and what leads to it durable ({@code ext2_fsync}): the pages, the indirect blocks,
   * the inode, in this order, then the device's cache, even if nothing was dirty. What writeback
   * copied to the inode table before, without waiting, is written, too.
   */
  void sync(Ext2Inode inode, long firstByte, long lastByte, FileOperations.SyncScope scope)
      throws ErrnoException {
    inode.addressSpace().writeAndWait(firstByte, lastByte);
    if (!volume.superBlock().isReadOnly()) {
      inode.associated().write(volume.buffers());
      volume.superBlock().services().writeback().syncMetadata(inode, scope);
      if (scope == FileOperations.SyncScope.ALL) {
        table.write(inode);
      } else {
        table.writeEssentials(inode);
      }
    }
    volume.buffers().io().flush();
  }

  // The end

  /** The inode leaves memory; without links it leaves the device too ({@code ext2_evict_inode}). */
  void evict(Ext2Inode inode) {
    inode.tree().discardWindow();
    closePages(inode);
    try {
      if (inode.links() > 0 || volume.superBlock().isReadOnly()) {
        // Indirect blocks still dirty would be nobody's when the file comes back and is synced.
        inode.associated().write(volume.buffers());
        volume.pendingNumbers().forget(inode);
      } else {
        delete(inode);
      }
    } catch (ErrnoException e) {
      volume.pendingNumbers().forget(inode);
      volume.superBlock().errors().set(e.errno());
    } finally {
      if (inode.isOrphan()) {
        volume.orphans().decrementAndGet();
      }
    }
  }

  private static void closePages(Ext2Inode inode) {
    if (inode.addressSpace() != null) {
      inode.addressSpace().close();
    }
  }

  private void delete(Ext2Inode inode) throws ErrnoException {
    boolean hasTree = inode.hasTree();
    InodeAllocator.Kind kind =
        inode.isDirectory() ? InodeAllocator.Kind.DIRECTORY : InodeAllocator.Kind.OTHER;
    inode.setDeletionTime(Math.max(1, volume.nowSeconds()));
    SleepingLock freeing = volume.pendingFrees().freeing();
    inode.tree().lock().lock();
    try {
      freeing.lock();
      try {
        table.store(inode);
        if (hasTree && !inode.tree().isEmpty()) {
          inode.tree().remove(0, Long.MAX_VALUE);
        }
        freeAttributes(inode);
      } finally {
        freeing.unlock();
      }
    } finally {
      inode.tree().lock().unlock();
    }
    volume.pendingNumbers().forget(inode);
    numbers.free(inode.number(), kind);
  }

  /** Gives back the block of extended attributes, which several inodes may share. */
  private void freeAttributes(Ext2Inode inode) throws ErrnoException {
    long block = inode.attributeBlock();
    if (block == 0) {
      return;
    }
    inode.setAttributeBlock(0);
    try (Buffer buffer = volume.buffers().read(block)) {
      MemorySegment data = buffer.data();
      if (LittleEndian.s32(data, 0) != ATTRIBUTE_MAGIC
          || LittleEndian.u32(data, ATTRIBUTE_BLOCKS) != 1) {
        volume.corrupt(
            "inode %d has its attributes in block %d, which holds none"
                .formatted(inode.number(), block));
        return;
      }
      synchronized (volume.locks().of(volume.geometry().groupOfBlock(block))) {
        long references = LittleEndian.u32(data, ATTRIBUTE_REFERENCES);
        if (references > 1) {
          LittleEndian.put32(data, ATTRIBUTE_REFERENCES, references - 1);
          buffer.markDirty();
          return;
        }
      }
    }
    volume.buffers().forget(block, 1);
    blocks.free(block, 1);
  }
}
