package dev.sekiso.writeback;

import dev.sekiso.machine.Tracepoint;

/** The layer's tracepoints: names and fields of {@code include/trace/events/writeback.h}. */
public final class Tracepoints {

  static final Tracepoint WRITEBACK_DIRTY_FOLIO =
      point("writeback_dirty_folio", "name", "ino", "pages");
  static final Tracepoint WRITEBACK_MARK_INODE_DIRTY =
      point("writeback_mark_inode_dirty", "name", "ino", "state", "flags");
  static final Tracepoint WRITEBACK_DIRTY_INODE =
      point("writeback_dirty_inode", "name", "ino", "state", "flags");
  static final Tracepoint WRITEBACK_DIRTY_INODE_ENQUEUE =
      point("writeback_dirty_inode_enqueue", "dev", "ino", "state", "mode", "dirtied_when");
  static final Tracepoint WRITEBACK_LAZYTIME =
      point("writeback_lazytime", "dev", "ino", "state", "mode", "dirtied_when");
  static final Tracepoint WRITEBACK_QUEUE = work("writeback_queue");
  static final Tracepoint WRITEBACK_EXEC = work("writeback_exec");
  static final Tracepoint WRITEBACK_START = work("writeback_start");
  static final Tracepoint WRITEBACK_WRITTEN = work("writeback_written");
  static final Tracepoint WRITEBACK_WAIT = work("writeback_wait");
  static final Tracepoint WRITEBACK_PAGES_WRITTEN = point("writeback_pages_written", "pages");
  static final Tracepoint WRITEBACK_WAKE_BACKGROUND =
      point("writeback_wake_background", "name", "cgroup");
  static final Tracepoint WRITEBACK_BDI_REGISTER = point("writeback_bdi_register", "name");
  static final Tracepoint WRITEBACK_QUEUE_IO =
      point("writeback_queue_io", "name", "older", "age", "moved", "reason", "cgroup");
  static final Tracepoint WRITEBACK_SB_INODES_REQUEUE =
      point("writeback_sb_inodes_requeue", "name", "ino", "state", "dirtied_when", "cgroup");
  static final Tracepoint WRITEBACK_SINGLE_INODE_START = single("writeback_single_inode_start");
  static final Tracepoint WRITEBACK_SINGLE_INODE = single("writeback_single_inode");
  static final Tracepoint WRITEBACK_WRITE_INODE =
      point("writeback_write_inode", "name", "ino", "sync_mode", "cgroup");
  static final Tracepoint WBC_WRITEPAGE =
      point(
          "wbc_writepage",
          "name",
          "nr_to_write",
          "pages_skipped",
          "sync_mode",
          "for_background",
          "range_cyclic",
          "range_start",
          "range_end",
          "cgroup");
  static final Tracepoint INODE_SWITCH_WBS =
      point("inode_switch_wbs", "name", "ino", "old_cgroup", "new_cgroup");
  static final Tracepoint FLUSH_FOREIGN = point("flush_foreign", "name", "cgroup");
  static final Tracepoint GLOBAL_DIRTY_STATE =
      point(
          "global_dirty_state",
          "nr_dirty",
          "nr_writeback",
          "background_thresh",
          "dirty_thresh",
          "dirty_limit",
          "nr_dirtied",
          "nr_written");

  /** Rates in KiB per second. */
  public static final Tracepoint BDI_DIRTY_RATELIMIT =
      point(
          "bdi_dirty_ratelimit",
          "bdi",
          "write_bw",
          "avg_write_bw",
          "dirty_rate",
          "dirty_ratelimit",
          "task_ratelimit",
          "balanced_dirty_ratelimit",
          "cgroup");

  /** Pages; rates in KiB per second; times in milliseconds. */
  public static final Tracepoint BALANCE_DIRTY_PAGES =
      point(
          "balance_dirty_pages",
          "bdi",
          "limit",
          "setpoint",
          "dirty",
          "wb_setpoint",
          "wb_dirty",
          "dirty_ratelimit",
          "task_ratelimit",
          "dirtied",
          "dirtied_pause",
          "paused",
          "pause",
          "period",
          "think",
          "cgroup");

  private Tracepoints() {}

  private static Tracepoint point(String name, String... fields) {
    return Tracepoint.of("writeback", name, fields);
  }

  private static Tracepoint work(String name) {
    return point(
        name,
        "name",
        "nr_pages",
        "sb_dev",
        "sync_mode",
        "for_kupdate",
        "range_cyclic",
        "for_background",
        "reason",
        "cgroup");
  }

  private static Tracepoint single(String name) {
    return point(name, "name", "ino", "state", "dirtied_when", "nr_to_write", "wrote", "cgroup");
  }
}
