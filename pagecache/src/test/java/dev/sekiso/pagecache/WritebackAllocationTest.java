package dev.sekiso.pagecache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.ErrnoException;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/**
 * What marking pages dirty and writing them costs of the heap: something a call, nothing a page.
 */
final class WritebackAllocationTest {

  private static final int PAGES = 64;
  private static final int ROUNDS = 20_000;

  /** What a round may take: its control, less than a byte for each page. */
  private static final long ROUND_BYTES = PAGES;

  /** Room for what the runtime does on its own. */
  private static final long ALLOWANCE_BYTES = 10_000;

  private static final AddressSpace.FolioWriter NOWHERE =
      folio -> {
        folio.startWriteback();
        folio.unlock();
        folio.endWriteback(null);
      };

  @Test
  void pagesMarkedAndWritten_allocateLessThanAByteEach() throws Exception {
    TestMachines.system(machine -> {
      FolioPageCache cache = new FolioPageCache(machine, PageCacheSettings.ofPages(4 * PAGES));
      FakeFile file = new FakeFile(machine, PAGES * PageCache.PAGE_SIZE, 0);
      AddressSpace pages = cache.newAddressSpace("file", file, DirtyListener.NONE);
      Folio[] folios = new Folio[PAGES];
      for (int i = 0; i < PAGES; i++) {
        folios[i] = pages.readFolio(i);
      }
      rounds(pages, folios);
      var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
      long id = Thread.currentThread().threadId();
      long before = threads.getThreadAllocatedBytes(id);
      rounds(pages, folios);
      assertThat(threads.getThreadAllocatedBytes(id) - before)
          .isLessThan(ROUNDS * ROUND_BYTES + ALLOWANCE_BYTES);
      for (Folio folio : folios) {
        folio.put();
      }
      pages.close();
      cache.close();
    });
  }

  private static void rounds(AddressSpace pages, Folio[] folios) throws ErrnoException {
    for (int i = 0; i < ROUNDS; i++) {
      for (Folio folio : folios) {
        folio.markDirty();
      }
      pages.writeDirty(WritebackControl.start(0, Long.MAX_VALUE), NOWHERE);
    }
    assertThat(pages.dirtyPages()).isZero();
  }
}
