package dev.sekiso.blockdev.target;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.machine.ErrnoException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The blocks in a {@link VolatileCache}; guarded by its lock.
 *
 * <p>A block is <em>current</em> while the map has it: the newest version of its number. It is in
 * <em>flight</em> while the device below is writing it; then it must not change, and a newer
 * version is another object. It is <em>pinned</em> while a read means to copy it. Its memory is
 * used again when it is none of these.
 */
final class CacheBlocks {

  private static final int BLOCKS_PER_SLAB = 64;

  /** One version of one block. */
  static final class Block {

    final long number;
    final MemorySegment data;

    /** The version before it, while that is in flight. */
    private Block predecessor;

    private boolean inFlight;
    private int pins;
    private ErrnoException failure;
    private final List<Runnable> afterFlight = new ArrayList<>(0);

    private Block(long number, MemorySegment data, Block predecessor) {
      this.number = number;
      this.data = data;
      this.predecessor = predecessor;
    }

    /** Why this version never got down although it is not current any more; null if it did. */
    ErrnoException failure() {
      return failure;
    }
  }

  private final long capacity;
  private final int blockBytes;
  private final int alignment;
  private final Arena arena = Arena.ofAuto();
  private final Map<Long, Block> current = new LinkedHashMap<>();
  private final Deque<MemorySegment> free = new ArrayDeque<>();
  private long slots;

  CacheBlocks(long capacity, int blockBytes, int alignment) {
    this.capacity = capacity;
    this.blockBytes = blockBytes;
    this.alignment = alignment;
  }

  int blockBytes() {
    return blockBytes;
  }

  /** The number of the first block of a bio. */
  long firstOf(Bio bio) {
    return (bio.sector() << Bio.SECTOR_SHIFT) / blockBytes;
  }

  long capacity() {
    return capacity;
  }

  long size() {
    return current.size();
  }

  /**
   * Takes a version of a block in; null when there is no room.
   *
   * @param source its contents, null for zeroes
   */
  Block put(long number, MemorySegment source) {
    Block block = current.get(number);
    if (block == null || block.inFlight) {
      MemorySegment slot = slot();
      if (slot == null) {
        return null;
      }
      block = new Block(number, slot, block);
      current.remove(number);
      current.put(number, block);
    }
    if (source == null) {
      block.data.fill((byte) 0);
    } else {
      MemorySegment.copy(source, 0, block.data, 0, blockBytes);
    }
    return block;
  }

  private MemorySegment slot() {
    MemorySegment slot = free.poll();
    if (slot != null || slots == capacity) {
      return slot;
    }
    int count = (int) Math.min(BLOCKS_PER_SLAB, capacity - slots);
    MemorySegment slab = arena.allocate((long) count * alignment, Math.max(alignment, 4096));
    for (int i = 0; i < count; i++) {
      free.add(slab.asSlice((long) i * alignment, blockBytes));
    }
    slots += count;
    return free.poll();
  }

  /** The current versions of a range, kept from being used for anything else. */
  List<Block> pin(long first, long count) {
    List<Block> pinned = new ArrayList<>();
    if (current.isEmpty()) {
      return pinned;
    }
    for (long number = first; number < first + count; number++) {
      Block block = current.get(number);
      if (block != null) {
        block.pins++;
        pinned.add(block);
      }
    }
    return pinned;
  }

  void unpin(Block block) {
    block.pins--;
    release(block);
  }

  /** Copies a block to a place in a list of pieces of memory. */
  void copyOut(Block block, List<MemorySegment> pieces, long offset) {
    long skip = offset;
    long done = 0;
    for (MemorySegment piece : pieces) {
      if (skip >= piece.byteSize()) {
        skip -= piece.byteSize();
        continue;
      }
      long length = Math.min(blockBytes - done, piece.byteSize() - skip);
      MemorySegment.copy(block.data, done, piece, skip, length);
      done += length;
      skip = 0;
      if (done == blockBytes) {
        return;
      }
    }
  }

  /** All current blocks, by number. */
  List<Block> all() {
    return sorted(new ArrayList<>(current.values()));
  }

  /** The blocks that have been here longest, by number. */
  List<Block> oldest(long count) {
    return sorted(new ArrayList<>(current.values().stream().limit(count).toList()));
  }

  private static List<Block> sorted(List<Block> blocks) {
    blocks.sort(Comparator.comparingLong(block -> block.number));
    return blocks;
  }

  /** Whether the block still has to get down. */
  boolean isHeld(Block block) {
    return block.inFlight || current.get(block.number) == block;
  }

  /**
   * Begins a block's flight, unless it, or an older version of it, is in flight.
   *
   * @param later what to try again when that has landed
   */
  boolean startFlight(Block block, Runnable later) {
    if (block.inFlight) {
      block.afterFlight.add(later);
      return false;
    }
    if (block.predecessor != null && block.predecessor.inFlight) {
      block.predecessor.afterFlight.add(later);
      return false;
    }
    block.predecessor = null;
    block.inFlight = true;
    return true;
  }

  /**
   * Ends a block's flight. One that did not arrive stays, unless there is a newer version.
   *
   * @return what waited for it
   */
  List<Runnable> endFlight(Block block, ErrnoException failure) {
    block.inFlight = false;
    boolean isCurrent = current.get(block.number) == block;
    if (failure == null && isCurrent) {
      current.remove(block.number);
    } else if (failure != null && !isCurrent) {
      block.failure = failure;
    }
    release(block);
    List<Runnable> waiting = List.copyOf(block.afterFlight);
    block.afterFlight.clear();
    return waiting;
  }

  private void release(Block block) {
    if (block.pins == 0 && !isHeld(block)) {
      free.add(block.data);
    }
  }
}
