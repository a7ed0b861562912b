package dev.sekiso.blockdev;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Finds how much of a bio fits into one request ({@code bio_split_rw_at}, {@code get_max_io_size},
 * {@code bvec_split_segs} in {@code block/blk-merge.c}).
 *
 * <p>Contiguous memory counts as one segment as long as it is no longer than the largest segment
 * and crosses no boundary; the segment limit cuts at the segment it no longer allows, rounded down
 * to a logical block. The sector limit is rounded down so that the next part begins at a physical
 * block.
 */
final class BioSplitter {

  /**
   * Where to cut.
   *
   * @param bytes length of the first part; the whole bio when nothing has to be cut
   * @param segments segments of the first part
   * @param error what is wrong with the memory, null when it can be taken
   */
  record Cut(long bytes, int segments, String error) {}

  private BioSplitter() {}

  static Cut cut(Bio bio, long offset, long sector, QueueLimits limits) {
    long left = bio.byteCount() - offset;
    if (bio.pieces().isEmpty()) {
      return new Cut(left, 1, null);
    }
    long most = Math.min(left, maxBytes(sector, limits));
    Run run = new Run(limits);
    List<MemorySegment> pieces = bio.pieces();
    long skip = offset;
    long bytes = 0;
    for (int i = 0; i < pieces.size() && bytes < most; i++) {
      MemorySegment piece = pieces.get(i);
      if (skip >= piece.byteSize()) {
        skip -= piece.byteSize();
        continue;
      }
      long address = piece.address() + skip;
      if ((address & (limits.dmaAlignment() - 1)) != 0) {
        return new Cut(
            0,
            0,
            "memory at 0x%x is not aligned to %d bytes as the device needs"
                .formatted(address, limits.dmaAlignment()));
      }
      long wanted = Math.min(piece.byteSize() - skip, most - bytes);
      long taken = run.extend(address, wanted);
      bytes += taken;
      skip = 0;
      if (taken < wanted) {
        break;
      }
    }
    if (bytes < left) {
      bytes &= -limits.logicalBlockSize();
      if (bytes == 0) {
        return new Cut(
            0,
            0,
            "its memory is so scattered that %d segments do not hold one block of %d bytes"
                .formatted(limits.maxSegments(), limits.logicalBlockSize()));
      }
    }
    return new Cut(bytes, run.segments, null);
  }

  private static long maxBytes(long sector, QueueLimits limits) {
    long physical = limits.physicalBlockSize() >> Bio.SECTOR_SHIFT;
    long logical = limits.logicalBlockSize() >> Bio.SECTOR_SHIFT;
    long start = sector & (physical - 1);
    long end = (start + limits.maxSectors()) & -physical;
    long sectors = end > start ? end - start : limits.maxSectors() & -logical;
    return sectors << Bio.SECTOR_SHIFT;
  }

  /** Counts segments while memory is added. */
  private static final class Run {

    private final QueueLimits limits;
    private int segments;
    private long end = -1;
    private long room;

    Run(QueueLimits limits) {
      this.limits = limits;
    }

    /** Takes memory as far as the number of segments allows, and tells how far. */
    long extend(long address, long length) {
      long at = address;
      long left = length;
      while (left > 0) {
        if (at != end || room == 0) {
          if (segments == limits.maxSegments()) {
            return length - left;
          }
          segments++;
          room = limits.maxSegmentSize();
          long mask = limits.segmentBoundaryMask();
          if (mask != -1L) {
            room = Math.min(room, mask - (at & mask) + 1);
          }
        }
        long taken = Math.min(left, room);
        room -= taken;
        at += taken;
        left -= taken;
        end = at;
      }
      return length;
    }
  }
}
