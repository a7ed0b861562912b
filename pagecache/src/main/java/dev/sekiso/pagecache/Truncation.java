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

  /** Removes the whole pages of a byte range, zeroes the parts of pages at its ends. */
  void removeBytes(long firstByte, long lastByte) {
    if (lastByte < firstByte) {
      return;
    }
    long firstWhole = (firstByte >> 12) + ((firstByte & (PageCache.PAGE_SIZE - 1)) == 0 ? 0 : 1);
    // Long.MAX_VALUE ends a page: the last one is whole.
    long lastWhole =
        ((lastByte + 1) & (PageCache.PAGE_SIZE - 1)) == 0
            ? lastByte >> PageCache.PAGE_SHIFT
            : (lastByte >> PageCache.PAGE_SHIFT) - 1;
    if (firstWhole <= lastWhole) {
      boolean fileEnds = lastByte == Long.MAX_VALUE;
      mapping.unmapRange(firstWhole, lastWhole, fileEnds ? Copies.GO : Copies.STAY);
      removePages(firstWhole, lastWhole);
      if (fileEnds) {
        // A fault that saw the old size may have made another copy.
        mapping.unmapRange(firstWhole, lastWhole, Copies.GO);
      }
    }
    long firstPage = firstByte >> PageCache.PAGE_SHIFT;
    long lastPage = lastByte >> PageCache.PAGE_SHIFT;
    if (firstPage < firstWhole) {
      zero(firstPage, firstByte, Math.min(lastByte, (firstPage << 12) + 4095));
    }
    if (lastPage > lastWhole && lastPage != firstPage) {
      zero(lastPage, lastPage << PageCache.PAGE_SHIFT, lastByte);
    } else if (lastPage > lastWhole && firstPage == firstWhole) {
      zero(lastPage, firstByte, lastByte);
    }
  }

  private void removePages(long first, long last) {
    long index = first;
    while (index <= last) {
      Folio folio = mapping.nextResident(index, last);
      if (folio == null) {
        break;
      }
      folio.lock();
      if (mapping.owns(folio)) {
        folio.waitForWriteback();
        index = folio.index() + folio.pages();
        mapping.operations().invalidateFolio(folio, 0, folio.size());
        remove(folio);
      }
      folio.unlock();
      folio.put();
    }
    mapping.clearShadows(first, last);
  }

  private void remove(Folio folio) {
    mapping.unmap(folio);
    mapping.core.counters.invalidated.add(folio.pages());
    mapping.delete(folio);
  }

  private void zero(long index, long firstByte, long lastByte) {
    Folio folio = mapping.lookup(index);
    while (folio != null) {
      folio.lock();
      if (mapping.owns(folio)) {
        break;
      }
      folio.unlock();
      folio.put();
      folio = mapping.lookup(index);
    }
    if (folio == null) {
      return;
    }
    folio.waitForWriteback();
    int offset = (int) (firstByte - folio.position());
    int length = (int) (lastByte - firstByte + 1);
    MemorySegment part = folio.data().asSlice(offset, length);
    part.fill((byte) 0);
    mapping.operations().invalidateFolio(folio, offset, length);
    folio.unlock();
    folio.put();
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
      index = folio.index() + folio.pages();
      dropped += mapping.dropIfClean(folio);
      folio.put();
    }
    mapping.clearShadows(first, last);
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
    mapping.clearShadows(first, last);
    if (stayed >= 0) {
      throw new ErrnoException(
          Errno.EBUSY,
          "page " + stayed + " of " + mapping.host() + " is dirty again or still in use; write it");
    }
  }
}
