package dev.sekiso.pagecache;

/** The flags of the calls on memory, with the kernel's numbers (x86-64). */
public final class MapFlags {

  // ---- mmap, mprotect --------------------------------------------------------------------------

  /** No access; every use is a fault. */
  public static final int PROT_NONE = 0;

  public static final int PROT_READ = 1;

  /** Stores; includes loads, as on the processor. */
  public static final int PROT_WRITE = 1 << 1;

  public static final int PROT_EXEC = 1 << 2;

  /** Stores reach the file and everybody else who maps it. */
  public static final int MAP_SHARED = 1;

  /** Stores make a copy. */
  public static final int MAP_PRIVATE = 2;

  /** As shared, but unknown flags are an error (EOPNOTSUPP). */
  public static final int MAP_SHARED_VALIDATE = 3;

  /** Where {@code MAP_SHARED}, {@code MAP_PRIVATE} and {@code MAP_SHARED_VALIDATE} stand. */
  public static final int MAP_TYPE = 0x0f;

  /** At this very address; what is there goes. */
  public static final int MAP_FIXED = 0x10;

  /** Memory without a file. */
  public static final int MAP_ANONYMOUS = 0x20;

  /** Locked into memory from the start ({@code mlock}). */
  public static final int MAP_LOCKED = 0x2000;

  public static final int MAP_NORESERVE = 0x4000;

  /** Brings everything in at once. */
  public static final int MAP_POPULATE = 0x8000;

  /** With {@code MAP_POPULATE}: does not, in effect. */
  public static final int MAP_NONBLOCK = 0x10000;

  public static final int MAP_STACK = 0x20000;

  /** At this very address, or EEXIST. */
  public static final int MAP_FIXED_NOREPLACE = 0x100000;

  /** Accepted and without effect: they speak to the loader or to machines of another kind. */
  static final int MAP_IGNORED = 0x0800 | 0x1000 | MAP_NORESERVE | MAP_STACK;

  static final int MAP_KNOWN =
      MAP_TYPE
          | MAP_FIXED
          | MAP_ANONYMOUS
          | MAP_LOCKED
          | MAP_POPULATE
          | MAP_NONBLOCK
          | MAP_FIXED_NOREPLACE
          | MAP_IGNORED;

  // ---- mremap ----------------------------------------------------------------------------------

  public static final int MREMAP_MAYMOVE = 1;
  public static final int MREMAP_FIXED = 2;

  /** The old place stays mapped, empty. */
  public static final int MREMAP_DONTUNMAP = 4;

  // ---- msync -----------------------------------------------------------------------------------

  public static final int MS_ASYNC = 1;
  public static final int MS_INVALIDATE = 2;
  public static final int MS_SYNC = 4;

  // ---- mlock -----------------------------------------------------------------------------------

  /** For {@code mlock2}: pages are locked once they have been brought in. */
  public static final int MLOCK_ONFAULT = 1;

  /** For {@code mlockall}: what is mapped now. */
  public static final int MCL_CURRENT = 1;

  /** For {@code mlockall}: what will be mapped. */
  public static final int MCL_FUTURE = 2;

  /** For {@code mlockall}: as {@link #MLOCK_ONFAULT}. */
  public static final int MCL_ONFAULT = 4;

  // ---- madvise ---------------------------------------------------------------------------------

  public static final int MADV_NORMAL = 0;
  public static final int MADV_RANDOM = 1;
  public static final int MADV_SEQUENTIAL = 2;
  public static final int MADV_WILLNEED = 3;
  public static final int MADV_DONTNEED = 4;
  public static final int MADV_FREE = 8;
  public static final int MADV_REMOVE = 9;
  public static final int MADV_DONTFORK = 10;
  public static final int MADV_DOFORK = 11;
  public static final int MADV_MERGEABLE = 12;
  public static final int MADV_UNMERGEABLE = 13;
  public static final int MADV_HUGEPAGE = 14;
  public static final int MADV_NOHUGEPAGE = 15;
  public static final int MADV_DONTDUMP = 16;
  public static final int MADV_DODUMP = 17;
  public static final int MADV_WIPEONFORK = 18;
  public static final int MADV_KEEPONFORK = 19;
  public static final int MADV_COLD = 20;
  public static final int MADV_PAGEOUT = 21;
  public static final int MADV_POPULATE_READ = 22;
  public static final int MADV_POPULATE_WRITE = 23;
  public static final int MADV_DONTNEED_LOCKED = 24;
  public static final int MADV_COLLAPSE = 25;
  public static final int MADV_HWPOISON = 100;
  public static final int MADV_SOFT_OFFLINE = 101;
  public static final int MADV_GUARD_INSTALL = 102;
  public static final int MADV_GUARD_REMOVE = 103;

  private MapFlags() {}
}
