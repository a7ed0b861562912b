package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.pagecache.XArray.Mark;

/**
 * Which folios of an address space are dirty and which are being written, in flags, marks and
 * counts, which change together under the address space's short lock.
 *
 * <p>WRITEBACK: mark and flag change together. DIRTY: the mark is set with the flag, but survives
 * it from the moment the folio is taken for writing until {@link #startWriteback}, so that nobody
 * who looks for dirty pages misses one that is neither dirty any more nor under writeback yet;
 * during that time the folio is locked. TOWRITE goes with the DIRTY mark.
 */
final class DirtyState {

  private final FolioAddressSpace space;
  private final CacheCore core;
  private final XArray pages;

  // Written under the short lock.
  private volatile long dirty;
  private volatile long writeback;

  DirtyState(FolioAddressSpace space) {
    this.space = space;
    this.core = space.core;
    this.pages = space.pages;
  }

  long dirtyPages() {
    return dirty;
  }

  long writebackPages() {
    return writeback;
  }

  /** Sets a folio's dirty flag; true if it was clean. */
  boolean markDirty(Folio folio) {
    int count = folio.pages();
    synchronized (pages) {
      if ((core.table.setFlags(folio.frame, FolioFlags.DIRTY) & FolioFlags.DIRTY) != 0) {
        return false;
      }
      if (folio.mapping != space) {
        return true;
      }
      pages.set(folio.index, folio.order, Mark.DIRTY);
      dirty += count;
      core.counters.dirtied.add(count);
      MemoryGroup group = group(folio);
      group.dirtied(count);
      space.listener().dirtied(space, group.cgroup(), count);
    }
    space.trace(Tracepoints.DIRTY, folio);
    return true;
  }

  /** Moves a folio and its counts from one vector to another if it is still there. */
  void moveGroup(Folio folio, LruVector from, LruVector to) {
    synchronized (pages) {
      if (folio.mapping != space || !from.moveTo(to, folio, space.key(folio.index))) {
        return;
      }
      int count = folio.pages();
      MemoryGroup source = from.group();
      MemoryGroup target = to.group();
      source.moveCharge(target, count);
      if (folio.isDirty()) {
        source.dirtied(-count);
        target.dirtied(count);
      }
      if (folio.isWriteback()) {
        source.writebackChanged(-count);
        target.writebackChanged(count);
      }
    }
  }

  /** A folio is not dirty any more; the short lock is held. */
  void accountCleaned(Folio folio, int count) {
    group(folio).dirtied(-count);
    dirty -= count;
    core.counters.cleaned.add(count);
    space.listener().cleaned(space, count);
  }

  /** Takes the dirty flag off a locked folio that is to be written; its mark stays. */
  boolean clearDirtyForWriting(Folio folio) {
    synchronized (pages) {
      if ((core.table.clearFlags(folio.frame, FolioFlags.DIRTY) & FolioFlags.DIRTY) == 0) {
        return false;
      }
      accountCleaned(folio, folio.pages());
      return true;
    }
  }

  /** Takes off marks of a folio that turned out not to be dirty, or was not written after all. */
  void settleMarks(Folio folio) {
    synchronized (pages) {
      if (folio.mapping == space) {
        clearMarksUnlessDirty(folio);
      }
    }
  }

  /** A folio that is dirty again keeps TOWRITE, too: another integrity walk may have set it. */
  private void clearMarksUnlessDirty(Folio folio) {
    if (!folio.isDirty()) {
      pages.clear(folio.index, folio.order, Mark.TOWRITE);
      pages.clear(folio.index, folio.order, Mark.DIRTY);
    }
  }

  /** A locked folio whose dirty flag has been cleared goes under writeback. */
  void startWriteback(Folio folio) {
    int count = folio.pages();
    synchronized (pages) {
      int before = core.table.setFlags(folio.frame, FolioFlags.WRITEBACK);
      if ((before & FolioFlags.WRITEBACK) != 0) {
        throw new IllegalStateException("already under writeback: " + folio);
      }
      pages.set(folio.index, folio.order, Mark.WRITEBACK);
      clearMarksUnlessDirty(folio);
      writeback += count;
      core.counters.writebackStarted.add(count);
      MemoryGroup group = group(folio);
      group.writebackChanged(count);
      space.listener().writebackStarted(space, group.cgroup(), count);
    }
  }

  /** Writeback of a folio has ended; null, or the error. Any context. */
  void endWriteback(Folio folio, Errno error) {
    int count = folio.pages();
    int frame = folio.frame;
    long index = folio.index;
    int order = folio.order;
    if (error != null) {
      core.counters.writeErrors.add(count);
      space.errors.set(error);
    }
    // One bit in the kernel: writing a page takes its readahead mark, too (folio_end_writeback).
    int marks = FolioFlags.RECLAIM | FolioFlags.READAHEAD;
    if ((core.table.clearFlags(frame, marks) & marks) != 0) {
      core.replacement.rotated(folio);
    }
    int before;
    synchronized (pages) {
      pages.clear(index, order, Mark.WRITEBACK);
      writeback -= count;
      core.counters.written.add(count);
      group(folio).writebackChanged(-count);
      space.listener().writebackEnded(space, count);
      // From here on the folio may be evicted; what follows looks at the frame's queue only.
      before = core.table.clearFlags(frame, FolioFlags.WRITEBACK | FolioFlags.WAITERS);
    }
    if ((before & FolioFlags.WAITERS) != 0) {
      core.table.waiters().wake(frame);
    }
    core.reclaimer.moved();
    core.access.settled(space, index);
  }

  /** The group that a folio of this mapping is charged to; stable under the short lock. */
  private MemoryGroup group(Folio folio) {
    return core.table.owner(folio.frame).group();
  }
}
