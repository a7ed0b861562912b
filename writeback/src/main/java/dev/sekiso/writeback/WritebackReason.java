package dev.sekiso.writeback;

/** Why something is written (the kernel's {@code enum wb_reason}). */
public enum WritebackReason {
  BACKGROUND("background"),
  VMSCAN("vmscan"),
  SYNC("sync"),
  PERIODIC("periodic"),
  LAPTOP_TIMER("laptop_timer"),
  FREE_MORE_MEMORY("free_more_memory"),
  FS_FREE_SPACE("fs_free_space"),
  FORKER_THREAD("forker_thread"),
  FOREIGN_FLUSH("foreign_flush");

  private final String traceName;

  WritebackReason(String traceName) {
    this.traceName = traceName;
  }

  /** As the kernel's tracepoints print it. */
  @Override
  public String toString() {
    return traceName;
  }
}
