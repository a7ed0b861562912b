package dev.sekiso.pagecache;

import dev.sekiso.machine.HugePages;
import dev.sekiso.machine.Machine;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;

/**
 * The memory of a page cache: frames of 4096 bytes in one aligned off-heap region, one {@link
 * Folio} and one flag word per frame, and the binary-buddy allocator that hands out aligned runs of
 * 2<sup>order</sup> frames (the kernel's {@code mm/page_alloc.c}).
 *
 * <p>Free blocks of each order form a doubly linked list through the {@code index} field of their
 * first folio, so that free memory costs nothing beyond the folios themselves. The allocator's
 * short lock is this object's monitor. {@link #freeFrames} may be read without it.
 */
final class FrameTable {

  /** Largest block the allocator keeps together: 2^9 pages are 2 MiB. */
  static final int MAXIMUM_ORDER = 9;

  private static final VarHandle FLAGS = MethodHandles.arrayElementVarHandle(int[].class);
  private static final VarHandle OWNER = MethodHandles.arrayElementVarHandle(LruVector[].class);
  private static final int NONE = -1;

  /** Hears, in any context, of folios that are used less. */
  interface Listener {
    /** The count has fallen to one, which may be the page cache's own. */
    void idle(Folio folio);

    /** The count has fallen to zero: the folio's frames are about to become free. */
    void freeing(Folio folio);

    /** Frames have become free. */
    void freed();
  }

  private final Arena arena;
  private final MemorySegment memory;
  private final Folio[] folios;
  private final int[] flags;

  /**
   * The vector of each folio, at its first frame: who is charged, and whose policy knows it. Null
   * for free frames. Written by whoever allocates the folio, and then under the lock of the vector
   * that it leaves.
   */
  private final LruVector[] owners;

  /**
   * Page-table entries that show pages of a frame's folio, at its first frame ({@code _mapcount}).
   */
  private final int[] mappings;

  /** A folio with entries is held by them, so it has as many pages when the last one goes. */
  private final LongAdder mappedPages = new LongAdder();

  private final FolioWaiters waiters;
  private final int[] freeLists = new int[MAXIMUM_ORDER + 1];
  private final Listener listener;
  private volatile int freeFrames;

  /**
   * @param frames how many frames of 4096 bytes
   */
  @SuppressWarnings("MustBeClosedChecker") // close() closes it
  FrameTable(Machine machine, int frames, Listener listener) {
    this.arena = Arena.ofShared();
    this.memory = allocate(arena, (long) frames << PageCache.PAGE_SHIFT);
    this.folios = new Folio[frames];
    this.flags = new int[frames];
    this.owners = new LruVector[frames];
    this.mappings = new int[frames];
    this.waiters = new FolioWaiters(machine);
    this.listener = listener;
    for (int frame = 0; frame < frames; frame++) {
      folios[frame] = new Folio(this, frame);
      folios[frame].generation = 1;
    }
    Arrays.fill(freeLists, NONE);
    for (int frame = 0; frame < frames; ) {
      int order = MAXIMUM_ORDER;
      while ((frame & ((1 << order) - 1)) != 0 || frame + (1 << order) > frames) {
        order--;
      }
      link(frame, order);
      frame += 1 << order;
    }
    this.freeFrames = frames;
  }

  /** On huge pages, as the kernel's is, where that is worth it and possible. */
  private static MemorySegment allocate(Arena arena, long bytes) {
    MemorySegment region =
        bytes < HugePages.WORTHWHILE ? null : HugePages.map(arena, bytes).orElse(null);
    return region != null ? region : arena.allocate(bytes, PageCache.PAGE_SIZE);
  }

  int frames() {
    return folios.length;
  }

  int freeFrames() {
    return freeFrames;
  }

  MemorySegment memory() {
    return memory;
  }

  long offsetOf(int frame) {
    return (long) frame << PageCache.PAGE_SHIFT;
  }

  Folio folio(int frame) {
    return folios[frame];
  }

  FolioWaiters waiters() {
    return waiters;
  }

  /** A frame's flags; what was written before a flag was set is visible to who sees it set. */
  int flags(int frame) {
    return (int) FLAGS.getAcquire(flags, frame);
  }

  /** The vector that a folio's first frame belongs to, null for none. */
  LruVector owner(int frame) {
    return (LruVector) OWNER.getAcquire(owners, frame);
  }

  void setOwner(int frame, LruVector vector) {
    OWNER.setRelease(owners, frame, vector);
  }

  /** Sets flags; returns those there were before. */
  int setFlags(int frame, int bits) {
    return (int) FLAGS.getAndBitwiseOr(flags, frame, bits);
  }

  /** Clears flags; returns those there were before. */
  int clearFlags(int frame, int bits) {
    return (int) FLAGS.getAndBitwiseAnd(flags, frame, ~bits);
  }

  /**
   * The folio that a frame is part of; somebody holds a reference on it. Only the first frame's
   * object has references.
   */
  Folio holder(int frame) {
    for (int order = 0; order <= MAXIMUM_ORDER; order++) {
      Folio folio = folios[frame & -(1 << order)];
      if (folio.references() > 0 && frame < folio.frame + folio.pages()) {
        return folio;
      }
    }
    throw new IllegalStateException("nobody holds frame " + frame);
  }

  /** One more page-table entry shows a page of a folio, given by its first frame. */
  void mapped(int frame) {
    if ((int) FLAGS.getAndAdd(mappings, frame, 1) == 0) {
      mappedPages.add(folios[frame].pages());
    }
  }

  /** One page-table entry less; before its reference is given back. */
  void unmapped(int frame) {
    if ((int) FLAGS.getAndAdd(mappings, frame, -1) == 1) {
      mappedPages.add(-folios[frame].pages());
    }
  }

  /** Pages of folios that page-table entries show ({@code nr_mapped}). */
  long mappedPages() {
    return mappedPages.sum();
  }

  /** How many page-table entries show pages of a folio, given by its first frame. */
  int mappings(int frame) {
    return (int) FLAGS.getAcquire(mappings, frame);
  }

  /**
   * Takes a free block, unless that would leave fewer than so many frames free.
   *
   * @return its first folio with one reference and no flags, or null
   */
  Folio allocate(int order, int keepFree) {
    int frame;
    synchronized (this) {
      if (freeFrames - (1 << order) < keepFree) {
        return null;
      }
      int found = order;
      while (found <= MAXIMUM_ORDER && freeLists[found] == NONE) {
        found++;
      }
      if (found > MAXIMUM_ORDER) {
        return null;
      }
      frame = freeLists[found];
      unlink(frame, found);
      while (found > order) {
        found--;
        link(frame + (1 << found), found);
      }
      freeFrames -= 1 << order;
    }
    Folio folio = folios[frame];
    folio.order = (byte) order;
    folio.index = 0;
    FLAGS.setRelease(flags, frame, 0);
    folio.unfreeze(1);
    return folio;
  }

  /** Takes back a block whose count has reached zero. */
  void free(Folio folio) {
    prepareToFree(folio);
    synchronized (this) {
      giveBack(folio);
    }
    listener.freed();
  }

  /** Takes back several blocks whose counts are zero ({@code free_unref_folios}). */
  void free(Folio[] freed, int from, int to) {
    for (int i = from; i < to; i++) {
      prepareToFree(freed[i]);
    }
    synchronized (this) {
      for (int i = from; i < to; i++) {
        giveBack(freed[i]);
      }
    }
    listener.freed();
  }

  private void prepareToFree(Folio folio) {
    listener.freeing(folio);
    setOwner(folio.frame, null);
    folio.mapping = null;
    folio.setFileSystemData(null);
    folio.generation = XArray.nextGeneration(folio.generation);
    FLAGS.setRelease(flags, folio.frame, 0);
  }

  /** Puts a block into the free lists, joined with its buddies. Under the lock. */
  private void giveBack(Folio folio) {
    int order = folio.order;
    int frame = folio.frame;
    freeFrames += 1 << order;
    while (order < MAXIMUM_ORDER) {
      int buddy = frame ^ (1 << order);
      if (buddy + (1 << order) > folios.length
          || (flags[buddy] & FolioFlags.FREE) == 0
          || folios[buddy].order != order) {
        break;
      }
      unlink(buddy, order);
      frame &= ~(1 << order);
      order++;
    }
    link(frame, order);
  }

  /**
   * Makes a frame inside a folio the first of a folio of its own, with no references yet and with
   * what is known of the content.
   */
  void pieceOf(Folio whole, Folio piece, int order) {
    piece.order = (byte) order;
    int kept = flags(whole.frame) & (FolioFlags.UP_TO_DATE | FolioFlags.PREFETCHED);
    FLAGS.setRelease(flags, piece.frame, kept);
  }

  /** A folio's count has fallen to one. */
  void idle(Folio folio) {
    listener.idle(folio);
  }

  private void link(int frame, int order) {
    Folio folio = folios[frame];
    int next = freeLists[order];
    folio.order = (byte) order;
    folio.index = links(NONE, next);
    if (next != NONE) {
      folios[next].index = links(frame, nextOf(next));
    }
    freeLists[order] = frame;
    FLAGS.setRelease(flags, frame, FolioFlags.FREE);
  }

  private void unlink(int frame, int order) {
    int previous = previousOf(frame);
    int next = nextOf(frame);
    if (previous == NONE) {
      freeLists[order] = next;
    } else {
      folios[previous].index = links(previousOf(previous), next);
    }
    if (next != NONE) {
      folios[next].index = links(previous, nextOf(next));
    }
    FLAGS.setRelease(flags, frame, 0);
  }

  private static long links(int previous, int next) {
    return ((long) previous << 32) | (next & 0xffff_ffffL);
  }

  private int previousOf(int frame) {
    return (int) (folios[frame].index >> 32);
  }

  private int nextOf(int frame) {
    return (int) folios[frame].index;
  }

  /** Gives the memory back to the operating system. */
  void close() {
    arena.close();
  }
}
