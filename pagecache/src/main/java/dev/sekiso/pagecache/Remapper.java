package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.util.ArrayList;
import java.util.List;

/** {@code mremap} and {@code remap_file_pages} ({@code mm/mremap.c}, {@code mm/fremap.c}). */
final class Remapper {

  private static final int KNOWN =
      MapFlags.MREMAP_MAYMOVE | MapFlags.MREMAP_FIXED | MapFlags.MREMAP_DONTUNMAP;

  private final MemoryMap map;
  private final Mapper mapper;
  private final MemoryLocking locking;

  Remapper(MemoryMap map, Mapper mapper, MemoryLocking locking) {
    this.map = map;
    this.mapper = mapper;
    this.locking = locking;
  }

  // ---- mremap ----------------------------------------------------------------------------------

  /** What is asked for, in pages. */
  private record Request(long page, long oldCount, long newCount, int flags, long newAddress) {
    boolean mayMove() {
      return (flags & MapFlags.MREMAP_MAYMOVE) != 0;
    }

    boolean isFixed() {
      return (flags & MapFlags.MREMAP_FIXED) != 0;
    }

    boolean staysMapped() {
      return (flags & MapFlags.MREMAP_DONTUNMAP) != 0;
    }
  }

  MemoryMapping mremap(long oldAddress, long oldLength, long newLength, int flags, long newAddress)
      throws ErrnoException {
    long oldCount = MemoryMap.pagesFor(oldLength);
    long newCount = MemoryMap.pagesFor(newLength);
    Request request =
        new Request(oldAddress >>> PageCache.PAGE_SHIFT, oldCount, newCount, flags, newAddress);
    boolean known = (flags & ~KNOWN) == 0;
    boolean sensible =
        (request.mayMove() || !(request.isFixed() || request.staysMapped()))
            && !(request.staysMapped() && oldCount != newCount);
    if (!known || !sensible || !MemoryMap.isAtPage(oldAddress) || newCount <= 0 || oldLength < 0) {
      throw new ErrnoException(
          Errno.EINVAL,
          "mremap from 0x%x, %d to %d bytes, flags 0x%x: this makes no sense"
              .formatted(oldAddress, oldLength, newLength, flags));
    }
    List<MappedFile> gone = new ArrayList<>();
    long page;
    boolean locked;
    map.lock().writeLock().lock();
    try {
      page = remapLocked(request, gone);
      Area area = map.areas().at(page);
      locked = area != null && area.is(Area.LOCKED);
    } finally {
      map.lock().writeLock().unlock();
      gone.forEach(MappedFile::letGo);
    }
    if (locked && newCount > oldCount) {
      locking.populate(page + oldCount, page + newCount);
    }
    return new MemoryMapping(map, page << PageCache.PAGE_SHIFT, newLength);
  }

  private long remapLocked(Request request, List<MappedFile> gone) throws ErrnoException {
    AreaSet areas = map.areas();
    long page = request.page;
    Area area = areas.at(page);
    if (area == null) {
      throw notOneArea(request);
    }
    if (request.isFixed() || request.staysMapped()) {
      return moveToOrder(request, area, gone);
    }
    if (request.newCount <= request.oldCount) {
      if (request.newCount < request.oldCount) {
        mapper.unmapLocked(page + request.newCount, page + request.oldCount, gone);
      }
      return page;
    }
    checkSource(request, area);
    if (canGrow(request, area)) {
      grow(area, request.newCount - request.oldCount);
      return page;
    }
    if (!request.mayMove()) {
      throw new ErrnoException(
          Errno.ENOMEM, area + " cannot grow where it is; allow it to move (MREMAP_MAYMOVE)");
    }
    long place = areas.place(0, request.newCount);
    move(request, place, gone);
    return place;
  }

  private static ErrnoException notOneArea(Request request) {
    return new ErrnoException(
        Errno.EFAULT,
        "%d pages at 0x%x are not one mapping"
            .formatted(request.oldCount, request.page << PageCache.PAGE_SHIFT));
  }

  /** {@code check_prep_vma}. */
  private void checkSource(Request request, Area area) throws ErrnoException {
    if (request.oldCount == 0 && !area.isShared()) {
      throw new ErrnoException(
          Errno.EINVAL, "only a shared mapping can be mapped once more, not " + area);
    }
    if (request.oldCount > area.end - request.page) {
      throw notOneArea(request);
    }
    long more = request.newCount - request.oldCount;
    if (more > 0) {
      long lastIndex = area.indexOf(request.page) + request.newCount;
      require(lastIndex >= 0 && lastIndex <= FolioAddressSpace.LAST_INDEX + 1, request);
      locking.checkNew(area.flags, 0, more);
    }
  }

  private static void require(boolean condition, Request request) throws ErrnoException {
    if (!condition) {
      throw new ErrnoException(
          Errno.EINVAL,
          "mremap of %d pages at 0x%x to %d pages does not lie within a file, or overlaps itself"
              .formatted(request.oldCount, request.page << PageCache.PAGE_SHIFT, request.newCount));
    }
  }

  private boolean canGrow(Request request, Area area) {
    long end = request.page + request.newCount;
    return request.oldCount == area.end - request.page
        && request.oldCount > 0
        && end <= AreaSet.LIMIT
        && map.areas().in(area.end, end) == null;
  }

  private void grow(Area area, long more) {
    map.areas().change(area, () -> area.end += more, null);
    if (area.is(Area.ANY_LOCK)) {
      locking.count(more);
    }
    map.areas().join(area.first, area.end);
  }

  /** To the address given, or with MREMAP_DONTUNMAP to one that suits ({@code mremap_to}). */
  private long moveToOrder(Request request, Area area, List<MappedFile> gone)
      throws ErrnoException {
    long place;
    if (request.isFixed()) {
      if (!MemoryMap.isAtPage(request.newAddress)) {
        throw MemoryMap.notAtPage("mremap", request.newAddress);
      }
      place = Mapper.fixedPlace(request.newAddress, request.newCount);
      boolean overlaps =
          place < request.page + request.oldCount && request.page < place + request.newCount;
      require(!overlaps, request);
      checkSource(request, area);
      map.areas().requireRoom(4);
      mapper.unmapLocked(place, place + request.newCount, gone);
      if (request.newCount < request.oldCount) {
        mapper.unmapLocked(request.page + request.newCount, request.page + request.oldCount, gone);
      }
    } else {
      checkSource(request, area);
      place =
          map.areas().place(MemoryMap.pagesFor(Math.max(0, request.newAddress)), request.newCount);
    }
    move(request, place, gone);
    return place;
  }

  /** Moves the first pages that old and new place have in common ({@code move_vma}). */
  private void move(Request request, long place, List<MappedFile> gone) throws ErrnoException {
    AreaSet areas = map.areas();
    areas.requireRoom(3);
    long count = Math.min(request.oldCount, request.newCount);
    if (count > 0) {
      areas.cut(request.page, request.page + count);
    }
    Area from = areas.at(request.page);
    Area to = from.like(place, place + request.newCount, from.indexOf(request.page));
    if (to.file != null) {
      to.file.keep();
    }
    areas.insert(to);
    if (to.is(Area.ANY_LOCK)) {
      locking.count(to.pageCount());
    }
    moveEntries(from, to, count);
    if (count > 0 && !request.staysMapped()) {
      mapper.unmapLocked(request.page, request.page + count, gone);
    }
    areas.join(place, place + request.newCount);
  }

  /**
   * Each page table's entries move in one step for who looks from below: both areas are known to
   * the file, and an entry is always in one of them. A store under way through an old entry still
   * reaches its page, which is where it was.
   */
  private void moveEntries(Area from, Area to, long count) {
    PageTables tables = map.tables();
    long distance = to.first - from.first;
    PageTable table = tables.next(from.first, from.first + count);
    while (table != null) {
      long end = Math.min(from.first + count, table.firstPage + PageTable.ENTRIES);
      long first = Math.max(from.first, table.firstPage);
      if (from.pages == null) {
        moveEntries(table, first, end, distance);
      } else {
        synchronized (from.pages.reverse()) {
          moveEntries(table, first, end, distance);
        }
      }
      table = tables.next(end, from.first + count);
    }
  }

  private void moveEntries(PageTable table, long first, long end, long distance) {
    for (long page = first; page < end; page++) {
      long pte;
      synchronized (table) {
        pte = table.get(PageTable.slot(page)) == 0 ? 0 : table.take(PageTable.slot(page));
      }
      if (pte != 0) {
        PageTable target = map.tables().make(page + distance);
        synchronized (target) {
          target.fill(PageTable.slot(page + distance), pte);
        }
      }
    }
  }

  // ---- remap_file_pages ------------------------------------------------------------------------

  void remapFilePages(long address, long size, int protection, long index, int flags)
      throws ErrnoException {
    long page = address >>> PageCache.PAGE_SHIFT;
    long count = size >> PageCache.PAGE_SHIFT;
    if (protection != 0 || count <= 0 || index < 0 || index + count < 0 || address < 0) {
      throw new ErrnoException(
          Errno.EINVAL,
          "remap_file_pages of %d bytes at 0x%x with protection %d: it must be 0, and the range one"
                  .formatted(size, address, protection)
              + " of a file");
    }
    List<MappedFile> gone = new ArrayList<>();
    MappedFile file;
    map.lock().writeLock().lock();
    try {
      Area area = map.areas().at(page);
      file = requireRemappable(area, page, count);
      file.keep();
      if (map.settings().nonLinear() == MemoryMapSettings.NonLinear.IN_PLACE) {
        rearrange(area, page, count, index);
      } else {
        replace(area, page, count, index, gone);
      }
    } finally {
      map.lock().writeLock().unlock();
      gone.forEach(MappedFile::letGo);
    }
    try {
      if ((flags & MapFlags.MAP_NONBLOCK) == 0) {
        long offset = index << PageCache.PAGE_SHIFT;
        file.pages().readAhead(file.readahead(), offset, count << PageCache.PAGE_SHIFT);
        locking.populate(page, page + count);
      }
    } finally {
      file.letGo();
    }
  }

  private MappedFile requireRemappable(Area area, long page, long count) throws ErrnoException {
    boolean fits = area != null && area.isShared() && page + count <= area.end;
    if (!fits && area != null && area.isShared()) {
      fits = map.settings().nonLinear() == MemoryMapSettings.NonLinear.EMULATED;
      for (long at = area.end; fits && at < page + count; ) {
        Area next = map.areas().at(at);
        fits = next != null && next.isLike(area.file, area.flags);
        at = next == null ? at : next.end;
      }
    }
    if (!fits) {
      throw new ErrnoException(
          Errno.EINVAL,
          "%d pages at 0x%x are not one shared mapping of a file"
              .formatted(count, page << PageCache.PAGE_SHIFT));
    }
    return area.file;
  }

  /** By an area per run of pages. */
  private void replace(Area area, long page, long count, long index, List<MappedFile> gone)
      throws ErrnoException {
    AreaSet areas = map.areas();
    areas.requireRoom(3);
    Area run = area.like(page, page + count, index);
    run.file.keep();
    mapper.unmapLocked(page, page + count, gone);
    areas.insert(run);
    if (run.is(Area.ANY_LOCK)) {
      locking.count(count);
    }
    areas.join(page, page + count);
  }

  /** In the page table of the one area, which has no order of its own from now on. */
  private void rearrange(Area area, long page, long count, long index) {
    if (!area.isNonLinear() && index != area.indexOf(page)) {
      map.areas().change(area, () -> area.flags |= Area.NON_LINEAR, null);
    }
    for (long i = 0; i < count; i++) {
      PageTable table = map.tables().make(page + i);
      int slot = PageTable.slot(page + i);
      Zap zap = new Zap(map.core());
      synchronized (table) {
        zap.add(table.take(slot));
        if (area.isNonLinear()) {
          table.fill(slot, Pte.ofOffset(index + i));
        }
      }
      zap.finish(Zap.Recency.COUNTS);
    }
  }
}
