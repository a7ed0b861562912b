package dev.sekiso.filesystems.block;

import dev.sekiso.machine.ErrnoException;

/**
 * The extent one is working in: asks the file for the next one only when a block is not covered by
 * the last (the kernel's {@code mpage_readpage_args.map_bh}). Belongs to one task, lives as long as
 * one operation.
 */
final class BlockRun {

  /** Blocks asked for when more may follow: 1 MiB of the largest blocks, one full bio. */
  static final int WINDOW = 256;

  private final BlockMappedFile file;
  private long first;
  private long end;
  private Extent extent;

  BlockRun(BlockMappedFile file) {
    this.file = file;
  }

  /** Makes the run cover a block. */
  void seek(long block, long interest) throws ErrnoException {
    if (extent == null || block < first || block >= end) {
      set(block, file.map(block, Math.max(1, interest)));
    }
  }

  /** Makes the run cover a block that lies on the device, allocating it if it must. */
  void allocate(long block, long interest) throws ErrnoException {
    if (extent == null || block < first || block >= end || extent.isHole()) {
      set(block, file.allocate(block, Math.max(1, interest)));
    }
  }

  private void set(long block, Extent value) {
    extent = value;
    first = block;
    end = block + value.count();
  }

  boolean isHole() {
    return extent.isHole();
  }

  boolean isFresh() {
    return extent.fresh();
  }

  /** Blocks from this one to the run's end. */
  long left(long block) {
    return end - block;
  }

  /** The device block that holds a block. */
  long at(long block) {
    return extent.start() + (block - first);
  }
}
