package dev.sekiso.vfs;

/** How far a freeze has come ({@code s_writers.frozen}), in its order. */
public enum FreezeLevel {
  /** Changes go ahead. */
  UNFROZEN,
  /** New calls that change something wait; those under way are waited for. */
  WRITE,
  /** So do first stores into mappings ({@code SB_FREEZE_PAGEFAULT}). */
  PAGE_FAULT,
  /** So do changes that the file system makes on its own account ({@code SB_FREEZE_FS}). */
  FILE_SYSTEM,
  /** Nothing changes and everything is on the device. */
  COMPLETE
}
