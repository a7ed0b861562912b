package dev.sekiso.pagecache;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.PageCacheSettings.ReclaimWrites;
import dev.sekiso.pagecache.Reclaimer.Means;
import dev.sekiso.pagecache.replacement.ReplacementPolicy;
import dev.sekiso.pagecache.replacement.ReplacementPolicy.Rejection;
import java.util.Arrays;

/**
 * Gets pages back from a memory group and those below it ({@code mm/vmscan.c}).
 *
 * <p>A reclaim comes in rounds of rising pressure. In a round each group's vector gives victims, 32
 * at a time, and each is evicted or rejected. A task that reclaims for itself stops after the group
 * at which it has enough, and begins the next time with the group after it; the background task
 * goes over all. Groups below their {@code min}, and at first those below their {@code low}, are
 * left out.
 *
 * <p>A folio's lock that is taken is not waited for, and nothing is waited for while one is held.
 * So a task may reclaim while it holds folio locks of its own. Of a chunk of victims those that may
 * go are locked together and leave together; then the others are put back ({@code
 * shrink_folio_list}, {@code move_folios_to_lru}).
 *
 * <p>Dirty pages are asked to be written by their owner's flusher: when a whole chunk was dirty,
 * and when a reclaim did not find enough. With {@link ReclaimWrites#BACKGROUND} the background task
 * also writes them itself, page by page; with {@link ReclaimWrites#WRITERS} so does a task that
 * writes to a file, as in Linux 2.6, but not where it may hold a file system's locks, and not to a
 * device that has enough to write.
 */
final class Shrinker {

  /** The background task's last priority ({@code balance_pgdat} ends before 0). */
  private static final int LAST_BACKGROUND_PRIORITY = 1;

  private final CacheCore core;
  private final FrameTable table;

  /** Passes nobody uses, under this object's monitor. */
  private Pass spare;

  Shrinker(CacheCore core) {
    this.core = core;
    this.table = core.table;
  }

  /** One reclaim at work; kept for the next one, so that a busy cache allocates nothing. */
  private static final class Pass {
    Pass next;
    final int[] victims = new int[Reclaimer.BATCH];

    /** Victims of a chunk that may go: locked, clean. */
    final Folio[] clean = new Folio[Reclaimer.BATCH];

    int cleanCount;
    final long[] shadows = new long[Reclaimer.BATCH];

    /** Victims of a chunk that stay, why, and how often they were used through mappings. */
    final Folio[] kept = new Folio[Reclaimer.BATCH];

    final Rejection[] reasons = new Rejection[Reclaimer.BATCH];
    final int[] uses = new int[Reclaimer.BATCH];
    int keptCount;
    MemoryGroup target;
    boolean isBackground;
    boolean writes;
    boolean sparesLow;
    boolean lowSpared;
    int reclaimed;
    long scanned;
    long scannedPages;
    long dirty;
    int dirtyInChunk;
    DirtyListener dirtyOwner;

    void keep(Folio folio, Rejection reason, int used) {
      kept[keptCount] = folio;
      reasons[keptCount] = reason;
      uses[keptCount++] = used;
    }
  }

  private Pass borrowPass(MemoryGroup target) {
    synchronized (this) {
      Pass pass = spare;
      if (pass == null) {
        pass = new Pass();
      } else {
        spare = pass.next;
        pass.next = null;
      }
      pass.target = target;
      pass.isBackground = false;
      pass.writes = false;
      pass.sparesLow = true;
      pass.lowSpared = false;
      pass.reclaimed = 0;
      pass.scanned = 0;
      pass.scannedPages = 0;
      pass.dirty = 0;
      pass.dirtyOwner = null;
      return pass;
    }
  }

  private void giveBack(Pass pass) {
    pass.target = null;
    pass.dirtyOwner = null;
    synchronized (this) {
      pass.next = spare;
      spare = pass;
    }
  }

  /**
   * Reclaims about so many pages with rising pressure ({@code do_try_to_free_pages}).
   *
   * @return pages reclaimed, 0 when everything has been tried
   */
  int reclaim(MemoryGroup target, int wanted, Means means) {
    Pass pass = borrowPass(target);
    pass.writes = means == Means.WRITE && core.settings.reclaimWrites() == ReclaimWrites.WRITERS;
    core.replacement.drainAll();
    descend(pass, wanted);
    if (pass.reclaimed == 0) {
      shrinkGroups(pass, wanted, ReplacementPolicy.DESPERATE_PRIORITY);
    }
    if (pass.reclaimed == 0 && pass.lowSpared) {
      pass.sparesLow = false;
      descend(pass, wanted);
    }
    return finish(pass, wanted);
  }

  private void descend(Pass pass, int wanted) {
    for (int priority = ReplacementPolicy.DEFAULT_PRIORITY;
        priority >= 0 && pass.reclaimed < wanted;
        priority--) {
      shrinkGroups(pass, wanted, priority);
    }
  }

  /**
   * The background task's reclaim: until so many frames are free ({@code balance_pgdat}).
   *
   * @return pages reclaimed
   */
  int balance(int enoughFree) {
    Pass pass = borrowPass(core.groups.root());
    pass.isBackground = true;
    pass.writes = core.settings.reclaimWrites() != ReclaimWrites.NEVER;
    core.replacement.drainAll();
    int wanted = Math.max(Reclaimer.BATCH, enoughFree);
    int priority = ReplacementPolicy.DEFAULT_PRIORITY;
    while (priority >= LAST_BACKGROUND_PRIORITY && table.freeFrames() < enoughFree) {
      int before = pass.reclaimed;
      long scannedBefore = pass.scanned;
      shrinkGroups(pass, wanted, priority);
      if (pass.scanned - scannedBefore < wanted || pass.reclaimed == before) {
        priority--;
      }
    }
    if (pass.reclaimed == 0) {
      shrinkGroups(pass, wanted, ReplacementPolicy.DESPERATE_PRIORITY);
    }
    return finish(pass, wanted);
  }

  private int finish(Pass pass, int wanted) {
    for (MemoryGroup group : pass.target.subtree()) {
      group.vector().finishReclaim();
    }
    if (pass.reclaimed < wanted && pass.dirtyOwner != null) {
      pass.dirtyOwner.reclaimNeedsClean(Math.max(pass.dirty, wanted));
    }
    core.nodes.shrinkShadows();
    int reclaimed = pass.reclaimed;
    giveBack(pass);
    return reclaimed;
  }

  /** One round over the groups ({@code shrink_node_memcgs}). */
  private void shrinkGroups(Pass pass, int wanted, int priority) {
    MemoryGroup[] groups = pass.target.subtree();
    int start = pass.isBackground ? 0 : Math.floorMod(pass.target.reclaimCursor, groups.length);
    for (int i = 0; i < groups.length; i++) {
      MemoryGroup group = groups[(start + i) % groups.length];
      shrinkGroup(pass, group, wanted, priority);
      if (!pass.isBackground && pass.reclaimed >= wanted) {
        pass.target.reclaimCursor = start + i + 1;
        return;
      }
    }
  }

  private void shrinkGroup(Pass pass, MemoryGroup group, int wanted, int priority) {
    long guarded = 0;
    long usage = 0;
    if (!group.isRoot()) {
      usage = group.usage();
      long min = group.protection(pass.target, true);
      long low = group.protection(pass.target, false);
      if (usage <= min && min > 0) {
        return;
      }
      guarded = min;
      if (low > min && pass.sparesLow) {
        pass.lowSpared = true;
        if (usage <= low) {
          return;
        }
        guarded = low;
      } else if (low > 0 && usage <= low) {
        group.lowEvents.increment();
      }
    }
    int before = pass.reclaimed;
    long scannedBefore = pass.scannedPages;
    shrinkVector(pass, group.vector(), wanted, priority, guarded, usage);
    group.scanned.add(pass.scannedPages - scannedBefore);
    group.stolen.add(pass.reclaimed - before);
  }

  private void shrinkVector(
      Pass pass, LruVector vector, int wanted, int priority, long guarded, long usage) {
    int before = pass.reclaimed;
    vector.beginRound(priority, guarded, usage);
    // A policy that gets its rejected pages back in front of its hand would offer them for ever.
    long most = 2L * table.frames();
    long tried = 0;
    int count;
    while (pass.reclaimed - before < wanted
        && tried <= most
        && (count = vector.selectVictims(pass.victims, Reclaimer.BATCH)) >= 0) {
      tried += Math.max(1, count);
      pass.scanned += count;
      pass.dirtyInChunk = 0;
      for (int i = 0; i < count; i++) {
        Folio folio = table.folio(pass.victims[i]);
        pass.scannedPages += folio.pages();
        examine(folio, pass);
      }
      evictClean(vector, pass);
      putBack(vector, pass);
      if (count > 0 && pass.dirtyInChunk == count) {
        pass.dirtyOwner.reclaimNeedsClean(pass.dirty);
      }
    }
    vector.finishRound();
  }

  /** Decides about one victim, on which the caller holds a reference. */
  private void examine(Folio folio, Pass pass) {
    if (!folio.tryLock()) {
      pass.keep(folio, Rejection.BUSY, 0);
      return;
    }
    FolioAddressSpace mapping = folio.mapping;
    Rejection rejection;
    int uses = 0;
    if (mapping == null) {
      // Truncated between selection and lock: it leaves by its last reference.
      rejection = Rejection.BUSY;
    } else if (folio.isWriteback()) {
      rejection = Rejection.WRITEBACK;
      table.setFlags(folio.frame, FolioFlags.RECLAIM);
    } else if (table.mappings(folio.frame) > 0 && (uses = unmap(mapping, folio)) != 0) {
      rejection = Rejection.USED;
    } else if (folio.isDirty()) {
      rejection = Rejection.DIRTY;
      table.setFlags(folio.frame, FolioFlags.RECLAIM);
      pass.dirty += folio.pages();
      pass.dirtyInChunk++;
      pass.dirtyOwner = mapping.listener();
    } else if (mapping.operations().releaseFolio(folio)) {
      pass.clean[pass.cleanCount++] = folio;
      return;
    } else {
      rejection = Rejection.BUSY;
    }
    folio.unlock();
    pass.keep(folio, rejection, uses);
  }

  /** Lets those victims go that may, as many of one file at a time as follow each other. */
  private void evictClean(LruVector vector, Pass pass) {
    Folio[] clean = pass.clean;
    int count = pass.cleanCount;
    for (int from = 0; from < count; ) {
      FolioAddressSpace mapping = clean[from].mapping;
      int to = from + 1;
      while (to < count && clean[to].mapping == mapping) {
        to++;
      }
      int end = mapping.residency.evict(clean, from, to, vector, pass.shadows);
      for (int i = from; i < end; i++) {
        pass.reclaimed += clean[i].pages();
      }
      table.free(clean, from, end);
      for (int i = end; i < to; i++) {
        Folio folio = clean[i];
        Rejection rejection = folio.isDirty() ? Rejection.DIRTY : Rejection.BUSY;
        folio.unlock();
        pass.keep(folio, rejection, 0);
      }
      from = to;
    }
    Arrays.fill(clean, 0, count, null);
    pass.cleanCount = 0;
  }

  /** Gives those victims back to the policy that stay. */
  private void putBack(LruVector vector, Pass pass) {
    for (int i = 0; i < pass.keptCount; i++) {
      Folio folio = pass.kept[i];
      FolioAddressSpace mapping = folio.mapping;
      if (pass.uses[i] == LOCKED && mapping != null) {
        cull(folio, mapping, vector);
      } else {
        Rejection rejection = pass.reasons[i];
        if (rejection == Rejection.DIRTY && mapping != null && mayWrite(pass, mapping)) {
          rejection = writeOut(folio, mapping);
        }
        vector.rejected(folio, rejection);
        if (pass.uses[i] > 0) {
          vector.usedThroughMappings(folio, pass.uses[i]);
        }
      }
      folio.put();
      pass.kept[i] = null;
    }
    pass.keptCount = 0;
  }

  /** Uses through mappings that make a difference: one, and more than one. */
  private static final int MANY = 2;

  /** In place of a number of uses: an area that is locked into memory shows the page. */
  private static final int LOCKED = -1;

  /**
   * Takes a victim out of all page tables unless it has been used through one ({@code
   * folio_check_references}, {@code try_to_unmap}).
   *
   * @return uses since the last look, at most {@link #MANY}; 0 when it is unmapped; {@link #LOCKED}
   */
  private static int unmap(FolioAddressSpace mapping, Folio folio) {
    ReverseMap.Use use = mapping.reverse().referenced(folio);
    if (use.locked()) {
      return LOCKED;
    }
    if (use.references() > 0) {
      return Math.min(use.references(), MANY);
    }
    return mapping.reverse().unmap(folio, ReverseMap.Locked.RESPECTED) ? 0 : LOCKED;
  }

  /**
   * Takes a page that is locked into memory out of the policy's hands, until it is unlocked or
   * unmapped ({@code mlock_folio}, for what reclaim meets). Whoever has unlocked it since we looked
   * may have found nothing to put back: so we look again.
   */
  private void cull(Folio folio, FolioAddressSpace mapping, LruVector vector) {
    vector.culled(folio);
    if (!mapping.reverse().isLocked(folio)) {
      core.replacement.rescued(folio);
    }
  }

  private static boolean mayWrite(Pass pass, FolioAddressSpace mapping) {
    return pass.writes && (pass.isBackground || !mapping.operations().isWriteCongested());
  }

  /** Starts writing one page ({@code pageout} of 2.6); an error stays in the mapping. */
  private Rejection writeOut(Folio folio, FolioAddressSpace mapping) {
    long first = folio.position();
    long last = first + folio.size() - 1;
    try {
      mapping.writePages(WritebackControl.start(first, last));
      core.counters.reclaimWritten.add(folio.pages());
    } catch (ErrnoException e) {
      // The page stays dirty or its error is in the mapping: whoever owns the file hears of it.
    }
    return folio.isWriteback() ? Rejection.WRITEBACK : Rejection.DIRTY;
  }
}
