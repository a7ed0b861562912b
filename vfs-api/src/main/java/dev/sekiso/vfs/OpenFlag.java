package dev.sekiso.vfs;

/**
 * How a file is opened ({@code open(2)}), with the numbers of x86-64 ({@code
 * include/uapi/asm-generic/fcntl.h}). {@link OpenFile#flags} and {@link Vfs#openAt(OpenFile,
 * String, int, int)} take the numbers, or'ed; the other {@code open} calls take the constants.
 */
public enum OpenFlag {
  READ_ONLY(0),
  WRITE_ONLY(01),
  READ_WRITE(02),
  /** Makes the file if it does not exist. */
  CREATE(0100),
  /** With {@link #CREATE}: fails with EEXIST if the name is taken. */
  EXCLUSIVE(0200),
  /** Terminals only: accepted, no effect. */
  NO_CONTROLLING_TERMINAL(0400),
  /** Empties a regular file. */
  TRUNCATE(01000),
  /** Each write goes to the end. */
  APPEND(02000),
  /** For files that can make a reader wait for another program: accepted, no effect on files. */
  NON_BLOCKING(04000),
  /** Each write returns once the data is durable and can be read back. */
  DATA_SYNCHRONOUS(010000),
  /** Signals for terminals and sockets: accepted, no effect. */
  ASYNCHRONOUS_SIGNALS(020000),
  /** Past the page cache. */
  DIRECT(040000),
  /** Allows 2 GiB and more; implied for 64-bit programs. */
  LARGE_FILE(0100000),
  /** Fails with ENOTDIR unless it is a directory. */
  DIRECTORY(0200000),
  /** Fails with ELOOP if the last component is a symbolic link. */
  NO_FOLLOW(0400000),
  /** Reading leaves the access time alone; the owner's and the super user's right. */
  NO_ACCESS_TIME(01000000),
  /** Affects descriptors across {@code exec}: accepted, no effect. */
  CLOSE_ON_EXEC(02000000),
  /** Each write returns once data and metadata are durable. Contains {@link #DATA_SYNCHRONOUS}. */
  SYNCHRONOUS(04010000),
  /** A place in the tree only; nothing can be read or written through it. */
  PATH(010000000),
  /** A file without a name. Contains {@link #DIRECTORY}. */
  TEMPORARY_FILE(020200000);

  /** Mask of the access mode within the flags ({@code O_ACCMODE}). */
  public static final int ACCESS_MODE = 03;

  private final int bits;

  OpenFlag(int bits) {
    this.bits = bits;
  }

  public int bits() {
    return bits;
  }

  /**
   * Whether all bits of this flag are in the number. {@link #READ_ONLY} has none, so it always is.
   */
  public boolean isIn(int flags) {
    return (flags & bits) == bits;
  }

  /** The flags' bits together. */
  public static int bits(OpenFlag... flags) {
    int result = 0;
    for (OpenFlag flag : flags) {
      result |= flag.bits;
    }
    return result;
  }
}
