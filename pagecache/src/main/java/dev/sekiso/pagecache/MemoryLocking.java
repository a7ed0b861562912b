package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.pagecache.MemoryFaultException.Signal;
import java.util.ArrayList;
import java.util.List;

/**
 * Locking pages into memory ({@code mm/mlock.c}), and bringing ranges in ({@code mm_populate}).
 *
 * <p>A locked page is one that a locked area shows. Reclaim asks the areas, and takes such a page
 * out of the replacement policy's hands, so that it does not meet it again; unlocking the area, or
 * unmapping the page, puts it back. The count is of areas' pages, in memory or not, as Linux counts
 * them against {@code RLIMIT_MEMLOCK}, and belongs to the map's lock.
 */
final class MemoryLocking {

  private static final int ALL_FLAGS =
      MapFlags.MCL_CURRENT | MapFlags.MCL_FUTURE | MapFlags.MCL_ONFAULT;

  private final MemoryMap map;
  private volatile long lockedPages;

  /** The lock that new areas get ({@code MCL_FUTURE}). */
  private volatile int future;

  MemoryLocking(MemoryMap map) {
    this.map = map;
  }

  long lockedPages() {
    return lockedPages;
  }

  /** Accounts for areas that come or go locked; the map's lock is held for writing. */
  void count(long pages) {
    lockedPages += pages;
  }

  private static boolean isPrivileged() {
    return TaskContext.current().credentials().isSuperUser();
  }

  private static long limitPages() {
    return TaskContext.current().limits().lockedMemory() >> PageCache.PAGE_SHIFT;
  }

  private static void requireAllowed(String call) throws ErrnoException {
    if (limitPages() == 0 && !isPrivileged()) {
      throw new ErrnoException(
          Errno.EPERM, call + ": RLIMIT_MEMLOCK is less than a page, nothing may be locked");
    }
  }

  private static ErrnoException overLimit(Errno errno, long wanted) {
    return new ErrnoException(
        errno,
        "%d pages would be locked into memory, RLIMIT_MEMLOCK allows %d"
            .formatted(wanted, limitPages()));
  }

  // ---- new areas -------------------------------------------------------------------------------

  int flagsOfNew(int mapFlags) {
    return future | ((mapFlags & MapFlags.MAP_LOCKED) != 0 ? Area.LOCKED : 0);
  }

  /** Whether a new area's pages are brought in because it is locked. */
  boolean populatesNew(int mapFlags) {
    return (flagsOfNew(mapFlags) & Area.LOCKED) != 0;
  }

  /** Fails unless so many new pages of an area may be locked ({@code mlock_future_ok}). */
  void checkNew(int areaFlags, int mapFlags, long count) throws ErrnoException {
    if ((mapFlags & MapFlags.MAP_LOCKED) != 0) {
      requireAllowed("mmap");
    }
    if ((areaFlags & Area.ANY_LOCK) != 0 && lockedPages + count > limitPages() && !isPrivileged()) {
      throw overLimit(Errno.EAGAIN, lockedPages + count);
    }
  }

  // ---- calls -----------------------------------------------------------------------------------

  void lock(long address, long length, int flags) throws ErrnoException {
    if ((flags & ~MapFlags.MLOCK_ONFAULT) != 0) {
      throw new ErrnoException(
          Errno.EINVAL, "mlock2 flags 0x%x are not all known".formatted(flags));
    }
    requireAllowed("mlock");
    long first = address >>> PageCache.PAGE_SHIFT;
    long end = endOf("mlock", address, length);
    boolean onFault = (flags & MapFlags.MLOCK_ONFAULT) != 0;
    map.lock().writeLock().lock();
    try {
      long wanted = lockedPages + end - first;
      if (wanted > limitPages() && !isPrivileged()) {
        wanted -= lockedIn(first, end);
        if (wanted > limitPages()) {
          throw overLimit(Errno.ENOMEM, wanted);
        }
      }
      apply("mlock", first, end, onFault ? Area.LOCKED_ON_FAULT : Area.LOCKED);
    } finally {
      map.lock().writeLock().unlock();
    }
    if (!onFault) {
      populateOrFail(first, end);
    }
  }

  private static long endOf(String call, long address, long length) throws ErrnoException {
    long first = address >>> PageCache.PAGE_SHIFT;
    long end = MemoryMap.pagesFor(address + length);
    if (length < 0 || address < 0 || end < first) {
      throw new ErrnoException(
          Errno.EINVAL, "%s of %d bytes at 0x%x: no such range".formatted(call, length, address));
    }
    return end;
  }

  private long lockedIn(long first, long end) {
    long count = 0;
    for (Area area = map.areas().in(first, end);
        area != null;
        area = map.areas().in(area.end, end)) {
      if (area.is(Area.ANY_LOCK)) {
        count += Math.min(end, area.end) - Math.max(first, area.first);
      }
    }
    return count;
  }

  void unlock(long address, long length) throws ErrnoException {
    long end = endOf("munlock", address, length);
    map.lock().writeLock().lock();
    try {
      apply("munlock", address >>> PageCache.PAGE_SHIFT, end, 0);
    } finally {
      map.lock().writeLock().unlock();
    }
  }

  /** Changes the lock of a range's areas ({@code apply_vma_lock_flags}). */
  private void apply(String call, long first, long end, int lock) throws ErrnoException {
    AreaSet areas = map.areas();
    long page = first;
    try {
      while (page < end) {
        Area area = areas.at(page);
        if (area == null) {
          throw MemoryMap.notMapped(call, page);
        }
        long to = Math.min(end, area.end);
        setLock(area, page, to, lock);
        page = to;
      }
    } finally {
      areas.join(first, Math.max(page, first + 1));
    }
  }

  private void setLock(Area area, long first, long end, int lock) throws ErrnoException {
    if ((area.flags & Area.ANY_LOCK) == lock) {
      return;
    }
    map.areas().cut(first, end);
    Area part = map.areas().at(first);
    boolean was = part.is(Area.ANY_LOCK);
    map.areas().change(part, () -> part.flags = (part.flags & ~Area.ANY_LOCK) | lock, null);
    if (was != (lock != 0)) {
      count(was ? -part.pageCount() : part.pageCount());
    }
    if (lock == 0) {
      putBack(first, end);
    }
  }

  /** Gives pages of a range back to replacement ({@code munlock_folio}). */
  private void putBack(long first, long end) {
    List<Folio> unlocked = new ArrayList<>();
    map.tables()
        .forEachEntry(
            first,
            end,
            (table, slot, pte) -> {
              if (Pte.isFilePage(pte)) {
                Folio folio = map.core().table.holder(Pte.frame(pte));
                if (folio.has(FolioFlags.UNEVICTABLE)) {
                  folio.get();
                  unlocked.add(folio);
                }
              }
            });
    for (Folio folio : unlocked) {
      map.core().replacement.rescued(folio);
      folio.put();
    }
  }

  void lockAll(int flags) throws ErrnoException {
    if ((flags & ~ALL_FLAGS) != 0 || flags == 0 || flags == MapFlags.MCL_ONFAULT) {
      throw new ErrnoException(
          Errno.EINVAL, "mlockall flags 0x%x: current, future, or both".formatted(flags));
    }
    requireAllowed("mlockall");
    int lock = (flags & MapFlags.MCL_ONFAULT) != 0 ? Area.LOCKED_ON_FAULT : Area.LOCKED;
    boolean current = (flags & MapFlags.MCL_CURRENT) != 0;
    map.lock().writeLock().lock();
    try {
      long total = 0;
      for (Area area : map.areas().all()) {
        total += area.pageCount();
      }
      if (current && total > limitPages() && !isPrivileged()) {
        throw overLimit(Errno.ENOMEM, total);
      }
      future = (flags & MapFlags.MCL_FUTURE) != 0 ? lock : 0;
      if (current) {
        applyToAll(lock);
      }
    } finally {
      map.lock().writeLock().unlock();
    }
    if (current && lock == Area.LOCKED) {
      populate(0, AreaSet.LIMIT);
    }
  }

  void unlockAll() throws ErrnoException {
    map.lock().writeLock().lock();
    try {
      future = 0;
      applyToAll(0);
    } finally {
      map.lock().writeLock().unlock();
    }
  }

  private void applyToAll(int lock) throws ErrnoException {
    Area area = map.areas().from(0);
    while (area != null) {
      long end = area.end;
      setLock(area, area.first, end, lock);
      area = map.areas().from(end);
    }
    map.areas().join(0, AreaSet.LIMIT);
  }

  // ---- bringing in -----------------------------------------------------------------------------

  /** Brings in what can be of a range; what cannot is left to whoever uses it. */
  void populate(long first, long end) {
    long page = first;
    while (page < end) {
      Step step = step(page, end);
      if (step == null) {
        return;
      }
      page = step.end;
      if (step.access == null) {
        continue;
      }
      try {
        bringIn(step.first, step.end, step.access);
      } catch (MemoryFaultException e) {
        if (e.signal() == Signal.KILL) {
          return;
        }
      }
    }
  }

  /** As {@link #populate}, but says so if something cannot ({@code __mlock_posix_error_return}). */
  private void populateOrFail(long first, long end) throws ErrnoException {
    long page = first;
    while (page < end) {
      Step step = step(page, end);
      if (step == null) {
        throw MemoryMap.notMapped("mlock", page);
      }
      try {
        if (step.access == null) {
          throw new ErrnoException(
              Errno.ENOMEM,
              "mlock: 0x%x cannot be brought in, its protection allows no access"
                  .formatted(step.first << PageCache.PAGE_SHIFT));
        }
        bringIn(step.first, step.end, step.access);
      } catch (MemoryFaultException e) {
        throw new ErrnoException(
            e.signal() == Signal.KILL ? Errno.EAGAIN : Errno.ENOMEM,
            "mlock could not bring in what it locked: " + e.getMessage(),
            e);
      }
      page = step.end;
    }
  }

  /** What to bring in next, and how; no access when the area allows none. */
  private record Step(long first, long end, PageFault.Access access) {}

  private Step step(long page, long end) {
    map.lock().readLock().lock();
    try {
      Area area = map.areas().in(page, end);
      if (area == null) {
        return null;
      }
      PageFault.Access access =
          !area.is(Area.ACCESS)
              ? null
              : area.is(Area.WRITE) && !area.isShared()
                  ? PageFault.Access.STORE
                  : PageFault.Access.LOAD;
      return new Step(Math.max(page, area.first), Math.min(end, area.end), access);
    } finally {
      map.lock().readLock().unlock();
    }
  }

  /** Has each page of a range mapped for an access. */
  void bringIn(long first, long end, PageFault.Access access) {
    long needed = access == PageFault.Access.STORE ? Pte.PRESENT | Pte.WRITABLE : Pte.PRESENT;
    for (long page = first; page < end; page++) {
      PageTable table = map.tables().find(page);
      long pte = table == null ? 0 : table.get(PageTable.slot(page));
      if (!Pte.isMapped(pte) || (pte & needed) != needed) {
        new PageFault(map, page, access).run();
      }
    }
  }
}
