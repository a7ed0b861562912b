package dev.sekiso.filesystems.ext2;

import dev.sekiso.filesystems.block.Buffer;
import dev.sekiso.machine.ErrnoException;
import java.util.HashSet;
import java.util.Set;

/**
 * Takes one stretch of blocks out of a file's {@link BlockTree}, whose lock is held. Each indirect
 * block is visited once at most, whatever points to it, and only where a pointer leads there: the
 * work is bounded by what the file has, not by the length of the stretch.
 */
final class BlockRemoval {

  private final Ext2Inode inode;
  private final BlockTree tree;
  private final Volume volume;
  private final Geometry geometry;
  private final BlockAllocator allocator;
  private final long firstBlock;
  private final long endBlock;
  private final Set<Long> visited = new HashSet<>();
  private long runStart;
  private long runLength;
  private long freed;
  private ErrnoException failure;

  /**
   * @param endBlock exclusive; {@link Long#MAX_VALUE} for all that follow
   */
  BlockRemoval(
      Ext2Inode inode, Volume volume, BlockAllocator allocator, long firstBlock, long endBlock) {
    this.inode = inode;
    this.tree = inode.tree();
    this.volume = volume;
    this.geometry = volume.geometry();
    this.allocator = allocator;
    this.firstBlock = firstBlock;
    this.endBlock = endBlock;
  }

  /** Does it; gives the first error in following the tree, or null. */
  ErrnoException run() throws ErrnoException {
    try {
      int endDirect = (int) Math.min(BlockTree.DIRECT, endBlock);
      for (int slot = (int) Math.min(BlockTree.DIRECT, firstBlock); slot < endDirect; slot++) {
        free(tree.pointer(slot));
        tree.setPointer(slot, 0);
      }
      long at = BlockTree.DIRECT;
      long span = geometry.pointersPerBlock();
      for (int level = 1; level <= 3; level++) {
        int slot = BlockTree.DIRECT + level - 1;
        int pointer = tree.pointer(slot);
        if (pointer != 0 && meets(at, span) && prune(pointer & 0xFFFF_FFFFL, level, at)) {
          tree.setPointer(slot, 0);
        }
        at += span;
        span *= geometry.pointersPerBlock();
      }
    } finally {
      flushRun();
      long units = freed << (geometry.blockShift() - 9);
      inode.setBlocks(Math.max(0, inode.blocks() - units));
    }
    return failure;
  }

  private boolean meets(long start, long span) {
    return start < endBlock && start + span > firstBlock;
  }

  /**
   * Frees what lies in the stretch below an indirect block.
   *
   * @param start the first block of the file that hangs from it
   * @return whether nothing is left of it, so that the pointer to it goes
   */
  private boolean prune(long block, int level, long start) throws ErrnoException {
    long span = 1;
    for (int i = 1; i < level; i++) {
      span *= geometry.pointersPerBlock();
    }
    boolean whole = start >= firstBlock && start + span * geometry.pointersPerBlock() <= endBlock;
    if (!geometry.isDataBlock(block) || !visited.add(block)) {
      failed(
          volume.corrupt(
              "inode %d: indirect block %d at level %d cannot be one"
                  .formatted(inode.number(), block, level)));
      return whole;
    }
    boolean gone = whole;
    try (Buffer buffer = read(block)) {
      if (buffer != null) {
        boolean changed = pruneSlots(buffer, level, start, span);
        gone = whole || isEmpty(buffer);
        if (changed && !gone) {
          buffer.markDirty(inode.associated());
        }
      }
    }
    if (gone) {
      tree.forget(block);
      free((int) block);
    }
    return gone;
  }

  /** An indirect block, or null when it cannot be read. */
  private Buffer read(long block) {
    try {
      return volume.buffers().read(block);
    } catch (ErrnoException e) {
      volume.superBlock().errors().set(e.errno());
      failed(e);
      return null;
    }
  }

  private void failed(ErrnoException e) {
    failure = failure == null ? e : failure;
  }

  /** Frees what hangs from slots that meet the stretch, and empties them; whether there are any. */
  private boolean pruneSlots(Buffer buffer, int level, long start, long span)
      throws ErrnoException {
    boolean changed = false;
    for (int i = 0; i < geometry.pointersPerBlock(); i++) {
      int pointer = LittleEndian.s32(buffer.data(), 4L * i);
      long first = start + i * span;
      if (pointer == 0 || !meets(first, span)) {
        continue;
      }
      if (level == 1) {
        free(pointer);
      } else if (!prune(pointer & 0xFFFF_FFFFL, level - 1, first)) {
        continue;
      }
      LittleEndian.put32(buffer.data(), 4L * i, 0);
      changed = true;
    }
    return changed;
  }

  private boolean isEmpty(Buffer buffer) {
    for (int i = 0; i < geometry.pointersPerBlock(); i++) {
      if (LittleEndian.s32(buffer.data(), 4L * i) != 0) {
        return false;
      }
    }
    return true;
  }

  private void free(int pointer) throws ErrnoException {
    if (pointer == 0) {
      return;
    }
    long block = pointer & 0xFFFF_FFFFL;
    if (runLength > 0 && block == runStart + runLength) {
      runLength++;
      return;
    }
    flushRun();
    runStart = block;
    runLength = 1;
  }

  private void flushRun() throws ErrnoException {
    if (runLength > 0) {
      long length = runLength;
      runLength = 0;
      freed += length;
      allocator.free(runStart, length);
    }
  }
}
