package dev.sekiso.pagecache;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.ReverseMap.Copies;
import java.lang.foreign.MemorySegment;

/**
 * Takes pages out of an address space ({@code mm/truncate.c}).
 *
 * <p>Each folio is locked, its writeback awaited, and then looked at again: it may have been
 * removed by somebody else, and the same index may hold another one, which the walk then meets.
 * Readers keep going meanwhile: those with a reference finish with the old content, optimistic ones
 * find their entry gone.
 */
final class Truncation {

  private final FolioAddressSpace mapping;

  Truncation(FolioAddressSpace mapping) {
    this.mapping = mapping;
  }

  /**
   * Removes the whole pages of a byte range, zeroes the parts of pages at its ends. A large folio
   * that lies in the range with a part only is zeroed there, and split so that the whole pages of
   * that part can go, and the pages at its ends are alone ({@code truncate_inode_partial_folio}).
   * One that cannot be split because it is dirty stays, zeroed.
   */
  void removeBytes(long firstByte, long lastByte) {
    if (lastByte < firstByte) {
      return;
    }
    long last = lastByte >> PageCache.PAGE_SHIFT;
    long firstWhole = (firstByte + PageCache.PAGE_SIZE - 1) >>> PageCache.PAGE_SHIFT;
    // Long.MAX_VALUE ends a page: the last one is whole.
    boolean endsPage = ((lastByte + 1) & (PageCache.PAGE_SIZE - 1)) == 0;
    boolean fileEnds = lastByte == Long.MAX_VALUE;
    mapping.unmapRange(firstWhole, endsPage ? last : last - 1, fileEnds ? Copies.GO : Copies.STAY);
    long index = firstByte >> PageCache.PAGE_SHIFT;
    while (index <= last) {
      Folio folio = mapping.nextResident(index, last);
      if (folio == null) {
        break;
      }
      folio.lock();
      if (mapping.owns(folio)) {
        folio.waitForWriteback();
        index = removeBytes(folio, firstByte, lastByte);
      }
      folio.unlock();
      folio.put();
    }
    if (fileEnds) {
      // A fault that saw the old size may have made another copy.
      mapping.unmapRange(firstWhole, last, Copies.GO);
    }
    mapping.residency.clearShadows(firstWhole, last);
  }

  /** Does to a locked folio what the range asks for; returns the page to go on with. */
  private long removeBytes(Folio folio, long firstByte, long lastByte) {
    long position = folio.position();
    long end = position + folio.size() - 1;
    long next = folio.index() + folio.pages();
    if (firstByte <= position && end <= lastByte) {
      mapping.operations().invalidateFolio(folio, 0, folio.size());
      remove(folio);
      return next;
    }
    long from = Math.max(firstByte, position);
    long to = Math.min(lastByte, end);
    if (lastByte != Long.MAX_VALUE) {
      // What stays can be stored to, and would take what goes along when it is written.
      mapping.protectForWriting(folio);
    }
    zero(folio, from, to);
    if (folio.order() == 0) {
      return next;
    }
    // The page at the range's end that lies inside the folio is to be alone: the first one, or, of
    // what begins in the range, the one behind it.
    long alone = from > position ? from : to + 1;
    mapping.unmap(folio);
    if (mapping.residency.split(folio, alone >> PageCache.PAGE_SHIFT)) {
      return Math.max(folio.index(), firstByte >> PageCache.PAGE_SHIFT);
    }
    if (!folio.has(FolioFlags.DIRTY | FolioFlags.WRITEBACK)) {
      // Clean: what is still wanted of it can be read again.
      mapping.operations().invalidateFolio(folio, 0, folio.size());
      remove(folio);
    }
    return next;
  }

  private void remove(Folio folio) {
    mapping.unmap(folio);
    mapping.core.counters.invalidated.add(folio.pages());
    mapping.residency.delete(folio);
  }

  private void zero(Folio folio, long firstByte, long lastByte) {
    int offset = (int) (firstByte - folio.position());
    int length = (int) (lastByte - firstByte + 1);
    MemorySegment part = folio.data().asSlice(offset, length);
    part.fill((byte) 0);
    mapping.operations().invalidateFolio(folio, offset, length);
  }

  /** Drops what is clean, unlocked and unused in a range; returns pages dropped. */
  long invalidateClean(long first, long last) {
    mapping.core.replacement.drainAll();
    long dropped = 0;
    long index = first;
    while (index <= last) {
      Folio folio = mapping.nextResident(index, last);
      if (folio == null) {
        break;
      }
      // Nobody asked for the rest of a large folio that lies in the range with a part only.
      boolean isWhole = folio.index() >= first && folio.index() + folio.pages() - 1 <= last;
      index = folio.index() + folio.pages();
      dropped += isWhole ? mapping.residency.dropIfClean(folio) : 0;
      folio.put();
    }
    mapping.residency.clearShadows(first, last);
    return dropped;
  }

  /** Drops everything in a range after its writeback; EBUSY when something must stay. */
  void invalidate(long first, long last) throws ErrnoException {
    mapping.unmapRange(first, last, Copies.STAY);
    long stayed = -1;
    long index = first;
    while (index <= last) {
      Folio folio = mapping.nextResident(index, last);
      if (folio == null) {
        break;
      }
      folio.lock();
      if (mapping.owns(folio)) {
        index = folio.index() + folio.pages();
        folio.waitForWriteback();
        mapping.unmap(folio);
        if (folio.isDirty() || !mapping.operations().releaseFolio(folio)) {
          stayed = folio.index();
        } else {
          remove(folio);
        }
      }
      folio.unlock();
      folio.put();
    }
    mapping.residency.clearShadows(first, last);
    if (stayed >= 0) {
      throw new ErrnoException(
          Errno.EBUSY,
          "page " + stayed + " of " + mapping.host() + " is dirty again or still in use; write it");
    }
  }
}
