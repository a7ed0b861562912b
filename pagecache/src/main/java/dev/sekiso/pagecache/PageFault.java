package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Tracer;
import dev.sekiso.pagecache.MemoryFaultException.Signal;
import dev.sekiso.pagecache.Reclaimer.Effort;
import java.lang.foreign.MemorySegment;

/**
 * One page fault: a load or store met an entry that does not serve it ({@code handle_mm_fault},
 * {@code filemap_fault}, {@code do_wp_page}). When it is over the caller tries again; what it then
 * finds may have changed once more.
 *
 * <p>The map's lock is held for reading, but not while a device is waited for: the first attempt
 * lets it go before, does the waiting, and begins anew ({@code VM_FAULT_RETRY}). A later one keeps
 * it, so that it comes to an end. Entries are filled with the folio locked and found in its file,
 * within its size; so whoever takes pages away, who has set the size and locks each folio, misses
 * none.
 */
final class PageFault {

  /** What the memory is wanted for. */
  enum Access {
    LOAD,
    STORE
  }

  /** How an attempt ended. */
  private enum Result {
    DONE,
    /** The lock was let go: from the beginning. */
    RETRY,
    /** There is no such page, or it cannot be had. */
    BUS
  }

  private final MemoryMap map;
  private final CacheCore core;
  private final long page;
  private final Access access;

  private Area area;
  private PageTable table;
  private int slot;

  private boolean lockHeld;
  private boolean mayLetGo;

  /** A device had to be asked in this attempt. */
  private boolean major;

  /** How {@link #fileFault} ended when it found no folio. */
  private Result failure;

  private Exception cause;

  /** Whose throttle is to be asked when everything has been let go. */
  private FolioAddressSpace dirtied;

  PageFault(MemoryMap map, long page, Access access) {
    this.map = map;
    this.core = map.core();
    this.page = page;
    this.access = access;
    this.slot = PageTable.slot(page);
  }

  /**
   * Answers the fault.
   *
   * @throws MemoryFaultException when it cannot be
   */
  void run() {
    // Where unused pages leave at once, what was read would be gone when the fault begins anew.
    boolean tried = !core.access.keepsUnused();
    boolean everMajor = false;
    for (int attempt = 0; ; attempt++) {
      major = false;
      mayLetGo = !tried;
      Result result = attempt();
      everMajor |= major;
      if (dirtied != null) {
        dirtied.listener().balance(dirtied, 1);
        dirtied = null;
      }
      switch (result) {
        case DONE -> {
          map.countFault(everMajor || (tried && attempt > 0));
          return;
        }
        case BUS -> throw fault(Signal.BUS, "%s has no such page, or it cannot be had");
        case RETRY -> tried |= major || attempt > 0;
      }
    }
  }

  private Result attempt() {
    map.lock().readLock().lock();
    lockHeld = true;
    try {
      return serve();
    } catch (ErrnoException e) {
      cause = e;
      if (e.errno() == Errno.ENOMEM) {
        throw fault(Signal.KILL, "no memory for a page of %s");
      }
      return e.errno() == Errno.EAGAIN ? Result.DONE : Result.BUS;
    } finally {
      if (lockHeld) {
        map.lock().readLock().unlock();
      } else {
        area.file.letGo();
      }
    }
  }

  /** Lets the map's lock go, and keeps the file, which may be unmapped from now on. */
  private void letGo() {
    if (lockHeld && mayLetGo) {
      area.file.keep();
      map.lock().readLock().unlock();
      lockHeld = false;
    }
  }

  private MemoryFaultException fault(Signal signal, String message) {
    return new MemoryFaultException(
        signal,
        page << PageCache.PAGE_SHIFT,
        message.formatted(area == null ? "nothing" : area),
        cause);
  }

  private Result serve() throws ErrnoException {
    area = map.areas().at(page);
    if (area == null) {
      throw fault(Signal.SEGV, "%s is mapped there");
    }
    boolean allowed = access == Access.STORE ? area.is(Area.WRITE) : area.is(Area.ACCESS);
    if (!allowed) {
      throw fault(Signal.SEGV, "%s does not allow this; change its protection");
    }
    table = map.tables().make(page);
    long pte = table.get(slot);
    if (Pte.isGuard(pte)) {
      throw fault(Signal.SEGV, "a guard is installed in %s");
    }
    if (Pte.isMapped(pte)) {
      return access == Access.STORE && (pte & Pte.WRITABLE) == 0
          ? storeToProtected(pte)
          : seen(pte);
    }
    if (area.isAnonymous()) {
      return anonymous();
    }
    if (!area.isNonLinear()) {
      return serveFile(area.indexOf(page), 0);
    }
    return serveFile(Pte.isOffset(pte) ? Pte.offset(pte) : area.indexOf(page), pte);
  }

  private Result serveFile(long index, long expected) throws ErrnoException {
    if (access == Access.LOAD) {
      return load(index, expected);
    }
    return area.isShared() ? storeShared(index, expected) : storePrivate(index);
  }

  /** Somebody else was faster, or only the bits that a processor sets were missing. */
  private Result seen(long pte) {
    long bits = Pte.ACCESSED | (access == Access.STORE ? Pte.DIRTY : 0);
    table.note(slot, pte, bits);
    return Result.DONE;
  }

  // ---- private memory --------------------------------------------------------------------------

  private static final long OWN_FLAGS =
      Pte.PRESENT | Pte.WRITABLE | Pte.ACCESSED | Pte.DIRTY | Pte.PRIVATE;

  private Result anonymous() throws ErrnoException {
    if (access == Access.LOAD) {
      Folio zeroes = core.zeroPage();
      long entry = Pte.of(zeroes, zeroes.frame, Pte.PRESENT | Pte.ACCESSED | Pte.ZERO);
      fillIf(0, entry);
      return Result.DONE;
    }
    Folio own = core.newAnonymousPage();
    if (!fillIf(0, Pte.of(own, own.frame, OWN_FLAGS))) {
      discard(own);
    }
    return Result.DONE;
  }

  private void discard(Folio own) {
    core.counters.anonymous.decrement();
    own.put();
  }

  private boolean fillIf(long expected, long entry) {
    synchronized (table) {
      if (table.get(slot) != expected) {
        return false;
      }
      table.fill(slot, entry);
      return true;
    }
  }

  /** A store to a private mapping of a file makes a copy at once ({@code do_cow_fault}). */
  private Result storePrivate(long index) throws ErrnoException {
    Folio own = core.newAnonymousPage();
    boolean used = false;
    try {
      Folio folio = fileFault(index);
      if (folio == null) {
        return failure;
      }
      try {
        copy(frameOf(folio, index), own);
        used = fillIf(0, Pte.of(own, own.frame, OWN_FLAGS));
      } finally {
        folio.unlock();
        folio.put();
      }
      return Result.DONE;
    } finally {
      if (!used) {
        discard(own);
      }
    }
  }

  private void copy(int fromFrame, Folio to) {
    MemorySegment memory = core.table.memory();
    MemorySegment.copy(
        memory,
        core.table.offsetOf(fromFrame),
        memory,
        core.table.offsetOf(to.frame),
        PageCache.PAGE_SIZE);
  }

  // ---- entries that are read-only --------------------------------------------------------------

  private Result storeToProtected(long pte) throws ErrnoException {
    if ((pte & Pte.PRIVATE) != 0) {
      synchronized (table) {
        if (((table.get(slot) ^ pte) & (Pte.IDENTITY | Pte.PRIVATE)) == 0) {
          table.set(slot, Pte.WRITABLE | Pte.DIRTY | Pte.ACCESSED);
        }
      }
      return Result.DONE;
    }
    if (!area.isShared()) {
      return copyProtected(pte);
    }
    Folio folio = hold(pte);
    if (folio == null) {
      return Result.DONE;
    }
    try {
      if (area.notifiesStores()) {
        return makeWritable(folio, folio.index + Pte.frame(pte) - folio.frame, pte);
      }
      synchronized (table) {
        if (((table.get(slot) ^ pte) & Pte.IDENTITY) == 0) {
          table.set(slot, Pte.WRITABLE | Pte.DIRTY | Pte.ACCESSED);
        }
      }
      return Result.DONE;
    } finally {
      folio.put();
    }
  }

  /** A reference on the folio of an entry that is still what it was, or null. */
  private Folio hold(long pte) {
    synchronized (table) {
      if (((table.get(slot) ^ pte) & Pte.IDENTITY) != 0) {
        return null;
      }
      Folio folio = core.table.holder(Pte.frame(pte));
      folio.get();
      return folio;
    }
  }

  /**
   * A store to a page of zeroes or of a file that a private mapping shows ({@code wp_page_copy}).
   */
  private Result copyProtected(long pte) throws ErrnoException {
    Folio own = core.newAnonymousPage();
    Zap zap = new Zap(core);
    boolean used = false;
    if ((pte & Pte.ZERO) == 0) {
      Folio folio = hold(pte);
      if (folio == null) {
        discard(own);
        return Result.DONE;
      }
      copy(Pte.frame(pte), own);
      folio.put();
    }
    synchronized (table) {
      if (((table.get(slot) ^ pte) & Pte.IDENTITY) == 0) {
        zap.add(table.take(slot));
        table.fill(slot, Pte.of(own, own.frame, OWN_FLAGS));
        used = true;
      }
    }
    zap.finish(Zap.Recency.COUNTS);
    if (!used) {
      discard(own);
    }
    return Result.DONE;
  }

  // ---- shared memory ---------------------------------------------------------------------------

  private Result storeShared(long index, long expected) throws ErrnoException {
    Folio folio = fileFault(index);
    if (folio == null) {
      return failure;
    }
    try {
      if (!area.notifiesStores()) {
        install(folio, index, expected, Pte.WRITABLE | Pte.DIRTY);
        folio.unlock();
        return Result.DONE;
      }
      folio.unlock();
      return makeWritable(folio, index, expected);
    } finally {
      folio.put();
    }
  }

  /**
   * The first store to a clean page: the file system hears of it, the page becomes dirty, and only
   * then writable ({@code do_page_mkwrite}, {@code finish_mkwrite_fault}).
   *
   * @param expected the entry as it was: empty, or read-only
   */
  private Result makeWritable(Folio folio, long index, long expected) throws ErrnoException {
    FolioAddressSpace pages = area.pages;
    area.file.startStore();
    try {
      folio.lock();
      try {
        if (!pages.owns(folio) || index >= pagesInFile()) {
          // Truncated meanwhile: the next attempt finds that out.
          return Result.DONE;
        }
        boolean wasDirty = folio.isDirty();
        pages.operations().makeWritable(folio);
        pages.operations().dirtyFolio(folio);
        if (!wasDirty && folio.isDirty()) {
          dirtied = pages;
        }
        if (Pte.isMapped(expected)) {
          synchronized (table) {
            if (((table.get(slot) ^ expected) & Pte.IDENTITY) == 0) {
              table.set(slot, Pte.WRITABLE | Pte.DIRTY | Pte.ACCESSED);
            }
          }
        } else {
          install(folio, index, expected, Pte.WRITABLE | Pte.DIRTY);
        }
        return Result.DONE;
      } finally {
        folio.unlock();
      }
    } finally {
      area.file.endStore();
    }
  }

  // ---- loads -----------------------------------------------------------------------------------

  private Result load(long index, long expected) throws ErrnoException {
    if (map.settings().faultAroundPages() > 1 && !area.isNonLinear() && mapAround(index)) {
      return Result.DONE;
    }
    Folio folio = fileFault(index);
    if (folio == null) {
      return failure;
    }
    install(folio, index, expected, writableIfUntracked());
    folio.unlock();
    folio.put();
    return Result.DONE;
  }

  /** Where stores are not tracked, a page that may be stored to is mapped so at once. */
  private long writableIfUntracked() {
    return area.isShared() && area.is(Area.WRITE) && !area.notifiesStores() ? Pte.WRITABLE : 0;
  }

  /**
   * Fills the entry with a page of a folio that is locked, unless somebody else has; a large folio
   * is mapped as a whole where nothing of it is mapped yet ({@code finish_fault}).
   */
  private void install(Folio folio, long index, long expected, long flags) {
    boolean whole =
        folio.order() > 0
            && !area.isNonLinear()
            && isWithinTable(folio)
            && pagesInFile() - 1 >= folio.index + folio.pages();
    synchronized (table) {
      if (table.get(slot) != expected) {
        return;
      }
      if (!whole || !isEmpty(folio)) {
        fill(table, slot, folio, frameOf(folio, index), flags);
      } else {
        for (int page = 0; page < folio.pages(); page++) {
          int place = PageTable.slot(area.pageOf(folio.index + page));
          fill(table, place, folio, folio.frame + page, flags);
        }
      }
    }
    area.pages.prefetchUsed(folio);
  }

  /** Whether no entry of a folio's pages says anything; the table's monitor is held. */
  private boolean isEmpty(Folio folio) {
    int firstPlace = PageTable.slot(area.pageOf(folio.index));
    for (int page = 0; page < folio.pages(); page++) {
      if (table.get(firstPlace + page) != 0) {
        return false;
      }
    }
    return true;
  }

  private void fill(PageTable into, int place, Folio folio, int frame, long flags) {
    folio.get();
    core.table.mapped(folio.frame);
    into.fill(place, Pte.of(folio, frame, Pte.PRESENT | Pte.ACCESSED | flags));
  }

  private static int frameOf(Folio folio, long index) {
    return folio.frame + (int) (index - folio.index);
  }

  /** Pages the file has, the last one perhaps in part. */
  private long pagesInFile() {
    return (area.pages.operations().size() + PageCache.PAGE_SIZE - 1) >>> PageCache.PAGE_SHIFT;
  }

  /**
   * Maps what is cached around the page, without waiting for anything ({@code do_fault_around},
   * {@code filemap_map_pages}): pages that are up to date, not locked, and not the ones at which
   * readahead is to go on. The window is aligned by address and does not leave the page table.
   *
   * @return whether the page itself is mapped now
   */
  private boolean mapAround(long index) {
    int around = map.settings().faultAroundPages();
    long inArea = page - area.first;
    long from = Math.max(slot & -around, slot - Math.min(slot, inArea));
    long to = Math.min(from + around, Math.min(PageTable.ENTRIES, slot + area.end - page)) - 1;
    long first = index + from - slot;
    long last = index + to - slot;
    boolean found = false;
    boolean wholes = false;
    int useful = 0;
    long at = first;
    while (at <= last) {
      Folio folio = lockedIfReady(at);
      if (folio == null) {
        at++;
        continue;
      }
      if (!found) {
        found = true;
        wholes = pagesInFile() - 1 >= folio.index + folio.pages();
      }
      long end = folio.index + folio.pages();
      if (wholes && isWithinTable(folio)) {
        useful += folio.pages();
        mapEmpty(folio, folio.index, end);
      } else {
        end = Math.min(end, last + 1);
        useful += (int) (end - at);
        mapEmpty(folio, at, end);
      }
      area.pages.prefetchUsed(folio);
      folio.unlock();
      folio.put();
      at = end;
    }
    if (found) {
      trace(Tracepoints.MAP_PAGES, first, Math.min(last, pagesInFile() - 1));
      area.pages.faultsAvoided(area.file.readahead(), useful);
    }
    return Pte.isMapped(table.get(slot));
  }

  /** Whether all of a folio shows in this area and this page table. */
  private boolean isWithinTable(Folio folio) {
    long firstPage = area.pageOf(folio.index);
    long lastPage = firstPage + folio.pages() - 1;
    return folio.index >= area.offset
        && lastPage < area.end
        && firstPage >= table.firstPage
        && lastPage < table.firstPage + PageTable.ENTRIES;
  }

  /** Maps the pages of a locked folio whose entries are empty, from an index up to another. */
  private void mapEmpty(Folio folio, long from, long end) {
    long flags = writableIfUntracked();
    synchronized (table) {
      for (long index = from; index < end; index++) {
        int place = PageTable.slot(area.pageOf(index));
        if (table.get(place) == 0) {
          fill(table, place, folio, frameOf(folio, index), flags);
        }
      }
    }
  }

  /** The folio of an index, locked and referenced, if it can be mapped without further ado. */
  private Folio lockedIfReady(long index) {
    FolioAddressSpace pages = area.pages;
    long entry = pages.pages.load(index);
    if (!XArray.isFolio(entry)) {
      return null;
    }
    Folio folio = core.table.folio(XArray.frameOf(entry));
    if (!isReady(folio) || !folio.tryGet()) {
      return null;
    }
    if (pages.pages.load(index) == entry && folio.tryLock()) {
      boolean ready = pages.owns(folio) && folio.isUpToDate() && index < pagesInFile();
      if (ready) {
        return folio;
      }
      folio.unlock();
    }
    folio.put();
    return null;
  }

  private static boolean isReady(Folio folio) {
    int mask = FolioFlags.LOCKED | FolioFlags.UP_TO_DATE | FolioFlags.READAHEAD;
    return (folio.table.flags(folio.frame) & mask) == FolioFlags.UP_TO_DATE;
  }

  // ---- the file's page -------------------------------------------------------------------------

  /**
   * Finds or brings in a page of the file ({@code filemap_fault}).
   *
   * @return its folio, locked, up to date, with a reference; null when {@link #failure} says why
   */
  private Folio fileFault(long index) throws ErrnoException {
    if (index >= pagesInFile()) {
      return fail(Result.BUS);
    }
    trace(Tracepoints.FAULT, index, -1);
    FolioAddressSpace pages = area.pages;
    ReadaheadState readahead = area.file.readahead();
    FaultPattern pattern = area.pattern();
    boolean readsAhead = pattern != FaultPattern.RANDOM && readahead.maximumPages > 0;
    if (mayLetGo) {
      pages.faulting(readahead, index, pattern);
    }
    Folio folio = pages.lookup(index);
    if (folio == null) {
      major = true;
      core.counters.misses.increment();
      if (readsAhead) {
        letGo();
      }
      pages.faultMissed(readahead, index, pattern);
      folio = findOrMake(index);
    } else {
      if (mayLetGo) {
        if (readsAhead && folio.isReadaheadMark()) {
          letGo();
        }
        pages.faultFound(readahead, folio, index, pattern);
      }
      lock(folio);
    }
    while (true) {
      if (folio == null) {
        return fail(Result.BUS);
      }
      if (!pages.owns(folio)) {
        folio.unlock();
        folio.put();
        folio = findOrMake(index);
        continue;
      }
      if (folio.isUpToDate()) {
        break;
      }
      letGo();
      boolean filled = pages.fill(folio);
      if (lockHeld && filled) {
        lock(folio);
        continue;
      }
      folio.put();
      if (!lockHeld) {
        return fail(Result.RETRY);
      }
      cause = pages.readFailed(index);
      return fail(Result.BUS);
    }
    Result failed = !lockHeld ? Result.RETRY : index >= pagesInFile() ? Result.BUS : null;
    if (failed == null) {
      return folio;
    }
    folio.unlock();
    folio.put();
    return fail(failed);
  }

  private Folio fail(Result result) {
    failure = result;
    return null;
  }

  private void lock(Folio folio) {
    if (!folio.tryLock()) {
      letGo();
      folio.lock();
    }
  }

  /** The folio of an index, locked, made if absent; null behind the end of the file. */
  private Folio findOrMake(long index) throws ErrnoException {
    FolioAddressSpace pages = area.pages;
    while (true) {
      Folio folio = pages.lookup(index);
      if (folio != null) {
        lock(folio);
        return folio;
      }
      folio = pages.newFolio(index, Effort.FULL, FolioAddressSpace.Purpose.READ);
      if (folio == null) {
        continue;
      }
      // A truncation that did not find the folio has set the size before, and we see it now.
      if (index < pagesInFile()) {
        return folio;
      }
      pages.delete(folio);
      folio.unlock();
      folio.put();
      return null;
    }
  }

  private void trace(dev.sekiso.machine.Tracepoint point, long index, long last) {
    Tracer tracer = core.machine.tracer();
    if (tracer.enabled(point)) {
      String host = String.valueOf(area.pages.host());
      if (last < 0) {
        tracer.emit(point, host, index);
      } else {
        tracer.emit(point, host, index, last);
      }
    }
  }
}
