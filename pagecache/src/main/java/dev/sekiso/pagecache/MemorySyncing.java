package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.msync.MappedRange;
import dev.sekiso.pagecache.msync.MsyncPolicy;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code msync(2)}: the checks, the walk over areas, the gaps ({@code mm/msync.c}). What is done to
 * each area is the {@link MsyncPolicy}'s.
 */
final class MemorySyncing {

  private static final int KNOWN = MapFlags.MS_ASYNC | MapFlags.MS_INVALIDATE | MapFlags.MS_SYNC;

  private final MemoryMap map;

  MemorySyncing(MemoryMap map) {
    this.map = map;
  }

  void sync(long address, long length, int flags) throws ErrnoException {
    boolean both = (flags & MapFlags.MS_ASYNC) != 0 && (flags & MapFlags.MS_SYNC) != 0;
    if ((flags & ~KNOWN) != 0 || both) {
      throw new ErrnoException(
          Errno.EINVAL,
          "msync flags 0x%x: asynchronous or synchronous, with or without invalidate"
              .formatted(flags));
    }
    if (!MemoryMap.isAtPage(address)) {
      throw MemoryMap.notAtPage("msync", address);
    }
    long first = address >>> PageCache.PAGE_SHIFT;
    long end = MemoryMap.pagesFor(address + length);
    if (length < 0 || address + length < address || end < first) {
      throw new ErrnoException(
          Errno.ENOMEM, "msync of %d bytes at 0x%x: no such range".formatted(length, address));
    }
    if (end > first) {
      walk(first, end, flags);
    }
  }

  private void walk(long first, long end, int flags) throws ErrnoException {
    MsyncPolicy policy = map.settings().msync();
    boolean stopsAtGap = flags == MapFlags.MS_ASYNC && policy.asyncStopsAtGap();
    boolean gap = false;
    long page = first;
    while (page < end) {
      try (Step step = new Step()) {
        Area area = map.areas().in(page, end);
        if (area == null || (area.first > page && stopsAtGap)) {
          throw MemoryMap.notMapped("msync", page);
        }
        gap |= area.first > page;
        if ((flags & MapFlags.MS_INVALIDATE) != 0 && area.is(Area.ANY_LOCK)) {
          throw new ErrnoException(
              Errno.EBUSY, area + " is locked into memory and cannot be invalidated; unlock it");
        }
        long from = Math.max(page, area.first);
        page = Math.min(end, area.end);
        if (area.file != null && area.isShared()) {
          policy.sync(
              step.in(area, from, page),
              (flags & MapFlags.MS_SYNC) != 0,
              (flags & MapFlags.MS_ASYNC) != 0);
        }
      }
    }
    if (gap) {
      throw MemoryMap.notMapped("msync", first);
    }
  }

  /** One area's turn: the map's lock, or from the moment it is let go, a hold of the file. */
  private final class Step implements MappedRange, AutoCloseable {
    private Area area;
    private long first;
    private long end;
    private MappedFile file;
    private long firstByte;
    private long lastByte;
    private boolean lockLetGo;

    Step() {
      map.lock().readLock().lock();
    }

    /** The part of the area to be synced. */
    MappedRange in(Area mapped, long firstPage, long endPage) {
      area = mapped;
      first = firstPage;
      end = endPage;
      file = mapped.file;
      firstByte = mapped.indexOf(firstPage) << PageCache.PAGE_SHIFT;
      lastByte = firstByte + ((endPage - firstPage) << PageCache.PAGE_SHIFT) - 1;
      return this;
    }

    @Override
    public void gatherStores() {
      if (lockLetGo) {
        throw new IllegalStateException("stores are gathered before the file is written");
      }
      List<Folio> stored = new ArrayList<>();
      PageTables tables = map.tables();
      PageTable table = tables.next(first, end);
      while (table != null) {
        long to = Math.min(end, table.firstPage + PageTable.ENTRIES);
        gather(table, Math.max(first, table.firstPage), to, stored);
        if (!stored.isEmpty()) {
          map.core().stores.awaitStores();
        }
        for (Folio folio : stored) {
          Zap.markDirty(folio);
          folio.put();
        }
        stored.clear();
        table = tables.next(to, end);
      }
    }

    private void gather(PageTable table, long from, long to, List<Folio> stored) {
      synchronized (table) {
        for (long page = from; page < to; page++) {
          int slot = PageTable.slot(page);
          long pte = table.get(slot);
          if (Pte.isFilePage(pte) && (table.clear(slot, Pte.DIRTY) & Pte.DIRTY) != 0) {
            Folio folio = map.core().table.holder(Pte.frame(pte));
            folio.get();
            stored.add(folio);
          }
        }
      }
    }

    private void letLockGo() {
      if (!lockLetGo) {
        file.keep();
        lockLetGo = true;
        map.lock().readLock().unlock();
      }
    }

    @Override
    public void startWritingFile() throws ErrnoException {
      letLockGo();
      file.pages().writePages(WritebackControl.start(0, Long.MAX_VALUE));
    }

    @Override
    public void syncFile() throws ErrnoException {
      letLockGo();
      file.sync(0, Long.MAX_VALUE);
    }

    @Override
    public void syncRange() throws ErrnoException {
      boolean inOrder = !area.isNonLinear();
      letLockGo();
      file.sync(inOrder ? firstByte : 0, inOrder ? lastByte : Long.MAX_VALUE);
    }

    @Override
    public void close() {
      if (lockLetGo) {
        file.letGo();
      } else {
        map.lock().readLock().unlock();
      }
    }
  }
}
