package dev.sekiso.pagecache;

/** What a file's user says of its coming accesses ({@code posix_fadvise(2)}). */
public enum Advice {
  NORMAL,
  RANDOM,
  SEQUENTIAL,
  WILL_NEED,
  DONT_NEED,
  NO_REUSE
}
