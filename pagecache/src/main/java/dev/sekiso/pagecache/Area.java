package dev.sekiso.pagecache;

/**
 * A run of pages of a process's addresses that have one meaning: one file (or none), one
 * protection, one set of advice (the kernel's {@code vm_area_struct}).
 *
 * <p>Changed under its map's lock held for writing; an area with pages of an address space also
 * under the monitor of that space's {@link ReverseMap}, which must find it by its place in the
 * file.
 */
final class Area {

  /** May be loaded from, stored to, executed now: the kernel's numbers for protections. */
  static final int READ = MapFlags.PROT_READ;

  static final int WRITE = MapFlags.PROT_WRITE;
  static final int EXECUTE = MapFlags.PROT_EXEC;
  static final int ACCESS = READ | WRITE | EXECUTE;

  /** Stores reach the file. */
  static final int SHARED = 1 << 3;

  /** May be made writable by {@code mprotect}. */
  static final int MAY_WRITE = 1 << 4;

  /** Pages stay in memory. */
  static final int LOCKED = 1 << 5;

  /** Pages stay once they have been brought in. */
  static final int LOCKED_ON_FAULT = 1 << 6;

  static final int ANY_LOCK = LOCKED | LOCKED_ON_FAULT;

  /** {@code MADV_SEQUENTIAL}. */
  static final int SEQUENTIAL = 1 << 7;

  /** {@code MADV_RANDOM}. */
  static final int RANDOM = 1 << 8;

  /** Entries say which page of the file is where ({@code VM_NONLINEAR}). */
  static final int NON_LINEAR = 1 << 9;

  static final int DONT_FORK = 1 << 10;
  static final int WIPE_ON_FORK = 1 << 11;
  static final int DONT_DUMP = 1 << 12;
  static final int HUGE = 1 << 13;
  static final int NO_HUGE = 1 << 14;

  final MemoryMap map;

  /** Null for private anonymous memory. */
  final MappedFile file;

  /** The pages of the file; null for private anonymous memory. */
  final FolioAddressSpace pages;

  /** First page number. */
  long first;

  /** Page number behind the last. */
  long end;

  /** Index in the file of its first page. */
  long offset;

  int flags;

  Area(MemoryMap map, long first, long end, MappedFile file, long offset, int flags) {
    this.map = map;
    this.file = file;
    this.pages = file == null ? null : (FolioAddressSpace) file.pages();
    this.first = first;
    this.end = end;
    this.offset = offset;
    this.flags = flags;
  }

  /** Another area like this one, elsewhere. */
  Area like(long newFirst, long newEnd, long newOffset) {
    return new Area(map, newFirst, newEnd, file, newOffset, flags);
  }

  boolean is(int flag) {
    return (flags & flag) != 0;
  }

  boolean isAnonymous() {
    return file == null;
  }

  boolean isShared() {
    return is(SHARED);
  }

  boolean isNonLinear() {
    return is(NON_LINEAR);
  }

  long pageCount() {
    return end - first;
  }

  boolean contains(long page) {
    return first <= page && page < end;
  }

  /** Index in the file of a page. */
  long indexOf(long page) {
    return page - first + offset;
  }

  /** The page that shows an index of the file. */
  long pageOf(long index) {
    return index - offset + first;
  }

  /** Index in the file of the last page. */
  long lastIndex() {
    return offset + (end - first) - 1;
  }

  /**
   * Whether the first store to each page is to be heard of ({@code vma_wants_writenotify}): shared,
   * writable, and either the era tracks dirty pages so, or the file insists.
   */
  boolean notifiesStores() {
    return isShared()
        && is(WRITE)
        && (map.settings().msync().tracksStores() || pages.operations().needsStoreNotice());
  }

  /** Whether stores to shared pages are tracked, so that writing back must protect them again. */
  boolean tracksStores() {
    return map.settings().msync().tracksStores() || pages.operations().needsStoreNotice();
  }

  /** What faults may expect of the next ones. */
  FaultPattern pattern() {
    if (is(RANDOM)) {
      return FaultPattern.RANDOM;
    }
    return is(SEQUENTIAL) ? FaultPattern.SEQUENTIAL : FaultPattern.NORMAL;
  }

  /** Whether another area could be one with this if it stood next to it. */
  boolean isLike(MappedFile otherFile, int otherFlags) {
    return flags == otherFlags
        && !isNonLinear()
        && (file == null ? otherFile == null : file.equals(otherFile));
  }

  @Override
  public String toString() {
    return String.format(
        "%x-%x %s%s%s%s %x %s",
        first << PageCache.PAGE_SHIFT,
        end << PageCache.PAGE_SHIFT,
        is(READ) ? "r" : "-",
        is(WRITE) ? "w" : "-",
        is(EXECUTE) ? "x" : "-",
        isShared() ? "s" : "p",
        offset << PageCache.PAGE_SHIFT,
        file == null ? "" : file);
  }
}
