package dev.sekiso.vfs;

import dev.sekiso.machine.Tracepoint;
import dev.sekiso.machine.Tracer;

/**
 * The steps of the sync family, which have no tracepoints of their own in the kernel: they are told
 * as its function tracer tells them, with the kernel function's name.
 */
enum SyncPhase {
  WAKE_FLUSHERS("wakeup_flusher_threads"),
  START_INODES("writeback_inodes_sb"),
  SYNC_INODES("sync_inodes_sb"),
  SYNC_FILE_SYSTEM("sync_fs"),
  SYNC_BLOCK_DEVICES("sync_bdevs"),
  SYNC_FILE("vfs_fsync_range"),
  LAPTOP_MODE("laptop_sync_completion");

  private static final Tracepoint FUNCTION =
      Tracepoint.of("ftrace", "function", "func", "subject", "wait");

  private final String function;

  SyncPhase(String function) {
    this.function = function;
  }

  /**
   * Tells that the step begins.
   *
   * @param subject what it is about: a super block, a file
   * @param mode whether it waits
   */
  void begins(Tracer tracer, Object subject, SuperBlockOperations.SyncMode mode) {
    if (tracer.enabled(FUNCTION)) {
      int waits = mode == SuperBlockOperations.SyncMode.WAIT ? 1 : 0;
      tracer.emit(FUNCTION, function, String.valueOf(subject), waits);
    }
  }
}
