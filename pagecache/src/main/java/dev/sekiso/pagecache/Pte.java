package dev.sekiso.pagecache;

/**
 * The bits of a page-table entry, a long. 0 is empty.
 *
 * <p>A positive entry maps a page: the page's frame (bits 0–30), the generation its folio is in
 * (bits 31–56, as in {@link XArray}, so that a reader recognises that the frame has got another
 * life), and flags. A negative entry maps nothing and says what a fault is to do: a page of the
 * file (of a non-linear area), or a guard.
 *
 * <p>Who may change an entry: everything, the holder of its table's monitor, by atomic exchange.
 * ACCESSED and DIRTY may also be set without it, by compare-and-set, by whoever uses the page: what
 * a processor does to a real entry.
 */
final class Pte {

  private static final int FRAME_BITS = 31;
  private static final int GENERATION_BITS = 26;
  private static final long FRAME_MASK = (1L << FRAME_BITS) - 1;

  /** May be loaded from. */
  static final long PRESENT = 1L << (FRAME_BITS + GENERATION_BITS);

  /** May be stored to. Only with PRESENT. */
  static final long WRITABLE = PRESENT << 1;

  /** Used since the bit was last cleared. */
  static final long ACCESSED = PRESENT << 2;

  /** Stored to since the bit was last cleared. */
  static final long DIRTY = PRESENT << 3;

  /** The page is this area's own: anonymous memory, or a copy of a file's page. */
  static final long PRIVATE = PRESENT << 4;

  /** The page of zeroes, which nobody counts. */
  static final long ZERO = PRESENT << 5;

  /** What must be unchanged for a load that has taken place to count. */
  static final long IDENTITY = (PRESENT << 1) - 1;

  private static final long OFFSET_MARK = Long.MIN_VALUE;
  private static final long GUARD = Long.MIN_VALUE | (1L << 62);

  private Pte() {}

  /**
   * The entry for a page.
   *
   * @param folio that the page is part of
   * @param frame of the page itself
   */
  static long of(Folio folio, int frame, long flags) {
    return ((long) folio.generation << FRAME_BITS) | frame | flags;
  }

  static int frame(long pte) {
    return (int) (pte & FRAME_MASK);
  }

  /** Byte position of the page in the frames' memory. */
  static long position(long pte) {
    return (pte & FRAME_MASK) << PageCache.PAGE_SHIFT;
  }

  /** Whether the entry holds a page, accessible or not. */
  static boolean isMapped(long pte) {
    return pte > 0;
  }

  /** Whether the entry holds a page of a file's address space. */
  static boolean isFilePage(long pte) {
    return pte > 0 && (pte & (PRIVATE | ZERO)) == 0;
  }

  /** An entry that says which page of the file belongs here; for non-linear areas. */
  static long ofOffset(long index) {
    return OFFSET_MARK | index;
  }

  static boolean isOffset(long pte) {
    return pte < 0 && pte != GUARD;
  }

  static long offset(long pte) {
    return pte & ~OFFSET_MARK;
  }

  /** An entry whose every use is a fault ({@code PTE_MARKER_GUARD}). */
  static long guard() {
    return GUARD;
  }

  static boolean isGuard(long pte) {
    return pte == GUARD;
  }
}
