package dev.sekiso.vfs;

/** What an offset of {@code lseek(2)} counts from; the kernel's numbers are the ordinals. */
public enum SeekFrom {
  START,
  CURRENT,
  END,
  /** To the next data at or after the offset. */
  DATA,
  /** To the next hole at or after the offset. */
  HOLE
}
