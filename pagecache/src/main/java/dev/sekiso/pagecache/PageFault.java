package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.MemoryFaultException.Signal;
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
  enum Result {
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

  // Of this attempt.
  private FaultLock lock;
  private FileFault file;
  private FileEntries entries;

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
      Result result = attempt(!tried);
      boolean major = file != null && file.isMajor();
      everMajor |= major;
      if (dirtied != null) {
        dirtied.listener().balanceFault(dirtied, 1);
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

  private Result attempt(boolean mayLetGo) {
    file = null;
    lock = new FaultLock(map, mayLetGo);
    try {
      return serve();
    } catch (ErrnoException e) {
      cause = e;
      if (e.errno() == Errno.ENOMEM) {
        throw fault(Signal.KILL, "no memory for a page of %s");
      }
      return e.errno() == Errno.EAGAIN ? Result.DONE : Result.BUS;
    } finally {
      lock.end();
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
    entries = new FileEntries(map, area, table, page);
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
        return file.failure();
      }
      try {
        copy(FileEntries.frameOf(folio, index), own);
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
      return file.failure();
    }
    try {
      if (!area.notifiesStores()) {
        entries.install(folio, index, expected, Pte.WRITABLE | Pte.DIRTY);
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
    long firstBarred = 0;
    long lastBarred = -1;
    area.file.startStore();
    try {
      folio.lock();
      try {
        if (pages.owns(folio) && pages.barrier.bars(folio)) {
          firstBarred = folio.index;
          lastBarred = folio.index + folio.pages() - 1;
          return Result.DONE;
        }
        if (!pages.owns(folio) || index >= FileEntries.pagesInFile(area)) {
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
          entries.install(folio, index, expected, Pte.WRITABLE | Pte.DIRTY);
        }
        return Result.DONE;
      } finally {
        folio.unlock();
      }
    } finally {
      area.file.endStore();
      if (lastBarred >= 0) {
        // The next attempt will find what has become of the page.
        lock.letGo(area.file);
        pages.barrier.await(firstBarred, lastBarred);
      }
    }
  }

  // ---- loads -----------------------------------------------------------------------------------

  private Result load(long index, long expected) throws ErrnoException {
    if (map.settings().faultAroundPages() > 1 && !area.isNonLinear() && entries.mapAround(index)) {
      return Result.DONE;
    }
    Folio folio = fileFault(index);
    if (folio == null) {
      return file.failure();
    }
    entries.install(folio, index, expected, entries.writableIfUntracked());
    folio.unlock();
    folio.put();
    return Result.DONE;
  }

  /** The page of the file, locked, up to date, with a reference; null if {@link #file} says why. */
  private Folio fileFault(long index) throws ErrnoException {
    file = new FileFault(core, area, lock);
    Folio folio = file.find(index);
    if (folio == null) {
      cause = file.cause();
    }
    return folio;
  }
}
