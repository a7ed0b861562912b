package dev.sekiso.filesystems.ext2;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;

/**
 * Ranges of blocks that files being written keep for their next blocks, in memory only, so that
 * files growing side by side stay contiguous (the reservation windows of {@code balloc.c}). They
 * bind only other windows: when nothing else is free, blocks inside may be taken.
 *
 * <p>Guarded by its monitor; searches look at bitmaps already in memory.
 */
final class ReservationWindows {

  /** Blocks of a first window; it doubles while its file uses it well. */
  static final int FIRST_SIZE = 8;

  /** Largest window in blocks: what the kernel allows (EXT2_MAX_RESERVE_BLOCKS). */
  static final int MAXIMUM_SIZE = 1027;

  /** A file's window. Its bounds are guarded by the monitor of its {@link ReservationWindows}. */
  static final class Window {
    private long start;
    private long end = -1;
    private int size = FIRST_SIZE;
    private int used;

    private boolean isEmpty() {
      return end < start;
    }
  }

  /** First and last block, inclusive. */
  record Range(long first, long last) {}

  private final TreeMap<Long, Window> byStart = new TreeMap<>();

  /** The window's range, or null when it has none. */
  synchronized Range range(Window window) {
    return window.isEmpty() ? null : new Range(window.start, window.end);
  }

  /** Blocks of the window were taken. */
  synchronized void used(Window window, int blocks) {
    window.used += blocks;
  }

  /** The file needs no more blocks for now. */
  synchronized void discard(Window window) {
    drop(window);
    window.size = FIRST_SIZE;
  }

  private void drop(Window window) {
    if (!window.isEmpty()) {
      byStart.remove(window.start, window);
      window.end = window.start - 1;
    }
    window.used = 0;
  }

  /**
   * Gives a file a new window in a group, from a block on, that overlaps no other and begins with a
   * free block.
   *
   * @param bitmap the group's bitmap
   * @param busy bits that count as set, or null
   * @param groupFirst first block of the group
   * @param from where to begin, index in the group
   * @param to end of the search, index in the group
   * @return whether there was room
   */
  synchronized boolean place(
      Window window, MemorySegment bitmap, FreedBits busy, long groupFirst, int from, int to) {
    boolean wellUsed = !window.isEmpty() && window.used * 2 > window.end - window.start;
    if (wellUsed) {
      window.size = Math.min(MAXIMUM_SIZE, window.size * 2);
    }
    drop(window);
    int at = from;
    while (at < to) {
      Map.Entry<Long, Window> before = byStart.floorEntry(groupFirst + at);
      if (before != null && before.getValue().end >= groupFirst + at) {
        at = (int) (before.getValue().end + 1 - groupFirst);
        continue;
      }
      int free = Bitmap.nextClear(bitmap, busy, at, to);
      Map.Entry<Long, Window> after = byStart.ceilingEntry(groupFirst + at);
      int gapEnd = after == null ? to : (int) Math.min(to, after.getKey() - groupFirst);
      if (free < gapEnd) {
        window.start = groupFirst + free;
        window.end = groupFirst + Math.min(gapEnd, free + window.size) - 1;
        byStart.put(window.start, window);
        return true;
      }
      at = Math.max(free, gapEnd);
      if (at == gapEnd && after == null) {
        return false;
      }
    }
    return false;
  }
}
