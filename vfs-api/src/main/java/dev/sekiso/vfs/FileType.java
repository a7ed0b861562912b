package dev.sekiso.vfs;

/** What kind of thing an inode is: the S_IFMT bits of its mode and the DT_ number of its entry. */
public enum FileType {
  FIFO(0010000, 1),
  CHARACTER_DEVICE(0020000, 2),
  DIRECTORY(0040000, 4),
  BLOCK_DEVICE(0060000, 6),
  REGULAR(0100000, 8),
  SYMBOLIC_LINK(0120000, 10),
  SOCKET(0140000, 12);

  /** Mask of the type bits in a mode. */
  public static final int MASK = 0170000;

  private final int modeBits;
  private final int entryType;

  FileType(int modeBits, int entryType) {
    this.modeBits = modeBits;
    this.entryType = entryType;
  }

  /** The bits in a mode. */
  public int modeBits() {
    return modeBits;
  }

  /** The number in a directory entry ({@code d_type}). */
  public int entryType() {
    return entryType;
  }

  static boolean isDirectory(int mode) {
    return (mode & MASK) == DIRECTORY.modeBits;
  }

  /** The type a mode names, or null when its type bits name none. */
  public static FileType ofMode(int mode) {
    return switch (mode & MASK) {
      case 0010000 -> FIFO;
      case 0020000 -> CHARACTER_DEVICE;
      case 0040000 -> DIRECTORY;
      case 0060000 -> BLOCK_DEVICE;
      case 0100000 -> REGULAR;
      case 0120000 -> SYMBOLIC_LINK;
      case 0140000 -> SOCKET;
      default -> null;
    };
  }
}
