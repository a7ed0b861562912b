package dev.sekiso.filesystems.ext2;

/**
 * Monitors that guard the bitmaps' bits and the counters of block groups ({@code sb_bgl_lock}): one
 * for several groups. Held for moments, never across I/O.
 */
final class GroupLocks {

  /** Enough that two tasks on different groups seldom meet. */
  private static final int COUNT = 64;

  private final Object[] monitors = new Object[COUNT];

  GroupLocks() {
    for (int i = 0; i < COUNT; i++) {
      monitors[i] = new Object();
    }
  }

  Object of(int group) {
    return monitors[group % COUNT];
  }
}
