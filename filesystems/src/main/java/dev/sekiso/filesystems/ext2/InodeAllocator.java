package dev.sekiso.filesystems.ext2;

import dev.sekiso.filesystems.block.Buffer;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.lang.foreign.MemorySegment;

/**
 * Gives out and takes back inode numbers ({@code fs/ext2/ialloc.c}).
 *
 * <p>A file goes into its directory's group if that has inodes and blocks left, else to a group
 * found by a quadratic hash, else to the first with an inode. A directory is placed as Orlov
 * proposed: those at the top are spread over the groups, the others stay near their parent as long
 * as the group does not fill with directories.
 *
 * <p>Numbers given back wait until the device has forgotten their names ({@link PendingNumbers});
 * if only such are left, they are settled first.
 *
 * <p>Locking: bits and counters change together under the group's monitor; the debts likewise.
 */
final class InodeAllocator {

  /** What a directory is taken to need, in inodes (Orlov's INODE_COST). */
  private static final int INODE_COST = 64;

  /** What a directory is taken to need, in blocks (Orlov's BLOCK_COST). */
  private static final int BLOCK_COST = 256;

  private final Volume volume;
  private final InodeTable table;
  private final Geometry geometry;
  private final GroupDescriptors descriptors;

  /** Directories minus files allocated lately per group, 0 to 255. */
  private final byte[] debts;

  InodeAllocator(Volume volume, InodeTable table) {
    this.volume = volume;
    this.table = table;
    this.geometry = volume.geometry();
    this.descriptors = volume.descriptors();
    this.debts = new byte[geometry.groups()];
  }

  /** What is to be placed. */
  enum Kind {
    DIRECTORY,
    OTHER
  }

  /**
   * Allocates an inode number. May wait for the device; no folio and no tree lock is held.
   *
   * @param parent the directory it will be in
   * @throws ErrnoException ENOSPC when no inode is free; EIO, EUCLEAN
   */
  long allocate(Ext2Inode parent, Kind kind) throws ErrnoException {
    while (true) {
      boolean pending = !volume.pendingNumbers().isEmpty();
      long number = search(parent, kind);
      if (number != 0) {
        return number;
      }
      if (!pending) {
        throw new ErrnoException(
            Errno.ENOSPC,
            "%s has no free inode among %d; remove files or make it with more inodes"
                .formatted(volume.superBlock().id(), geometry.inodes()));
      }
      volume.pendingNumbers().settle(table);
    }
  }

  private long search(Ext2Inode parent, Kind kind) throws ErrnoException {
    int start = kind == Kind.OTHER ? groupForFile(parent) : groupForDirectory(parent);
    for (int i = 0; start >= 0 && i < geometry.groups(); i++) {
      int group = (start + i) % geometry.groups();
      long number = take(group, kind);
      if (number != 0) {
        return number;
      }
    }
    return 0;
  }

  private long take(int group, Kind kind) throws ErrnoException {
    if (descriptors.freeInodes(group) == 0) {
      return 0;
    }
    try (Buffer buffer = volume.buffers().read(descriptors.inodeBitmap(group))) {
      MemorySegment bits = buffer.data();
      int reserved = (int) (geometry.firstInode() - 1);
      int from = Math.max(0, reserved - group * geometry.inodesPerGroup());
      synchronized (volume.locks().of(group)) {
        FreedBits busy = volume.pendingNumbers().of(group);
        int index = Bitmap.nextClear(bits, busy, from, geometry.inodesPerGroup());
        if (index >= geometry.inodesPerGroup()) {
          return 0;
        }
        Bitmap.set(bits, index);
        descriptors.changeFreeInodes(group, -1);
        int debt = debts[group] & 0xFF;
        if (kind == Kind.DIRECTORY) {
          descriptors.changeDirectories(group, 1);
          volume.directories().incrementAndGet();
          debts[group] = (byte) Math.min(255, debt + 1);
        } else {
          debts[group] = (byte) Math.max(0, debt - 1);
        }
        volume.freeInodes().decrementAndGet();
        buffer.markDirty();
        descriptors.markDirty(group);
        return (long) group * geometry.inodesPerGroup() + index + 1;
      }
    }
  }

  /** Gives a number back; it can be used again once the device has forgotten its names. */
  void free(long number, Kind kind) throws ErrnoException {
    if (number < geometry.firstInode() || number > geometry.inodes()) {
      volume.corrupt(
          "inode %d is reserved or does not exist and cannot be freed".formatted(number));
      return;
    }
    int group = geometry.groupOfInode(number);
    int index = geometry.inodeIndexInGroup(number);
    boolean wasFree;
    try (Buffer buffer = volume.buffers().read(descriptors.inodeBitmap(group))) {
      synchronized (volume.locks().of(group)) {
        wasFree = !Bitmap.isSet(buffer.data(), index);
        if (!wasFree) {
          Bitmap.clear(buffer.data(), index);
          volume.pendingNumbers().add(group, index, geometry.inodesPerGroup());
          descriptors.changeFreeInodes(group, 1);
          volume.freeInodes().incrementAndGet();
          if (kind == Kind.DIRECTORY) {
            descriptors.changeDirectories(group, -1);
            volume.directories().decrementAndGet();
          }
          buffer.markDirty();
          descriptors.markDirty(group);
        }
      }
    }
    if (wasFree) {
      volume.corrupt("inode %d was to be freed and is free already".formatted(number));
    }
  }

  // Placing

  private int groupForFile(Ext2Inode parent) {
    int groups = geometry.groups();
    int home = parent.group();
    if (hasInodesAndBlocks(home)) {
      return home;
    }
    int group = (int) Math.floorMod(home + parent.number(), (long) groups);
    for (int step = 1; step < groups; step <<= 1) {
      group = (group + step) % groups;
      if (hasInodesAndBlocks(group)) {
        return group;
      }
    }
    return firstWithInodes(home + 1, 1);
  }

  private boolean hasInodesAndBlocks(int group) {
    return descriptors.freeInodes(group) > 0 && descriptors.freeBlocks(group) > 0;
  }

  private int firstWithInodes(int start, long minimum) {
    for (int i = 0; i < geometry.groups(); i++) {
      int group = (start + i) % geometry.groups();
      if (descriptors.freeInodes(group) >= minimum) {
        return group;
      }
    }
    return -1;
  }

  private int groupForDirectory(Ext2Inode parent) {
    int groups = geometry.groups();
    long averageInodes = volume.freeInodes().get() / groups;
    long averageBlocks = volume.freeBlocks().get() / groups;
    boolean top =
        parent.number() == Geometry.ROOT_INODE || parent.has(RawInode.FLAG_TOP_OF_DIRECTORIES);
    int best =
        top
            ? emptiestGroup(averageInodes, averageBlocks)
            : nearParent(parent.group(), averageInodes, averageBlocks);
    if (best < 0) {
      best = firstWithInodes(parent.group(), Math.max(1, averageInodes));
    }
    return best >= 0 ? best : firstWithInodes(parent.group(), 1);
  }

  private int emptiestGroup(long averageInodes, long averageBlocks) {
    int groups = geometry.groups();
    int start = volume.machine().random().nextInt(groups);
    int best = -1;
    int fewest = Integer.MAX_VALUE;
    for (int i = 0; i < groups; i++) {
      int group = (start + i) % groups;
      if (descriptors.freeInodes(group) == 0
          || descriptors.directories(group) >= fewest
          || descriptors.freeInodes(group) < averageInodes
          || descriptors.freeBlocks(group) < averageBlocks) {
        continue;
      }
      best = group;
      fewest = descriptors.directories(group);
    }
    return best;
  }

  private int nearParent(int home, long averageInodes, long averageBlocks) {
    int groups = geometry.groups();
    long directories = Math.max(1, volume.directories().get());
    long blocksPerDirectory =
        Math.max(0, geometry.blocks() - volume.freeBlocks().get()) / directories;
    long maximumDirectories = directories / groups + geometry.inodesPerGroup() / 16;
    long minimumInodes = averageInodes - geometry.inodesPerGroup() / 4;
    long minimumBlocks = averageBlocks - geometry.blocksPerGroup() / 4;
    long maximumDebt = geometry.blocksPerGroup() / Math.max(blocksPerDirectory, BLOCK_COST);
    maximumDebt = Math.min(maximumDebt, geometry.inodesPerGroup() / INODE_COST);
    maximumDebt = Math.max(1, Math.min(255, maximumDebt));
    for (int i = 0; i < groups; i++) {
      int group = (home + i) % groups;
      if (descriptors.freeInodes(group) > 0
          && (debts[group] & 0xFF) < maximumDebt
          && descriptors.directories(group) < maximumDirectories
          && descriptors.freeInodes(group) >= minimumInodes
          && descriptors.freeBlocks(group) >= minimumBlocks) {
        return group;
      }
    }
    return -1;
  }
}
