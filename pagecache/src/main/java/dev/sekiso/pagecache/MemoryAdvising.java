package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SleepingLock;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.pagecache.MemoryFaultException.Signal;

/**
 * {@code madvise(2)} and {@code mincore(2)} ({@code mm/madvise.c}, {@code mm/mincore.c}).
 *
 * <p>Advice that changes areas holds the map's lock for writing, the rest for reading. Advice that
 * does not apply to some area fails there; what comes before it has been done. Pieces that are not
 * mapped are skipped, and ENOMEM at the end says so.
 */
final class MemoryAdvising {

  private final MemoryMap map;

  MemoryAdvising(MemoryMap map) {
    this.map = map;
  }

  // ---- the call --------------------------------------------------------------------------------

  void advise(long address, long length, int advice) throws ErrnoException {
    Kind kind = kindOf(advice);
    if (!MemoryMap.isAtPage(address)) {
      throw MemoryMap.notAtPage("madvise", address);
    }
    long count = MemoryMap.pagesFor(length);
    long first = address >>> PageCache.PAGE_SHIFT;
    if (length < 0 || (length > 0 && count <= 0) || address + length < address) {
      throw new ErrnoException(
          Errno.EINVAL, "advice on %d bytes at 0x%x: no such range".formatted(length, address));
    }
    if (count == 0) {
      return;
    }
    switch (kind) {
      case POPULATE -> populate(first, first + count, advice);
      case FAILURE -> failure();
      case FLAGS -> walk(first, first + count, advice, map.lock().writeLock());
      case PAGES -> walk(first, first + count, advice, map.lock().readLock());
    }
  }

  /** What an advice needs. */
  private enum Kind {
    /** Changes areas. */
    FLAGS,
    /** Acts on pages. */
    PAGES,
    POPULATE,
    /** Pretends that memory is broken. */
    FAILURE
  }

  private static Kind kindOf(int advice) throws ErrnoException {
    return switch (advice) {
      case MapFlags.MADV_NORMAL,
          MapFlags.MADV_RANDOM,
          MapFlags.MADV_SEQUENTIAL,
          MapFlags.MADV_DONTFORK,
          MapFlags.MADV_DOFORK,
          MapFlags.MADV_MERGEABLE,
          MapFlags.MADV_UNMERGEABLE,
          MapFlags.MADV_HUGEPAGE,
          MapFlags.MADV_NOHUGEPAGE,
          MapFlags.MADV_DONTDUMP,
          MapFlags.MADV_DODUMP,
          MapFlags.MADV_WIPEONFORK,
          MapFlags.MADV_KEEPONFORK ->
          Kind.FLAGS;
      case MapFlags.MADV_WILLNEED,
          MapFlags.MADV_DONTNEED,
          MapFlags.MADV_DONTNEED_LOCKED,
          MapFlags.MADV_FREE,
          MapFlags.MADV_REMOVE,
          MapFlags.MADV_COLD,
          MapFlags.MADV_PAGEOUT,
          MapFlags.MADV_GUARD_INSTALL,
          MapFlags.MADV_GUARD_REMOVE ->
          Kind.PAGES;
      case MapFlags.MADV_POPULATE_READ, MapFlags.MADV_POPULATE_WRITE -> Kind.POPULATE;
      case MapFlags.MADV_HWPOISON, MapFlags.MADV_SOFT_OFFLINE -> Kind.FAILURE;
      default -> throw new ErrnoException(Errno.EINVAL, "madvise does not know advice " + advice);
    };
  }

  private static void failure() throws ErrnoException {
    boolean allowed = TaskContext.current().credentials().isSuperUser();
    throw new ErrnoException(
        allowed ? Errno.EINVAL : Errno.EPERM,
        "memory that fails is not modelled; have the device below fail instead");
  }

  private void walk(long first, long end, int advice, SleepingLock lock) throws ErrnoException {
    long page = first;
    boolean gap = false;
    try {
      while (page < end) {
        lock.lock();
        Step step = new Step(lock);
        try {
          Area area = map.areas().in(page, end);
          gap |= area == null || area.first > page;
          if (area == null) {
            break;
          }
          long from = Math.max(page, area.first);
          page = Math.min(end, area.end);
          apply(step, area, from, page, advice);
        } finally {
          step.close();
        }
      }
    } finally {
      if (kindOf(advice) == Kind.FLAGS) {
        join(first, end);
      }
    }
    if (gap) {
      throw MemoryMap.notMapped("madvise", first);
    }
  }

  private void join(long first, long end) {
    map.lock().writeLock().lock();
    try {
      map.areas().join(first, end);
    } finally {
      map.lock().writeLock().unlock();
    }
  }

  /** The map's lock during one area, which may be let go early. */
  private static final class Step {
    private final SleepingLock lock;
    private boolean held = true;

    Step(SleepingLock lock) {
      this.lock = lock;
    }

    void letGo() {
      held = false;
      lock.unlock();
    }

    void close() {
      if (held) {
        lock.unlock();
      }
    }
  }

  private void apply(Step step, Area area, long first, long end, int advice) throws ErrnoException {
    switch (advice) {
      case MapFlags.MADV_WILLNEED -> willNeed(step, area, first, end);
      case MapFlags.MADV_DONTNEED, MapFlags.MADV_DONTNEED_LOCKED -> {
        require(advice == MapFlags.MADV_DONTNEED_LOCKED || !area.is(Area.ANY_LOCK), area, "locked");
        map.zap(area, first, end);
      }
      case MapFlags.MADV_FREE -> {
        require(area.isAnonymous() && !area.is(Area.ANY_LOCK), area, "a file's, or locked");
        map.zap(area, first, end);
      }
      case MapFlags.MADV_REMOVE -> remove(step, area, first, end);
      case MapFlags.MADV_COLD, MapFlags.MADV_PAGEOUT -> {
        require(!area.is(Area.ANY_LOCK), area, "locked");
        cool(area, first, end, advice);
      }
      case MapFlags.MADV_GUARD_INSTALL -> {
        require(!area.is(Area.ANY_LOCK | Area.NON_LINEAR), area, "locked");
        guard(area, first, end);
      }
      case MapFlags.MADV_GUARD_REMOVE -> unguard(first, end);
      default -> change(area, first, end, advice);
    }
  }

  private static void require(boolean condition, Area area, String what) throws ErrnoException {
    if (!condition) {
      throw new ErrnoException(Errno.EINVAL, "this advice is not for " + area + ": it is " + what);
    }
  }

  // ---- advice that changes areas ---------------------------------------------------------------

  private void change(Area area, long first, long end, int advice) throws ErrnoException {
    int old = area.flags;
    int changed =
        switch (advice) {
          case MapFlags.MADV_NORMAL -> old & ~(Area.RANDOM | Area.SEQUENTIAL);
          case MapFlags.MADV_RANDOM -> (old & ~Area.SEQUENTIAL) | Area.RANDOM;
          case MapFlags.MADV_SEQUENTIAL -> (old & ~Area.RANDOM) | Area.SEQUENTIAL;
          case MapFlags.MADV_DONTFORK -> old | Area.DONT_FORK;
          case MapFlags.MADV_DOFORK -> old & ~Area.DONT_FORK;
          case MapFlags.MADV_DONTDUMP -> old | Area.DONT_DUMP;
          case MapFlags.MADV_DODUMP -> old & ~Area.DONT_DUMP;
          case MapFlags.MADV_HUGEPAGE -> (old & ~Area.NO_HUGE) | Area.HUGE;
          case MapFlags.MADV_NOHUGEPAGE -> (old & ~Area.HUGE) | Area.NO_HUGE;
          case MapFlags.MADV_WIPEONFORK -> {
            require(area.isAnonymous(), area, "a file's, or shared");
            yield old | Area.WIPE_ON_FORK;
          }
          case MapFlags.MADV_KEEPONFORK -> old & ~Area.WIPE_ON_FORK;
          // Pages with the same content are not looked for; that changes nothing anybody can see.
          default -> old;
        };
    if (changed == old) {
      return;
    }
    map.areas().cut(first, end);
    Area part = map.areas().at(first);
    map.areas().change(part, () -> part.flags = changed, null);
  }

  // ---- advice on pages -------------------------------------------------------------------------

  /** Nothing is swapped, so private memory is where it is. */
  private static void willNeed(Step step, Area area, long first, long end) throws ErrnoException {
    MappedFile file = area.file;
    if (file == null) {
      return;
    }
    long offset = area.indexOf(first) << PageCache.PAGE_SHIFT;
    long length = (end - first) << PageCache.PAGE_SHIFT;
    file.keep();
    step.letGo();
    try {
      file.pages().advise(file.readahead(), offset, length, Advice.WILL_NEED);
    } finally {
      file.letGo();
    }
  }

  private static void remove(Step step, Area area, long first, long end) throws ErrnoException {
    require(!area.is(Area.ANY_LOCK), area, "locked");
    require(!area.isAnonymous(), area, "no file's");
    if (!area.isShared() || !area.is(Area.MAY_WRITE)) {
      throw new ErrnoException(
          Errno.EACCES,
          area + " does not allow its file to be changed; map it shared, for writing");
    }
    MappedFile file = area.file;
    long offset = area.indexOf(first) << PageCache.PAGE_SHIFT;
    long length = (end - first) << PageCache.PAGE_SHIFT;
    file.keep();
    step.letGo();
    try {
      file.punchHole(offset, length);
    } finally {
      file.letGo();
    }
  }

  /**
   * Pages are not needed soon ({@code madvise_cold_or_pageout_pte_range}): what page tables know of
   * their use is forgotten, and so is what replacement knows; with {@code MADV_PAGEOUT} they leave
   * now if they can.
   */
  private void cool(Area area, long first, long end, int advice) {
    boolean leaves = advice == MapFlags.MADV_PAGEOUT;
    boolean acts = area.file != null && (!leaves || area.file.mayProbe());
    Folio[] found = new Folio[PageTable.ENTRIES];
    long page = first;
    while (page < end) {
      long to = Math.min(end, (page & -PageTable.ENTRIES) + PageTable.ENTRIES);
      int count = coolEntries(page, to, acts ? found : null);
      for (int i = 0; i < count; i++) {
        if (leaves) {
          pageOut(found[i]);
        } else if (isOurs(found[i])) {
          map.core().replacement.deactivated(found[i]);
        }
        found[i].put();
      }
      page = to;
    }
  }

  /**
   * Clears what entries know of uses.
   *
   * @param found receives the folios of the file's pages, each once, with a reference; null for
   *     nobody
   * @return how many
   */
  private int coolEntries(long first, long end, Folio[] found) {
    int[] count = new int[1];
    map.tables()
        .forEachEntry(
            first,
            end,
            (table, slot, pte) -> {
              table.clear(slot, Pte.isMapped(pte) ? Pte.ACCESSED : 0);
              if (found == null || !Pte.isFilePage(pte)) {
                return;
              }
              Folio folio = map.core().table.holder(Pte.frame(pte));
              if (count[0] == 0 || found[count[0] - 1] != folio) {
                folio.get();
                found[count[0]++] = folio;
              }
            });
    return count[0];
  }

  /**
   * One that others map, too, is left to them. Of a large one that two show in part nobody knows,
   * as in the kernel ({@code folio_maybe_mapped_shared}).
   */
  private boolean isOurs(Folio folio) {
    return map.core().table.mappings(folio.frame) <= folio.pages();
  }

  private void pageOut(Folio folio) {
    if (!isOurs(folio) || !folio.tryLock()) {
      return;
    }
    FolioAddressSpace mapping = folio.mapping;
    if (mapping != null && !folio.isWriteback()) {
      mapping.reverse().unmap(folio, ReverseMap.Locked.RESPECTED);
    }
    folio.unlock();
    if (mapping != null) {
      mapping.residency.dropIfClean(folio);
    }
  }

  private void guard(Area area, long first, long end) {
    for (long page = first; page < end; page++) {
      PageTable table = map.tables().make(page);
      Zap zap = new Zap(map.core());
      synchronized (table) {
        zap.add(table.take(PageTable.slot(page)));
        table.fill(PageTable.slot(page), Pte.guard());
      }
      zap.finish(Zap.Recency.COUNTS);
    }
  }

  private void unguard(long first, long end) {
    map.tables()
        .forEachEntry(
            first,
            end,
            (table, slot, pte) -> {
              if (Pte.isGuard(pte)) {
                table.take(slot);
              }
            });
  }

  // ---- populate --------------------------------------------------------------------------------

  /** Brings pages in as a load or a store would, changing nothing ({@code faultin_page_range}). */
  private void populate(long first, long end, int advice) throws ErrnoException {
    boolean store = advice == MapFlags.MADV_POPULATE_WRITE;
    PageFault.Access access = store ? PageFault.Access.STORE : PageFault.Access.LOAD;
    long page = first;
    while (page < end) {
      long to;
      map.lock().readLock().lock();
      try {
        Area area = map.areas().at(page);
        if (area == null) {
          throw MemoryMap.notMapped("madvise", page);
        }
        require(area.is(store ? Area.WRITE : Area.ACCESS), area, "protected against it");
        to = Math.min(end, area.end);
      } finally {
        map.lock().readLock().unlock();
      }
      try {
        map.locking().bringIn(page, to, access);
      } catch (MemoryFaultException e) {
        throw new ErrnoException(
            e.signal() == Signal.KILL ? Errno.ENOMEM : Errno.EFAULT, e.getMessage(), e);
      }
      page = to;
    }
  }

  // ---- mincore ---------------------------------------------------------------------------------

  boolean[] residency(long address, long length) throws ErrnoException {
    if (!MemoryMap.isAtPage(address)) {
      throw new ErrnoException(
          Errno.EINVAL, "mincore needs an address at a page, not 0x%x".formatted(address));
    }
    long first = address >>> PageCache.PAGE_SHIFT;
    long count = MemoryMap.pagesFor(length);
    if (length < 0 || count > Integer.MAX_VALUE || first + count > AreaSet.LIMIT) {
      throw MemoryMap.notMapped("mincore", first);
    }
    boolean[] resident = new boolean[(int) count];
    map.lock().readLock().lock();
    try {
      for (int i = 0; i < count; i++) {
        Area area = map.areas().at(first + i);
        if (area == null) {
          throw MemoryMap.notMapped("mincore", first + i);
        }
        resident[i] = isResident(area, first + i);
      }
    } finally {
      map.lock().readLock().unlock();
    }
    return resident;
  }

  private boolean isResident(Area area, long page) {
    if (area.file != null && !area.file.mayProbe()) {
      return true;
    }
    PageTable table = map.tables().find(page);
    long pte = table == null ? 0 : table.get(PageTable.slot(page));
    if (Pte.isMapped(pte)) {
      return true;
    }
    if (area.pages == null) {
      return false;
    }
    long index = Pte.isOffset(pte) ? Pte.offset(pte) : area.indexOf(page);
    Folio folio = area.pages.lookup(index);
    if (folio == null) {
      return false;
    }
    boolean upToDate = folio.isUpToDate();
    folio.put();
    return upToDate;
  }
}
