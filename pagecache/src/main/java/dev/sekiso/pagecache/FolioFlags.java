package dev.sekiso.pagecache;

/**
 * The bits of a folio's flag word (the kernel's {@code enum pageflags}). The words of all frames
 * stand in one array, so that a read that hits looks at four bytes and not at the folio object.
 *
 * <p>Who may change a bit: LOCKED anyone, by compare-and-set; WAITERS whoever is about to wait; the
 * rest only the holder of LOCKED, with these exceptions: DIRTY may be set by a store through a
 * mapping without the lock, WRITEBACK is cleared by a completion, READAHEAD and PREFETCHED are
 * cleared by the reader that meets them (the former also when writeback ends), RECLAIM is set by
 * reclaim (which holds the lock) and cleared by the completion. All changes are atomic
 * read-modify-writes.
 */
final class FolioFlags {

  /** One task owns the folio's content and its place in the mapping. */
  static final int LOCKED = 1;

  /** Somebody sleeps until LOCKED or WRITEBACK is cleared. */
  static final int WAITERS = 1 << 1;

  /** The content is what the file holds. */
  static final int UP_TO_DATE = 1 << 2;

  /** The content is newer than what the device holds. */
  static final int DIRTY = 1 << 3;

  /** The content is on its way to the device. */
  static final int WRITEBACK = 1 << 4;

  /** A reader that meets this folio starts the next readahead window. */
  static final int READAHEAD = 1 << 5;

  /** Brought in by readahead and not used since. */
  static final int PREFETCHED = 1 << 6;

  /** Reclaim met it dirty or under writeback: it goes first once it is clean. */
  static final int RECLAIM = 1 << 7;

  /** The frame, first of a free block, is in the allocator's hands. */
  static final int FREE = 1 << 8;

  /** The replacement policy knows the page; changed under replacement's lock. */
  static final int LISTED = 1 << 9;

  /**
   * A mapping has it locked into memory, and no replacement policy knows it any more; changed under
   * replacement's lock.
   */
  static final int UNEVICTABLE = 1 << 10;

  private FolioFlags() {}

  /** The names of the bits that are set, for reports. */
  static String describe(int flags) {
    String[] names = {
      "locked",
      "waiters",
      "up-to-date",
      "dirty",
      "writeback",
      "readahead",
      "prefetched",
      "reclaim",
      "free",
      "listed",
      "unevictable"
    };
    StringBuilder text = new StringBuilder();
    for (int bit = 0; bit < names.length; bit++) {
      if ((flags & (1 << bit)) != 0) {
        text.append(text.isEmpty() ? "" : "|").append(names[bit]);
      }
    }
    return text.toString();
  }
}
