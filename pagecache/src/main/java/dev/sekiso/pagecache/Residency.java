package dev.sekiso.pagecache;

/**
 * Which folios are in an address space: how they come ({@code filemap_add_folio}), go, and fall
 * into pieces. Index, folio and counts change together under the address space's short lock;
 * whoever takes a folio out or to pieces has it locked.
 */
final class Residency {

  private final FolioAddressSpace space;
  private final CacheCore core;
  private final XArray pages;

  /** Written under the short lock. */
  private volatile long resident;

  Residency(FolioAddressSpace space) {
    this.space = space;
    this.core = space.core;
    this.pages = space.pages;
  }

  /** Pages that are in memory. */
  long residentPages() {
    return resident;
  }

  /**
   * Inserts a new folio and locks it ({@code filemap_add_folio}). One of its references becomes the
   * cache's.
   *
   * @param index a multiple of the folio's pages
   * @return false, and nothing has changed, when there is a folio already on any of its pages
   */
  boolean insert(Folio folio, long index, FolioSupply.Purpose purpose) {
    long old;
    core.table.setFlags(folio.frame, FolioFlags.LOCKED);
    synchronized (pages) {
      space.failIfClosed();
      old = pages.conflict(index, folio.order);
      if (XArray.isFolio(old)) {
        core.table.clearFlags(folio.frame, FolioFlags.LOCKED);
        return false;
      }
      folio.mapping = space;
      folio.index = index;
      pages.store(index, folio.order, XArray.entryOf(folio));
      resident += folio.pages();
    }
    core.replacement.added(folio, space.key(index), purpose == FolioSupply.Purpose.READ ? old : 0);
    core.counters.added.add(folio.pages());
    space.trace(Tracepoints.ADD, folio);
    return true;
  }

  /**
   * Removes a locked folio, dirty or not, whoever else holds references ({@code
   * filemap_remove_folio}); gives back the cache's reference. The caller has waited for writeback.
   */
  void delete(Folio folio) {
    space.trace(Tracepoints.DELETE, folio);
    int count = folio.pages();
    synchronized (pages) {
      pages.store(folio.index, folio.order, 0);
      folio.mapping = null;
      resident -= count;
      if ((core.table.clearFlags(folio.frame, FolioFlags.DIRTY) & FolioFlags.DIRTY) != 0) {
        space.dirtyState.accountCleaned(folio, count);
      }
    }
    core.replacement.removed(folio);
    left(folio, count);
    folio.put();
  }

  /**
   * Evicts locked clean folios of this address space and leaves replacement's shadows ({@code
   * __remove_mapping} for a batch). The caller holds one reference on each; those evicted are put
   * in front, frozen, and have to be freed.
   *
   * <p>Who looks one up meanwhile finds it frozen, as if it were just leaving.
   *
   * @param selector the vector that chose them
   * @param shadows room for as many entries as there are folios
   * @return the place behind the last evicted; the others are dirty or somebody holds a reference
   */
  int evict(Folio[] folios, int from, int to, LruVector selector, long[] shadows) {
    int end = from;
    int count = 0;
    synchronized (pages) {
      for (int i = from; i < to; i++) {
        Folio folio = folios[i];
        if (freezeIfClean(folio)) {
          folios[i] = folios[end];
          folios[end++] = folio;
        }
      }
      core.replacement.evicted(folios, from, end, selector, shadows);
      for (int i = from; i < end; i++) {
        count += folios[i].pages();
        takeOut(folios[i], shadows[i - from]);
      }
    }
    for (int i = from; i < end; i++) {
      left(folios[i], folios[i].pages());
    }
    core.counters.evicted.add(count);
    return end;
  }

  /**
   * Freezes a folio on which only the cache and the caller hold references. A folio that nobody can
   * reach any more needs neither its lock nor its flags. Under the short lock.
   *
   * @return false, and nothing has changed, when it is dirty or somebody else holds a reference
   */
  private boolean freezeIfClean(Folio folio) {
    if (!folio.freeze(2)) {
      return false;
    }
    // Whoever could make it dirty needs a reference: it stays clean if it is clean now.
    if (folio.has(FolioFlags.DIRTY | FolioFlags.WRITEBACK)) {
      folio.unfreeze(2);
      return false;
    }
    return true;
  }

  /** Takes a frozen folio out of the index. Under the short lock. */
  private void takeOut(Folio folio, long shadow) {
    space.trace(Tracepoints.DELETE, folio);
    pages.store(folio.index, folio.order, shadow);
    folio.mapping = null;
    resident -= folio.pages();
  }

  /** Removes a folio that leaves, clean, for another reason than to make room. */
  private boolean remove(Folio folio) {
    synchronized (pages) {
      if (!freezeIfClean(folio)) {
        return false;
      }
      core.replacement.removed(folio);
      takeOut(folio, 0);
    }
    left(folio, folio.pages());
    return true;
  }

  /**
   * Drops a folio on which the caller holds a reference if it is clean, unlocked, and nobody else
   * uses it ({@code mapping_evict_folio}). The caller keeps its reference.
   *
   * @return pages dropped
   */
  int dropIfClean(Folio folio) {
    int count = folio.pages();
    if (folio.has(FolioFlags.DIRTY | FolioFlags.WRITEBACK) || !folio.tryLock()) {
      return 0;
    }
    boolean dropped =
        space.owns(folio)
            && !folio.has(FolioFlags.DIRTY | FolioFlags.WRITEBACK)
            && folio.references() <= 2
            && space.operations().releaseFolio(folio)
            && remove(folio);
    if (dropped) {
      core.counters.invalidated.add(count);
      folio.unfreeze(1);
    }
    folio.unlock();
    return dropped ? count : 0;
  }

  /**
   * Splits a folio, locked by the caller and referenced by nobody else but the cache, so that the
   * page at an index becomes a folio of its own, and everything else stays in the largest folios
   * possible ({@code folio_split}, which halves the part that holds the page again and again). The
   * caller keeps lock and reference of the folio, which is the first of the pieces then.
   *
   * <p>The file system's note on the whole is dropped when nobody else can hold a reference; the
   * pieces have none.
   *
   * <p>Optimistic readers of the whole find their entry gone, in whichever of its slots they look:
   * all are replaced before any piece can leave.
   *
   * @return false, and nothing has changed, when the folio is dirty, under writeback or in use
   */
  boolean split(Folio folio, long at) {
    if (folio.order == 0
        || folio.has(FolioFlags.DIRTY | FolioFlags.WRITEBACK)
        || !space.operations().releaseFolio(folio)) {
      return false;
    }
    synchronized (pages) {
      if (!freezeIfClean(folio)) {
        return false;
      }
      folio.setFileSystemData(null);
      core.replacement.removed(folio);
      LruVector vector = core.table.owner(folio.frame);
      SplitPieces pieces = new SplitPieces(folio.index, folio.order, at);
      while (pieces.next()) {
        Folio piece = core.table.folio(folio.frame + (int) (pieces.index() - folio.index));
        if (piece != folio) {
          core.table.pieceOf(folio, piece, pieces.order());
          piece.index = pieces.index();
          piece.mapping = space;
          core.table.setOwner(piece.frame, vector);
          piece.unfreeze(1);
        }
      }
      pieces.rewind();
      while (pieces.next()) {
        Folio piece = core.table.folio(folio.frame + (int) (pieces.index() - folio.index));
        piece.order = (byte) pieces.order();
        pages.store(piece.index, piece.order, XArray.entryOf(piece));
        core.replacement.added(piece, space.key(piece.index), 0);
      }
      folio.unfreeze(2);
    }
    return true;
  }

  /** Forgets the shadows of a range. */
  void clearShadows(long first, long last) {
    synchronized (pages) {
      long index = pages.findEntry(first, last);
      while (index >= 0) {
        if (XArray.isShadow(pages.load(index))) {
          pages.store(index, 0);
        }
        index = index == last ? -1 : pages.findEntry(index + 1, last);
      }
    }
  }

  private void left(Folio folio, int count) {
    if ((core.table.clearFlags(folio.frame, FolioFlags.PREFETCHED) & FolioFlags.PREFETCHED) != 0) {
      core.counters.readaheadWasted.add(count);
    }
  }
}
