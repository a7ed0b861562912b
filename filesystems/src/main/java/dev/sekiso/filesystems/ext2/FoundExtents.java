package dev.sekiso.filesystems.ext2;

import dev.sekiso.filesystems.block.Extent;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Extents of one file that lookups have found, so that the next ones need not go through the
 * indirect blocks again, whose use by many readers at once is what they wait for (what ext4 keeps
 * in its extent status tree). One for each stretch that hangs from one indirect block, in a table
 * of fixed size: a stretch pushes out the one that is {@value #STRETCHES} away.
 *
 * <p>Without a lock. An entry never changes, and holds as long as the file's tree has the version
 * at which it was found: until a truncation, mapped blocks stay where they are. Holes, which may be
 * filled at any time, are not kept.
 */
final class FoundExtents {

  /** Stretches kept, a power of two: 256 MiB of a file in blocks of 4 KiB. */
  private static final int STRETCHES = 64;

  private final int stretchShift;
  private final AtomicReferenceArray<Found> table = new AtomicReferenceArray<>(STRETCHES);

  /**
   * Blocks of the file on the device, found in a version of the tree.
   *
   * @param block first block of the file
   * @param start first block on the device
   */
  private record Found(long block, long start, long count, int version) {}

  /**
   * @param stretchShift log2 of the blocks that hang from one indirect block
   */
  FoundExtents(int stretchShift) {
    this.stretchShift = stretchShift;
  }

  private int slot(long block) {
    return (int) ((block - BlockTree.DIRECT) >> stretchShift) & (STRETCHES - 1);
  }

  /** The extent from a block on, at most so long; null when it is not known. */
  Extent find(long block, long maximum, int version) {
    Found found = table.getAcquire(slot(block));
    if (found == null || found.version != version) {
      return null;
    }
    long inside = block - found.block;
    return inside < 0 || inside >= found.count
        ? null
        : Extent.mapped(found.start + inside, Math.min(maximum, found.count - inside));
  }

  /** Keeps a mapped extent, which ends at the latest with the stretch of its first block. */
  void keep(long block, Extent extent, int version) {
    table.setRelease(slot(block), new Found(block, extent.start(), extent.count(), version));
  }
}
