package dev.sekiso.filesystems.block;

/**
 * Where a run of a file's blocks lies on the device.
 *
 * @param start first device block, or {@link #HOLE}
 * @param count blocks in the run, at least 1
 * @param fresh whether the blocks were allocated by this very call: what the device holds there is
 *     no data of the file
 */
public record Extent(long start, long count, boolean fresh) {

  /** The start of a run that has no blocks on the device and reads as zeroes. */
  public static final long HOLE = -1;

  public Extent {
    if (count < 1) {
      throw new IllegalArgumentException("an extent has at least one block, not " + count);
    }
  }

  /** A run of blocks that were there before. */
  public static Extent mapped(long start, long count) {
    return new Extent(start, count, false);
  }

  /** A run of blocks just allocated. */
  public static Extent fresh(long start, long count) {
    return new Extent(start, count, true);
  }

  /** A run without blocks. */
  public static Extent hole(long count) {
    return new Extent(HOLE, count, false);
  }

  /** Its beginning, no longer than that. */
  public Extent atMost(long maximum) {
    return count <= maximum ? this : new Extent(start, maximum, fresh);
  }

  public boolean isHole() {
    return start == HOLE;
  }
}
