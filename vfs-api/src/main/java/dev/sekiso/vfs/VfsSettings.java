package dev.sekiso.vfs;

/**
 * Sizes and costs of the VFS.
 *
 * @param unusedDentries unreferenced dentries kept per super block. Linux keeps as many as memory
 *     allows ({@code vfs_cache_pressure}); a library wants a bound. A dentry with its name and map
 *     entry takes about 200 B.
 * @param unusedInodes unreferenced inodes with links kept per super block; dirty ones stay beyond
 *     it until they are written
 * @param timestampTickNanos granularity of the times set by the VFS: Linux takes them from the
 *     timer tick ({@code ktime_get_coarse_real_ts64}), 4 ms at HZ=250, so that a stream of small
 *     writes dirties its inode 250 times a second at most
 * @param callNanos processor time that each system call takes in virtual time, in nanoseconds;
 *     entering and leaving the kernel takes 50 to 200 ns on machines of the 2020s with page-table
 *     isolation off (lmbench {@code lat_syscall null}). 0 charges nothing.
 * @param wordSize what {@code open} does without {@link OpenFlag#LARGE_FILE}
 * @param errorReporting who is told that writing back failed
 */
public record VfsSettings(
    int unusedDentries,
    int unusedInodes,
    long timestampTickNanos,
    long callNanos,
    WordSize wordSize,
    ErrorReporting errorReporting) {

  /** The programs' word size, which decides about files of 2 GiB and more. */
  public enum WordSize {
    /** Every open has {@link OpenFlag#LARGE_FILE} ({@code force_o_largefile}). */
    BITS_64,
    /** Without {@link OpenFlag#LARGE_FILE}, 2 GiB − 1 is the end. */
    BITS_32
  }

  /** 4 ms ticks, no cost per call, 64-bit programs, errors to each open file. */
  public static final VfsSettings DEFAULT =
      new VfsSettings(
          65_536, 16_384, 4_000_000L, 0L, WordSize.BITS_64, ErrorReporting.EACH_OPEN_FILE);

  public VfsSettings {
    if (unusedDentries < 0 || unusedInodes < 0) {
      throw new IllegalArgumentException(
          "numbers of unused dentries (%d) and inodes (%d) to keep must not be negative"
              .formatted(unusedDentries, unusedInodes));
    }
    if (timestampTickNanos < 1) {
      throw new IllegalArgumentException(
          "a timestamp tick takes at least 1 ns, not " + timestampTickNanos);
    }
    if (callNanos < 0) {
      throw new IllegalArgumentException("a system call cannot take " + callNanos + " ns");
    }
  }

  public VfsSettings withUnusedDentries(int count) {
    return new VfsSettings(
        count, unusedInodes, timestampTickNanos, callNanos, wordSize, errorReporting);
  }

  public VfsSettings withUnusedInodes(int count) {
    return new VfsSettings(
        unusedDentries, count, timestampTickNanos, callNanos, wordSize, errorReporting);
  }

  public VfsSettings withTimestampTickNanos(long nanos) {
    return new VfsSettings(
        unusedDentries, unusedInodes, nanos, callNanos, wordSize, errorReporting);
  }

  public VfsSettings withCallNanos(long nanos) {
    return new VfsSettings(
        unusedDentries, unusedInodes, timestampTickNanos, nanos, wordSize, errorReporting);
  }

  public VfsSettings withWordSize(WordSize size) {
    return new VfsSettings(
        unusedDentries, unusedInodes, timestampTickNanos, callNanos, size, errorReporting);
  }

  public VfsSettings withErrorReporting(ErrorReporting reporting) {
    return new VfsSettings(
        unusedDentries, unusedInodes, timestampTickNanos, callNanos, wordSize, reporting);
  }
}
