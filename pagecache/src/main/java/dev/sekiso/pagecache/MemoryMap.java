package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SleepingReadWriteLock;
import dev.sekiso.machine.Tracer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * The memory of one process: which addresses mean which pages of which files (the kernel's {@code
 * mm_struct}). Made by {@link PageCache#newMemoryMap}; any number of tasks may share it.
 *
 * <p>The calls are Linux's, with its checks in its order; addresses and lengths are bytes, flags
 * are {@link MapFlags}. Memory is used through {@link MemoryMapping}, which a map hands out for any
 * range: real loads and stores are not ours to catch.
 *
 * <p>A page cache that stands alone maps what its owner gives it:
 *
 * <pre>{@code
 * AddressSpace pages = cache.newAddressSpace("table", store, DirtyListener.NONE);
 * try (MemoryMap memory = cache.newMemoryMap(MemoryMapSettings.DEFAULT)) {
 *   MappedFile table = MappedFile.of(pages, new ReadaheadState(32));
 *   MemoryMapping m = memory.mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, table, 0);
 *   m.setLong(8, m.getLong(0) + 1);
 *   m.sync(MS_SYNC);
 * }
 * }</pre>
 *
 * <p>Locking: {@link #lock} ({@code mmap_lock}) is held for reading by faults and for writing by
 * whoever changes areas; it comes before folio locks. A fault lets it go before it waits for a
 * device, and starts again.
 */
public final class MemoryMap implements AutoCloseable {

  private final CacheCore core;
  private final MemoryMapSettings settings;
  private final SleepingReadWriteLock lock;
  private final AreaSet areas;
  private final PageTables tables = new PageTables();

  /** What stands for a page table that there is not; never written to. */
  private final long[] noEntries = new long[PageTable.ENTRIES];

  private final LongAdder minorFaults = new LongAdder();
  private final LongAdder majorFaults = new LongAdder();

  private final Mapper mapper;
  private final Remapper remapper;
  private final MemoryLocking locking;
  private final MemoryAdvising advising;
  private final MemorySyncing syncing;

  private boolean closed;

  MemoryMap(CacheCore core, MemoryMapSettings settings) {
    this.core = core;
    this.settings = settings;
    this.lock = core.machine.newReadWriteLock("mmap_lock");
    this.areas = new AreaSet(settings.maximumAreas());
    this.locking = new MemoryLocking(this);
    this.mapper = new Mapper(this, locking);
    this.remapper = new Remapper(this, mapper, locking);
    this.advising = new MemoryAdvising(this);
    this.syncing = new MemorySyncing(this);
  }

  CacheCore core() {
    return core;
  }

  private Tracer tracer() {
    return core.machine.tracer();
  }

  MemoryMapSettings settings() {
    return settings;
  }

  SleepingReadWriteLock lock() {
    return lock;
  }

  AreaSet areas() {
    return areas;
  }

  PageTables tables() {
    return tables;
  }

  long[] noEntries() {
    return noEntries;
  }

  MemoryLocking locking() {
    return locking;
  }

  /** Empties page-table entries of part of an area; a non-linear one keeps its order. */
  void zap(Area area, long first, long end) {
    mapper.zap(area, first, end, Mapper.Offsets.STAY);
  }

  // ---- mapping ---------------------------------------------------------------------------------

  /**
   * {@code mmap(2)} of a file. The caller has checked what may be done with it (see the VFS); what
   * is checked here is the place.
   *
   * @param address a wish, or with {@link MapFlags#MAP_FIXED} an order; 0 for no wish
   * @param offset byte position in the file, a multiple of 4096
   * @throws ErrnoException EINVAL when the length is 0, the offset or a fixed address not at a
   *     page, or the kind of mapping is none; EOVERFLOW when the range is not within a file;
   *     EEXIST; EPERM below the lowest address; EAGAIN when too much would be locked; ENOMEM when
   *     there is no room, or there are too many areas; EACCES to store to a shared mapping of a
   *     file that is not open for writing
   */
  public MemoryMapping mmap(
      long address, long length, int protection, int flags, MappedFile file, long offset)
      throws ErrnoException {
    return mapper.mmap(address, length, protection, flags, file, offset);
  }

  /** {@code mmap(2)} of memory without a file: zeroes at first, private or shared. */
  public MemoryMapping mmap(long address, long length, int protection, int flags)
      throws ErrnoException {
    return MemoryCall.MMAP.get(
        tracer(),
        () -> mapper.mmap(address, length, protection, flags | MapFlags.MAP_ANONYMOUS, null, 0),
        address,
        length,
        protection,
        flags | MapFlags.MAP_ANONYMOUS);
  }

  /** A view of any range of addresses, mapped or not. */
  public MemoryMapping at(long address, long length) {
    return new MemoryMapping(this, address, length);
  }

  /**
   * {@code munmap(2)}: nothing is mapped in the range afterwards; areas are cut where it begins and
   * ends.
   *
   * @throws ErrnoException EINVAL when the address is not at a page or the length 0; ENOMEM when
   *     cutting makes too many areas
   */
  public void munmap(long address, long length) throws ErrnoException {
    MemoryCall.MUNMAP.run(tracer(), () -> mapper.munmap(address, length), address, length);
  }

  /**
   * {@code mprotect(2)}.
   *
   * @throws ErrnoException EINVAL when the address is not at a page; ENOMEM when something in the
   *     range is not mapped (what comes before it has been changed); EACCES to make a shared
   *     mapping writable whose file is not open for writing
   */
  public void mprotect(long address, long length, int protection) throws ErrnoException {
    MemoryCall.MPROTECT.run(
        tracer(), () -> mapper.mprotect(address, length, protection), address, length, protection);
  }

  /**
   * {@code mremap(2)}: changes a mapping's length, moves it, or (with an old length of 0) maps a
   * shared one once more.
   *
   * @param newAddress only with {@link MapFlags#MREMAP_FIXED}, or as a wish with {@link
   *     MapFlags#MREMAP_DONTUNMAP}
   * @throws ErrnoException EINVAL for flags and addresses that make no sense; EFAULT when the old
   *     range is not one area's; ENOMEM when it cannot grow in place and must not move; EAGAIN when
   *     too much would be locked
   */
  public MemoryMapping mremap(
      long oldAddress, long oldLength, long newLength, int flags, long newAddress)
      throws ErrnoException {
    return MemoryCall.MREMAP.get(
        tracer(),
        () -> remapper.mremap(oldAddress, oldLength, newLength, flags, newAddress),
        oldAddress,
        oldLength,
        newLength,
        flags,
        newAddress);
  }

  /**
   * {@code remap_file_pages(2)}: shows other pages of the same file in part of a shared mapping; in
   * the page table of one area or by an area per run, as the era has it.
   *
   * @param protection must be 0
   * @param pageOffset index in the file of the first page to show
   * @param flags 0 or {@link MapFlags#MAP_NONBLOCK}: pages are not brought in
   * @throws ErrnoException EINVAL when it is no shared mapping of a file
   */
  public void remapFilePages(long address, long size, int protection, long pageOffset, int flags)
      throws ErrnoException {
    MemoryCall.REMAP_FILE_PAGES.run(
        tracer(),
        () -> remapper.remapFilePages(address, size, protection, pageOffset, flags),
        address,
        size,
        protection,
        pageOffset,
        flags);
  }

  // ---- advice, locking, syncing ----------------------------------------------------------------

  /** {@code madvise(2)} with {@code MADV_*} of {@link MapFlags}. */
  public void madvise(long address, long length, int advice) throws ErrnoException {
    MemoryCall.MADVISE.run(
        tracer(), () -> advising.advise(address, length, advice), address, length, advice);
  }

  /**
   * {@code mincore(2)}: for each page whether it is in memory.
   *
   * @throws ErrnoException EINVAL when the address is not at a page; ENOMEM when something in the
   *     range is not mapped
   */
  public boolean[] mincore(long address, long length) throws ErrnoException {
    return MemoryCall.MINCORE.get(
        tracer(), () -> advising.residency(address, length), address, length);
  }

  /** {@code mlock(2)}: as {@link #mlock2} without flags. */
  public void mlock(long address, long length) throws ErrnoException {
    MemoryCall.MLOCK.run(tracer(), () -> locking.lock(address, length, 0), address, length);
  }

  /**
   * {@code mlock2(2)}: pages of the range are brought in and stay; with {@link
   * MapFlags#MLOCK_ONFAULT} once they are used.
   *
   * @throws ErrnoException ENOMEM above {@code RLIMIT_MEMLOCK} or when something in the range is
   *     not mapped; EPERM when nothing may be locked; EAGAIN when pages could not be brought in
   */
  public void mlock2(long address, long length, int flags) throws ErrnoException {
    MemoryCall.MLOCK2.run(
        tracer(), () -> locking.lock(address, length, flags), address, length, flags);
  }

  /** {@code munlock(2)}. */
  public void munlock(long address, long length) throws ErrnoException {
    MemoryCall.MUNLOCK.run(tracer(), () -> locking.unlock(address, length), address, length);
  }

  /** {@code mlockall(2)} with {@code MCL_*} of {@link MapFlags}. */
  public void mlockall(int flags) throws ErrnoException {
    MemoryCall.MLOCKALL.run(tracer(), () -> locking.lockAll(flags), flags);
  }

  /** {@code munlockall(2)}. */
  public void munlockall() throws ErrnoException {
    MemoryCall.MUNLOCKALL.run(tracer(), locking::unlockAll);
  }

  /**
   * {@code msync(2)} with {@code MS_*} of {@link MapFlags}; what it does beside its checks is the
   * era's ({@link MemoryMapSettings#msync}).
   *
   * @throws ErrnoException EINVAL when the address is not at a page, flags are unknown, or both
   *     synchronous and asynchronous; ENOMEM when something in the range is not mapped; EBUSY to
   *     invalidate what is locked into memory; EIO and its like, once per open file
   */
  public void msync(long address, long length, int flags) throws ErrnoException {
    MemoryCall.MSYNC.run(
        tracer(), () -> syncing.sync(address, length, flags), address, length, flags);
  }

  // ---- seeing ----------------------------------------------------------------------------------

  /** Faults answered without waiting for a device ({@code ru_minflt}). */
  public long minorFaults() {
    return minorFaults.sum();
  }

  /** Faults that had to wait for a device ({@code ru_majflt}). */
  public long majorFaults() {
    return majorFaults.sum();
  }

  void countFault(boolean isMajor) {
    (isMajor ? majorFaults : minorFaults).increment();
  }

  /** Pages of areas that are locked into memory ({@code VmLck}). */
  public long lockedPages() {
    return locking.lockedPages();
  }

  /** The areas in order of address, as {@code /proc/self/maps} has them. */
  public List<String> maps() {
    lock.readLock().lock();
    try {
      List<String> lines = new ArrayList<>(areas.size());
      areas.all().forEach(area -> lines.add(area.toString()));
      return lines;
    } finally {
      lock.readLock().unlock();
    }
  }

  /** The end of the process: everything is unmapped, files are let go. Idempotent. */
  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        mapper.unmapAll();
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  void requireOpen() throws ErrnoException {
    if (closed) {
      throw new ErrnoException(Errno.ESRCH, "the process whose memory this was has ended");
    }
  }

  // ---- what calls share ------------------------------------------------------------------------

  static boolean isAtPage(long bytes) {
    return (bytes & (PageCache.PAGE_SIZE - 1)) == 0;
  }

  /** Pages that so many bytes need; negative when there are none so large. */
  static long pagesFor(long bytes) {
    return (bytes + PageCache.PAGE_SIZE - 1) >> PageCache.PAGE_SHIFT;
  }

  static ErrnoException notAtPage(String call, long address) {
    return new ErrnoException(
        Errno.EINVAL,
        "%s needs an address at a page, 0x%x is not; round it down to a multiple of 4096"
            .formatted(call, address));
  }

  static ErrnoException notMapped(String call, long page) {
    return new ErrnoException(
        Errno.ENOMEM,
        "%s: nothing is mapped at 0x%x".formatted(call, page << PageCache.PAGE_SHIFT));
  }
}
