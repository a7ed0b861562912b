package dev.sekiso.vfs;

/** Options every file system understands ({@code MS_*} of {@code mount(2)}). */
public enum MountFlag {
  READ_ONLY,
  /** Set-user-ID bits have no effect; kept for completeness of {@code statvfs}. */
  NO_SET_USER_ID,
  NO_DEVICE_FILES,
  NO_EXEC,
  /** Every write is synchronous. */
  SYNCHRONOUS,
  /** Directory changes are synchronous. */
  DIRECTORY_SYNCHRONOUS,
  NO_ACCESS_TIME,
  NO_DIRECTORY_ACCESS_TIME,
  /** Access time is written when older than the modification, or than a day (the default). */
  RELATIVE_ACCESS_TIME,
  STRICT_ACCESS_TIME,
  /** Times are kept in memory until something else writes the inode. */
  LAZY_TIME
}
