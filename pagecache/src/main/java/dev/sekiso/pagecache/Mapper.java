package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.util.ArrayList;
import java.util.List;

/** {@code mmap}, {@code munmap}, {@code mprotect} ({@code mm/mmap.c}, {@code mm/mprotect.c}). */
final class Mapper {

  private final MemoryMap map;
  private final MemoryLocking locking;

  Mapper(MemoryMap map, MemoryLocking locking) {
    this.map = map;
    this.locking = locking;
  }

  // ---- mmap ------------------------------------------------------------------------------------

  MemoryMapping mmap(
      long address, long length, int protection, int flags, MappedFile file, long offset)
      throws ErrnoException {
    boolean anonymous = (flags & MapFlags.MAP_ANONYMOUS) != 0;
    checkKind(protection, flags);
    if (length <= 0) {
      throw new ErrnoException(
          length == 0 ? Errno.EINVAL : Errno.ENOMEM, "a mapping of " + length + " bytes cannot be");
    }
    long count = MemoryMap.pagesFor(length);
    if (count <= 0 || count > AreaSet.LIMIT) {
      throw new ErrnoException(Errno.ENOMEM, length + " bytes are more addresses than there are");
    }
    if (!anonymous) {
      checkOffset(offset, count);
    }
    MappedFile mapped = file;
    if (anonymous) {
      mapped = isShared(flags) ? AnonymousMemory.create(map.core(), count) : null;
    } else {
      mapped.keep();
    }
    List<MappedFile> gone = new ArrayList<>();
    long index = offset >> PageCache.PAGE_SHIFT;
    long page;
    map.lock().writeLock().lock();
    try {
      map.requireOpen();
      page = mapLocked(address, count, protection, flags, mapped, index, gone);
      mapped = null;
    } finally {
      map.lock().writeLock().unlock();
      gone.forEach(MappedFile::letGo);
      if (mapped != null) {
        mapped.letGo();
      }
    }
    if (wantsPages(flags) || locking.populatesNew(flags)) {
      locking.populate(page, page + count);
    }
    return new MemoryMapping(map, page << PageCache.PAGE_SHIFT, length);
  }

  private static boolean wantsPages(int flags) {
    return (flags & (MapFlags.MAP_POPULATE | MapFlags.MAP_NONBLOCK)) == MapFlags.MAP_POPULATE;
  }

  private static boolean isShared(int flags) {
    return (flags & MapFlags.MAP_TYPE) != MapFlags.MAP_PRIVATE;
  }

  private static void checkKind(int protection, int flags) throws ErrnoException {
    switch (flags & MapFlags.MAP_TYPE) {
      case MapFlags.MAP_SHARED, MapFlags.MAP_PRIVATE -> {}
      case MapFlags.MAP_SHARED_VALIDATE -> {
        if ((flags & ~MapFlags.MAP_KNOWN) != 0) {
          throw new ErrnoException(
              Errno.EOPNOTSUPP, "mmap flags 0x%x are not all known".formatted(flags));
        }
      }
      default ->
          throw new ErrnoException(
              Errno.EINVAL, "mmap flags 0x%x: neither shared nor private".formatted(flags));
    }
    checkProtection("mmap", protection);
  }

  private static void checkProtection(String call, int protection) throws ErrnoException {
    if ((protection & ~Area.ACCESS) != 0) {
      throw new ErrnoException(
          Errno.EINVAL, "%s: protection 0x%x is not known".formatted(call, protection));
    }
  }

  private static void checkOffset(long offset, long count) throws ErrnoException {
    if (!MemoryMap.isAtPage(offset)) {
      throw new ErrnoException(
          Errno.EINVAL, "a file is mapped from a page on, not from byte " + offset);
    }
    if (offset < 0 || (offset >> PageCache.PAGE_SHIFT) + count > FolioAddressSpace.LAST_INDEX + 1) {
      throw new ErrnoException(
          Errno.EOVERFLOW, count + " pages from byte " + offset + " on do not lie within a file");
    }
  }

  private long mapLocked(
      long address,
      long count,
      int protection,
      int flags,
      MappedFile file,
      long index,
      List<MappedFile> gone)
      throws ErrnoException {
    AreaSet areas = map.areas();
    long page = findPlace(address, count, flags);
    int areaFlags = areaFlags(protection, flags, file);
    locking.checkNew(areaFlags, flags, count);
    areas.requireRoom(1);
    unmapLocked(page, page + count, gone);
    Area area = new Area(map, page, page + count, file, file == null ? page : index, areaFlags);
    areas.insert(area);
    if (area.is(Area.ANY_LOCK)) {
      locking.count(count);
    }
    areas.join(page, page + count);
    return page;
  }

  private long findPlace(long address, long count, int flags) throws ErrnoException {
    boolean fixed = (flags & (MapFlags.MAP_FIXED | MapFlags.MAP_FIXED_NOREPLACE)) != 0;
    if (!fixed) {
      return map.areas().place(MemoryMap.pagesFor(Math.max(0, address)), count);
    }
    long page = fixedPlace(address, count);
    if ((flags & MapFlags.MAP_FIXED_NOREPLACE) != 0 && map.areas().in(page, page + count) != null) {
      throw new ErrnoException(
          Errno.EEXIST, "something is mapped at 0x%x already".formatted(address));
    }
    return page;
  }

  /** The page of an address that is an order. */
  static long fixedPlace(long address, long count) throws ErrnoException {
    if (!MemoryMap.isAtPage(address)) {
      throw MemoryMap.notAtPage("mmap", address);
    }
    long page = address >>> PageCache.PAGE_SHIFT;
    if (page + count > AreaSet.LIMIT) {
      throw new ErrnoException(
          Errno.ENOMEM, "%d pages from 0x%x on are beyond the addresses".formatted(count, address));
    }
    if (page < AreaSet.LOWEST) {
      throw new ErrnoException(
          Errno.EPERM,
          "nothing is mapped below vm.mmap_min_addr, 64 KiB, but not 0x%x".formatted(address));
    }
    return page;
  }

  private int areaFlags(int protection, int flags, MappedFile file) throws ErrnoException {
    int areaFlags = protection | locking.flagsOfNew(flags);
    if (!isShared(flags)) {
      return areaFlags | Area.MAY_WRITE;
    }
    areaFlags |= Area.SHARED;
    if (file.isWritable()) {
      return areaFlags | Area.MAY_WRITE;
    }
    if ((protection & MapFlags.PROT_WRITE) != 0) {
      throw notWritable(file);
    }
    return areaFlags;
  }

  private static ErrnoException notWritable(MappedFile file) {
    return new ErrnoException(
        Errno.EACCES,
        file + " is not open for writing, so a shared mapping of it cannot be; map it privately");
  }

  // ---- munmap ----------------------------------------------------------------------------------

  void munmap(long address, long length) throws ErrnoException {
    long count = MemoryMap.pagesFor(length);
    long page = address >>> PageCache.PAGE_SHIFT;
    if (!MemoryMap.isAtPage(address) || length <= 0 || page + count > AreaSet.LIMIT) {
      throw new ErrnoException(
          Errno.EINVAL,
          "munmap needs an address at a page and a length, not 0x%x and %d"
              .formatted(address, length));
    }
    List<MappedFile> gone = new ArrayList<>();
    map.lock().writeLock().lock();
    try {
      unmapLocked(page, page + count, gone);
    } finally {
      map.lock().writeLock().unlock();
    }
    gone.forEach(MappedFile::letGo);
  }

  /** Unmaps a range; the files to let go when no lock is held any more are added to the list. */
  void unmapLocked(long first, long end, List<MappedFile> gone) throws ErrnoException {
    AreaSet areas = map.areas();
    if (areas.in(first, end) == null) {
      return;
    }
    areas.cut(first, end);
    for (Area area = areas.in(first, end); area != null; area = areas.in(first, end)) {
      unmapArea(area, gone);
    }
    freeTables(first, end);
  }

  void unmapAll() {
    List<Area> all = new ArrayList<>();
    map.areas().all().forEach(all::add);
    List<MappedFile> gone = new ArrayList<>();
    for (Area area : all) {
      unmapArea(area, gone);
    }
    freeTables(0, AreaSet.LIMIT);
    gone.forEach(MappedFile::letGo);
  }

  private void unmapArea(Area area, List<MappedFile> gone) {
    if (area.is(Area.ANY_LOCK)) {
      locking.count(-area.pageCount());
    }
    zap(area, area.first, area.end, Offsets.GO);
    map.areas().remove(area);
    if (area.file != null) {
      gone.add(area.file);
    }
  }

  /** What becomes of a non-linear area's order. */
  enum Offsets {
    GO,
    STAY
  }

  /** Empties page-table entries of part of an area ({@code zap_page_range}). */
  void zap(Area area, long first, long end, Offsets offsets) {
    PageTables tables = map.tables();
    Zap zap = new Zap(map.core());
    Zap.Recency recency =
        area.is(Area.SEQUENTIAL | Area.RANDOM) ? Zap.Recency.IGNORED : Zap.Recency.COUNTS;
    PageTable table = tables.next(first, end);
    while (table != null) {
      long to = Math.min(end, table.firstPage + PageTable.ENTRIES);
      synchronized (table) {
        for (long page = Math.max(first, table.firstPage); page < to; page++) {
          int slot = PageTable.slot(page);
          long pte = table.get(slot);
          if (pte == 0 || (pte < 0 && offsets == Offsets.STAY)) {
            continue;
          }
          zap.add(table.take(slot));
          if (offsets == Offsets.STAY && area.isNonLinear() && Pte.isFilePage(pte)) {
            Folio folio = map.core().table.holder(Pte.frame(pte));
            table.fill(slot, Pte.ofOffset(folio.index + Pte.frame(pte) - folio.frame));
          }
        }
      }
      if (zap.isFull()) {
        zap.finish(recency);
      }
      table = tables.next(to, end);
    }
    zap.finish(recency);
  }

  /** Lets page tables go that no area needs any more ({@code free_pgtables}). */
  void freeTables(long first, long end) {
    PageTables tables = map.tables();
    PageTable table = tables.next(first, end);
    while (table != null) {
      long after = table.firstPage + PageTable.ENTRIES;
      if (map.areas().in(table.firstPage, after) == null) {
        tables.remove(table);
      }
      table = tables.next(after, end);
    }
  }

  // ---- mprotect --------------------------------------------------------------------------------

  void mprotect(long address, long length, int protection) throws ErrnoException {
    if (!MemoryMap.isAtPage(address)) {
      throw MemoryMap.notAtPage("mprotect", address);
    }
    if (length == 0) {
      return;
    }
    long first = address >>> PageCache.PAGE_SHIFT;
    long end = first + MemoryMap.pagesFor(length);
    if (length < 0 || end > AreaSet.LIMIT) {
      throw MemoryMap.notMapped("mprotect", first);
    }
    checkProtection("mprotect", protection);
    map.lock().writeLock().lock();
    try {
      protectLocked(first, end, protection);
    } finally {
      map.lock().writeLock().unlock();
    }
  }

  private void protectLocked(long first, long end, int protection) throws ErrnoException {
    AreaSet areas = map.areas();
    long page = first;
    try {
      while (page < end) {
        Area area = areas.at(page);
        if (area == null) {
          throw MemoryMap.notMapped("mprotect", page);
        }
        if ((protection & MapFlags.PROT_WRITE) != 0 && !area.is(Area.MAY_WRITE)) {
          throw notWritable(area.file);
        }
        long to = Math.min(end, area.end);
        if ((area.flags & Area.ACCESS) != protection) {
          areas.cut(page, to);
          Area part = areas.at(page);
          areas.change(part, () -> part.flags = (part.flags & ~Area.ACCESS) | protection, null);
          protectEntries(part);
        }
        page = to;
      }
    } finally {
      areas.join(first, Math.max(page, first + 1));
    }
  }

  /** Takes away from entries what the area does not allow any more; faults give what it does. */
  private void protectEntries(Area area) {
    long taken = Pte.WRITABLE | ((area.flags & Area.ACCESS) == 0 ? Pte.PRESENT : 0);
    boolean waits = false;
    PageTables tables = map.tables();
    PageTable table = tables.next(area.first, area.end);
    while (table != null) {
      long to = Math.min(area.end, table.firstPage + PageTable.ENTRIES);
      synchronized (table) {
        for (long page = Math.max(area.first, table.firstPage); page < to; page++) {
          int slot = PageTable.slot(page);
          if (Pte.isMapped(table.get(slot))) {
            waits |= (table.clear(slot, taken) & Pte.WRITABLE) != 0;
            if ((taken & Pte.PRESENT) == 0) {
              table.set(slot, Pte.PRESENT);
            }
          }
        }
      }
      table = tables.next(to, area.end);
    }
    if (waits) {
      map.core().stores.awaitStores();
    }
  }
}
