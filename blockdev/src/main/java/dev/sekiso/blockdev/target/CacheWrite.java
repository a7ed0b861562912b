package dev.sekiso.blockdev.target;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.target.CacheBlocks.Block;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A write on its way into a {@link VolatileCache}, block by block as there is room; guarded by the
 * cache's lock.
 */
final class CacheWrite {

  final Bio bio;

  /** When it came, in {@code Machine.nanoTime}. */
  final long startNanos;

  private final CacheBlocks blocks;
  private final int blockBytes;
  private final long first;
  private final long count;
  private final List<Block> taken = new ArrayList<>();
  private long next;

  CacheWrite(Bio bio, long startNanos, CacheBlocks blocks) {
    this.bio = bio;
    this.startNanos = startNanos;
    this.blocks = blocks;
    this.blockBytes = blocks.blockBytes();
    this.first = blocks.firstOf(bio);
    this.count = bio.byteCount() / blockBytes;
  }

  boolean isDurable() {
    return bio.has(Bio.FORCE_UNIT_ACCESS);
  }

  /** Copies blocks in as far as there is room; whether all of it is in. */
  boolean proceed() {
    while (next < count) {
      MemorySegment source =
          bio.operation() == BioOperation.WRITE_ZEROES ? null : piece(next * blockBytes);
      Block block = blocks.put(first + next, source);
      if (block == null) {
        return false;
      }
      taken.add(block);
      next++;
    }
    return true;
  }

  private MemorySegment piece(long offset) {
    List<MemorySegment> pieces =
        bio.part(offset, blockBytes, 0, bio.sector(), done -> {}).segments();
    return pieces.size() == 1 ? pieces.getFirst() : joined(pieces);
  }

  private MemorySegment joined(List<MemorySegment> pieces) {
    MemorySegment whole = MemorySegment.ofArray(new byte[blockBytes]);
    long at = 0;
    for (MemorySegment piece : pieces) {
      MemorySegment.copy(piece, 0, whole, at, piece.byteSize());
      at += piece.byteSize();
    }
    return whole;
  }

  /** Its blocks, in rising order. */
  List<Block> taken() {
    return List.copyOf(taken);
  }

  /** What a cache feels like writing back at once: all of it, nothing, the first part, or any. */
  List<Block> eager(SplittableRandom chance) {
    int fate = chance.nextInt(4);
    int prefix = chance.nextInt(taken.size() + 1);
    List<Block> chosen = new ArrayList<>();
    for (int i = 0; i < taken.size(); i++) {
      boolean early =
          switch (fate) {
            case 0 -> false;
            case 1 -> true;
            case 2 -> i < prefix;
            default -> chance.nextBoolean();
          };
      if (early) {
        chosen.add(taken.get(i));
      }
    }
    return chosen;
  }
}
