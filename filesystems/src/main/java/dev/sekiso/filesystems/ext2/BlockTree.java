package dev.sekiso.filesystems.ext2;

import dev.sekiso.filesystems.block.Buffer;
import dev.sekiso.filesystems.block.Extent;
import dev.sekiso.filesystems.ext2.BlockAllocator.Run;
import dev.sekiso.filesystems.ext2.ReservationWindows.Window;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SleepingLock;
import dev.sekiso.vfs.Inode;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Which device block holds which block of one file: 12 direct pointers, then trees of one, two and
 * three levels of indirect blocks ({@code ext2_get_branch} and its companions in {@code inode.c}).
 *
 * <p>Locking: {@link #lock} (the kernel's {@code truncate_mutex}) is held by whoever changes the
 * tree. Lookups take no lock: they note {@link #version}, which is odd while blocks are removed,
 * walk, and walk again if it has moved. Indirect blocks are associated with the file, so that
 * syncing it writes them.
 *
 * <p>A pointer that cannot be right is reported with file, block and place; a walk is at most four
 * steps whatever the device says.
 */
final class BlockTree {

  static final int DIRECT = 12;

  private final Ext2Inode inode;
  private final Volume volume;
  private final Geometry geometry;
  private final BlockAllocator allocator;
  private final SleepingLock lock;
  private final AtomicIntegerArray pointers = new AtomicIntegerArray(RawInode.POINTERS);
  private final Window window = new Window();
  private volatile int version;

  /** Made for files that have indirect blocks; a second one made at the same time is forgotten. */
  private volatile FoundExtents found;

  /** The last block allocated and the block of the file it holds; guarded by the lock. */
  private long lastLogical = -1;

  private long lastPhysical;

  BlockTree(Ext2Inode inode, Volume volume, BlockAllocator allocator) {
    this.inode = inode;
    this.volume = volume;
    this.geometry = volume.geometry();
    this.allocator = allocator;
    this.lock = volume.machine().newLock("blocks of " + inode);
  }

  /** A pointer in the inode; for short links and device files, their content. */
  int pointer(int i) {
    return pointers.get(i);
  }

  void setPointer(int i, int value) {
    pointers.set(i, value);
  }

  /** Gives up the blocks kept for the file's growth. */
  void discardWindow() {
    allocator.windows().discard(window);
  }

  // Finding

  /** The extent at a block of the file. Takes no lock unless blocks are being removed. */
  Extent map(long block, long maximum) throws ErrnoException {
    int before = version;
    if ((before & 1) == 0) {
      FoundExtents known = found;
      Extent extent = known == null ? null : known.find(block, maximum, before);
      if (extent != null) {
        return extent;
      }
      try {
        extent = walk(block, maximum);
        if (version == before) {
          keep(block, extent, before);
          return extent.atMost(maximum);
        }
      } catch (ErrnoException e) {
        if (version == before) {
          throw e;
        }
      }
    }
    lock.lock();
    try {
      return walk(block, maximum).atMost(maximum);
    } finally {
      lock.unlock();
    }
  }

  private void keep(long block, Extent extent, int seen) {
    if (block < DIRECT || extent.isHole()) {
      return;
    }
    FoundExtents known = found;
    if (known == null) {
      known = new FoundExtents(geometry.blockShift() - 2);
      found = known;
    }
    known.keep(block, extent, seen);
  }

  /** Where a block is found: the slot in the inode, then the slots in indirect blocks. */
  private int[] path(long block) throws ErrnoException {
    int bits = geometry.blockShift() - 2;
    long perBlock = geometry.pointersPerBlock();
    long mask = perBlock - 1;
    if (block < 0) {
      throw tooFar(block);
    }
    if (block < DIRECT) {
      return new int[] {(int) block};
    }
    long rest = block - DIRECT;
    if (rest < perBlock) {
      return new int[] {DIRECT, (int) rest};
    }
    rest -= perBlock;
    if (rest < perBlock << bits) {
      return new int[] {DIRECT + 1, (int) (rest >> bits), (int) (rest & mask)};
    }
    rest -= perBlock << bits;
    if (rest < perBlock << 2 * bits) {
      return new int[] {
        DIRECT + 2, (int) (rest >> 2 * bits), (int) (rest >> bits & mask), (int) (rest & mask)
      };
    }
    throw tooFar(block);
  }

  private ErrnoException tooFar(long block) {
    return new ErrnoException(
        Errno.EFBIG,
        "%s: block %d is beyond what ext2 with blocks of %d bytes can address"
            .formatted(inode, block, geometry.blockSize()));
  }

  private long checked(int pointer, long block, int level) throws ErrnoException {
    long device = pointer & 0xFFFF_FFFFL;
    if (!geometry.isDataBlock(device)) {
      throw volume.corrupt(
          "inode %d, block %d of the file: the pointer at level %d is %d, which does not exist"
              .formatted(inode.number(), block, level, device));
    }
    return device;
  }

  /**
   * The extent at a block, as far as the pointers go on beside each other.
   *
   * @param maximum where looking for the end of a hole ends
   */
  private Extent walk(long block, long maximum) throws ErrnoException {
    int[] path = path(block);
    int slot = path[0];
    if (path.length == 1) {
      return run(block, i -> pointers.get(slot + i), maximum, DIRECT - slot);
    }
    int pointer = pointers.get(slot);
    for (int level = 1; level < path.length; level++) {
      if (pointer == 0) {
        return Extent.hole(Math.min(maximum, holeLeft(path, level)));
      }
      try (Buffer buffer = volume.buffers().read(checked(pointer, block, level - 1))) {
        MemorySegment data = buffer.data();
        int at = path[level];
        if (level == path.length - 1) {
          int left = geometry.pointersPerBlock() - at;
          return run(block, i -> LittleEndian.s32(data, 4L * (at + i)), maximum, left);
        }
        pointer = LittleEndian.s32(data, 4L * at);
      }
    }
    throw new AssertionError();
  }

  /**
   * Starts to bring in the indirect blocks of a stretch of the file that is to be mapped before
   * long, as far as the blocks that point to them are in memory. Takes no lock: what a truncation
   * leaves of a pointer may be read in vain, as a block of the device.
   */
  void expect(long first, long count) throws ErrnoException {
    long end = first + count;
    long block = Math.max(first, DIRECT);
    while (block < end) {
      int[] path = path(block);
      bringAhead(path);
      block += geometry.pointersPerBlock() - path[path.length - 1];
    }
  }

  private void bringAhead(int[] path) {
    int pointer = pointers.get(path[0]);
    for (int level = 1; level < path.length; level++) {
      long device = pointer & 0xFFFF_FFFFL;
      if (!geometry.isDataBlock(device)) {
        return;
      }
      try (Buffer buffer = volume.buffers().ahead(device)) {
        if (buffer == null) {
          return;
        }
        pointer = LittleEndian.s32(buffer.data(), 4L * path[level]);
      }
    }
  }

  /** Blocks from the path's own to the end of what a missing pointer above a level covers. */
  private long holeLeft(int[] path, int level) {
    long index = 0;
    long span = 1;
    for (int i = path.length - 1; i >= level; i--) {
      index += path[i] * span;
      span *= geometry.pointersPerBlock();
    }
    return span - index;
  }

  private interface Slots {
    int at(int i);
  }

  private Extent run(long block, Slots slots, long maximum, int left) throws ErrnoException {
    int first = slots.at(0);
    int count = 1;
    if (first == 0) {
      long end = Math.min(maximum, left);
      while (count < end && slots.at(count) == 0) {
        count++;
      }
      return Extent.hole(count);
    }
    long start = checked(first, block, 0);
    while (count < left
        && slots.at(count) == first + count
        && geometry.isDataBlock(start + count)) {
      count++;
    }
    return Extent.mapped(start, count);
  }

  // Growing

  /** As {@link #map}, but gives a hole blocks. */
  Extent allocate(long block, long maximum) throws ErrnoException {
    Extent extent = map(block, maximum);
    if (!extent.isHole()) {
      return extent;
    }
    lock.lock();
    try {
      extent = walk(block, maximum);
      return extent.isHole() ? fill(block, extent.count()) : extent.atMost(maximum);
    } finally {
      lock.unlock();
    }
  }

  /** Makes the missing end of a path and puts it in place last ({@code ext2_alloc_branch}). */
  private Extent fill(long block, long hole) throws ErrnoException {
    int[] path = path(block);
    try (Buffer parent = deepest(path, block)) {
      int depth = parent == null ? 0 : depthOf(path, block);
      int missing = path.length - 1 - depth;
      int wanted = (int) Math.min(hole, dataSlots(path));
      long goal = goal(block, path, parent, depth);
      List<Run> runs = new ArrayList<>();
      try {
        long[] indirect = allocateIndirect(runs, goal, missing, wanted);
        Run data = runs.getLast();
        List<Buffer> made = initialize(path, depth, indirect, data);
        attach(path, depth, parent, missing > 0 ? indirect[0] : data.first(), data, missing);
        made.forEach(Buffer::close);
        inode.setBlocks(
            inode.blocks() + ((long) (missing + data.count()) << (geometry.blockShift() - 9)));
        lastLogical = block + data.count() - 1;
        lastPhysical = data.first() + data.count() - 1;
        inode.markDirty(Inode.DIRTY_SYNC | Inode.DIRTY_DATASYNC);
        return Extent.fresh(data.first(), data.count());
      } catch (ErrnoException e) {
        giveBack(runs);
        throw e;
      }
    }
  }

  /** Data blocks from the path's own that hang from one parent. */
  private int dataSlots(int[] path) {
    int last = path[path.length - 1];
    return path.length == 1 ? DIRECT - last : geometry.pointersPerBlock() - last;
  }

  /** How many indirect blocks of the path are there. */
  private int depthOf(int[] path, long block) throws ErrnoException {
    int pointer = pointers.get(path[0]);
    int depth = 0;
    while (pointer != 0 && depth < path.length - 1) {
      depth++;
      try (Buffer buffer = volume.buffers().read(checked(pointer, block, depth - 1))) {
        pointer = LittleEndian.s32(buffer.data(), 4L * path[depth]);
      }
    }
    return depth;
  }

  /** The deepest indirect block of the path that is there; null when the inode is the parent. */
  private Buffer deepest(int[] path, long block) throws ErrnoException {
    int depth = depthOf(path, block);
    int pointer = pointers.get(path[0]);
    for (int level = 1; level <= depth; level++) {
      Buffer buffer = volume.buffers().read(checked(pointer, block, level - 1));
      if (level == depth) {
        return buffer;
      }
      pointer = LittleEndian.s32(buffer.data(), 4L * path[level]);
      buffer.close();
    }
    return null;
  }

  /**
   * Where the block would lie best: behind the one allocated last if that precedes it in the file;
   * else near its left neighbour, or its parent; else in the inode's group ({@code
   * ext2_find_goal}).
   */
  private long goal(long block, int[] path, Buffer parent, int depth) {
    if (block == lastLogical + 1 && lastPhysical != 0) {
      return lastPhysical + 1;
    }
    int slot = path[depth];
    for (int i = slot - 1; i >= 0; i--) {
      int pointer = parent == null ? pointers.get(i) : LittleEndian.s32(parent.data(), 4L * i);
      if (pointer != 0 && (parent != null || i < DIRECT)) {
        return pointer & 0xFFFF_FFFFL;
      }
    }
    if (parent != null) {
      return parent.block();
    }
    int group = inode.group();
    long colour = volume.machine().currentTask().id() % 16 * (geometry.blocksPerGroup() / 16);
    long goal = geometry.firstBlock(group) + colour;
    return goal < geometry.blocks() ? goal : geometry.firstBlock(group);
  }

  /**
   * Allocates indirect blocks and, as the last run, data blocks; indirect blocks come first, so
   * that a file's blocks lie on the device in the order they are read.
   */
  private long[] allocateIndirect(List<Run> runs, long goal, int missing, int wanted)
      throws ErrnoException {
    long[] indirect = new long[missing];
    int have = 0;
    long at = goal;
    Window reserved = inode.isRegularFile() ? window : null;
    while (true) {
      Run run = allocator.allocate(at, missing - have + wanted, reserved);
      int used = Math.min(run.count(), missing - have);
      if (used > 0) {
        runs.add(new Run(run.first(), used));
      }
      for (int i = 0; i < used; i++) {
        indirect[have++] = run.first() + i;
      }
      if (run.count() > used) {
        runs.add(new Run(run.first() + used, run.count() - used));
        return indirect;
      }
      at = run.first() + run.count();
    }
  }

  private List<Buffer> initialize(int[] path, int depth, long[] indirect, Run data)
      throws ErrnoException {
    List<Buffer> made = new ArrayList<>();
    try {
      for (int i = 0; i < indirect.length; i++) {
        Buffer buffer = volume.buffers().fresh(indirect[i]);
        made.add(buffer);
        int slot = path[depth + 1 + i];
        boolean leaf = i == indirect.length - 1;
        int count = leaf ? data.count() : 1;
        long first = leaf ? data.first() : indirect[i + 1];
        for (int j = 0; j < count; j++) {
          LittleEndian.put32(buffer.data(), 4L * (slot + j), first + j);
        }
        buffer.markDirty(inode.associated());
      }
      return made;
    } catch (ErrnoException e) {
      for (Buffer buffer : made) {
        forget(buffer.block());
        buffer.close();
      }
      throw e;
    }
  }

  private void attach(int[] path, int depth, Buffer parent, long first, Run data, int missing) {
    int slot = path[depth];
    int count = missing > 0 ? 1 : data.count();
    for (int i = 0; i < count; i++) {
      if (parent == null) {
        pointers.set(slot + i, (int) (first + i));
      } else {
        LittleEndian.put32(parent.data(), 4L * (slot + i), first + i);
      }
    }
    if (parent != null) {
      parent.markDirty(inode.associated());
    }
  }

  private void giveBack(List<Run> runs) throws ErrnoException {
    for (Run run : runs) {
      allocator.release(run);
    }
  }

  /** An indirect block is none any more: what it holds is not to be written. */
  void forget(long block) {
    inode.associated().remove(block);
    volume.buffers().forget(block, 1);
  }

  // Shrinking

  /**
   * Frees the blocks of a stretch of the file ({@code __ext2_truncate_blocks}, {@code
   * ext4_ind_remove_space}), and the indirect blocks of which nothing is left. The pages there are
   * gone and do not come back meanwhile. The caller stores the inode within {@link
   * PendingFrees#freeing}, which it holds.
   *
   * @param endBlock exclusive; {@link Long#MAX_VALUE} for all that follow
   * @return what went wrong on the way, or null: the volume has heard of it, and everything that
   *     could be freed is
   */
  ErrnoException remove(long firstBlock, long endBlock) throws ErrnoException {
    version++;
    try {
      return new BlockRemoval(inode, volume, allocator, firstBlock, endBlock).run();
    } finally {
      version++;
      lastLogical = -1;
      lastPhysical = 0;
    }
  }

  SleepingLock lock() {
    return lock;
  }

  /** Whether no pointer is set. */
  boolean isEmpty() {
    for (int i = 0; i < RawInode.POINTERS; i++) {
      if (pointers.get(i) != 0) {
        return false;
      }
    }
    return true;
  }
}
