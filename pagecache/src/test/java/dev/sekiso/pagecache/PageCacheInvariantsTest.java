package dev.sekiso.pagecache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.pagecache.XArray.Mark;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is wrong with a page cache is seen, and named. */
class PageCacheInvariantsTest {

  private static final int PAGE = PageCache.PAGE_SIZE;

  private interface Planting {
    void plant(FolioPageCache cache, FolioAddressSpace pages) throws Exception;
  }

  private static void onFile(Planting planting) throws Exception {
    TestMachines.simulated(
        1,
        machine -> {
          FolioPageCache cache = new FolioPageCache(machine, PageCacheSettings.ofPages(64));
          FakeFile file = new FakeFile(machine, 32 * PAGE, 16 * PAGE);
          AddressSpace pages = cache.newAddressSpace("file", file, DirtyListener.NONE);
          pages.write(0, MemorySegment.ofArray(new byte[3 * PAGE]), 0);
          assertThat(violations(cache)).isEmpty();
          planting.plant(cache, (FolioAddressSpace) pages);
        });
  }

  private static List<String> violations(PageCache cache) {
    return PageCacheInvariants.of(cache).violations();
  }

  @Test
  void reference_kept_isSeen_unlessItIsHeldByRight() throws Exception {
    onFile((cache, pages) -> {
      Folio folio = pages.lookup(1);
      assertThat(violations(cache)).singleElement().asString().contains("2 references at rest");
      assertThat(PageCacheInvariants.of(cache, f -> f == folio ? 1 : 0).violations()).isEmpty();
      folio.put();
      assertThat(PageCacheInvariants.of(cache, f -> f == folio ? 1 : 0).violations())
          .singleElement()
          .asString()
          .contains("1 references at rest, not 2");
    });
  }

  @Test
  void lock_kept_isSeen() throws Exception {
    onFile((cache, pages) -> {
      Folio folio = pages.grab(1);
      folio.put();
      assertThat(violations(cache)).singleElement().asString().contains("locked at rest");
      folio.unlock();
      assertThat(violations(cache)).isEmpty();
    });
  }

  @Test
  void writeback_neverEnded_isSeen() throws Exception {
    onFile((cache, pages) -> {
      Folio folio = pages.grab(1);
      folio.startWriteback();
      folio.unlock();
      assertThat(violations(cache))
          .anySatisfy(violation -> assertThat(violation).contains("under writeback at rest"));
      folio.endWriteback(null);
      folio.put();
    });
  }

  @Test
  void mark_lost_isSeenOnTheWayDown() throws Exception {
    onFile((cache, pages) -> {
      synchronized (pages.pages) {
        pages.pages.clear(1, 0, Mark.DIRTY);
      }
      assertThat(violations(cache))
          .anySatisfy(violation -> assertThat(violation).contains("dirty flag and mark differ"));
    });
  }

  @Test
  void entry_lost_isSeenAsAPageThatNobodyFinds() throws Exception {
    onFile((cache, pages) -> {
      synchronized (pages.pages) {
        pages.pages.store(1, 0);
      }
      assertThat(violations(cache))
          .anySatisfy(violation -> assertThat(violation).contains("not what its index holds"));
    });
  }

  @Test
  void addressSpaces_areThoseWithPages() throws Exception {
    onFile((cache, pages) -> {
      AddressSpace empty = cache.newAddressSpace("empty", pages.operations(), DirtyListener.NONE);
      assertThat(PageCacheInvariants.addressSpaces(cache)).containsExactly(pages);
      pages.truncate(0);
      assertThat(PageCacheInvariants.addressSpaces(cache)).isEmpty();
      empty.close();
    });
  }
}
