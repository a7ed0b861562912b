package dev.sekiso.pagecache;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Shared memory without a file (the kernel's {@code shmem_zero_setup}): a file of its own, of
 * zeroes, that goes with its last area. A page that has been stored to is pinned, since there is
 * nowhere to write it to; others can be made again.
 */
final class AnonymousMemory implements MappedFile, AddressSpaceOperations {

  private static final Object STORED = new Object();

  private final AtomicInteger holders = new AtomicInteger(1);
  private final ReadaheadState readahead = new ReadaheadState(0);
  private final long size;
  private AddressSpace pages;

  private AnonymousMemory(long size) {
    this.size = size;
  }

  /** Makes so many pages, held once. */
  static AnonymousMemory create(CacheCore core, long count) {
    AnonymousMemory memory = new AnonymousMemory(count << PageCache.PAGE_SHIFT);
    memory.pages = core.newAddressSpace("/dev/zero (deleted)", memory, DirtyListener.NONE);
    return memory;
  }

  // ---- as a mapped file ------------------------------------------------------------------------

  @Override
  public AddressSpace pages() {
    return pages;
  }

  @Override
  public ReadaheadState readahead() {
    return readahead;
  }

  @Override
  public void keep() {
    holders.incrementAndGet();
  }

  @Override
  public void letGo() {
    if (holders.decrementAndGet() == 0) {
      pages.close();
    }
  }

  @Override
  public boolean isWritable() {
    return true;
  }

  /** Nothing is more durable than memory. */
  @Override
  public void sync(long firstByte, long lastByte) {}

  @Override
  public void punchHole(long offset, long length) {
    pages.truncateRange(offset, offset + length - 1);
  }

  @Override
  public String toString() {
    return "/dev/zero (deleted)";
  }

  // ---- its pages -------------------------------------------------------------------------------

  @Override
  public long size() {
    return size;
  }

  @Override
  public void readFolio(Folio folio) {
    folio.data().fill((byte) 0);
    folio.endRead(null);
  }

  @Override
  public void writeBegin(Folio folio, long position, int length) {
    if (!folio.isUpToDate()) {
      folio.data().fill((byte) 0);
      folio.markUpToDate();
    }
    folio.setFileSystemData(STORED);
  }

  @Override
  public void writeEnd(Folio folio, long position, int length, int copied) {}

  @Override
  public void writePages(AddressSpace mapping, WritebackControl control) {}

  /** Being stored to is all the dirt there is. */
  @Override
  public void dirtyFolio(Folio folio) {}

  @Override
  public boolean needsStoreNotice() {
    return true;
  }

  @Override
  public boolean releaseFolio(Folio folio) {
    return folio.fileSystemData() != STORED;
  }
}
