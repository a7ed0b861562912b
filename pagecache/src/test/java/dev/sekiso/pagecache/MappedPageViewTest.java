package dev.sekiso.pagecache;

import static dev.sekiso.pagecache.MapFlags.MAP_SHARED;
import static dev.sekiso.pagecache.MapFlags.PROT_READ;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.pagecache.replacement.ActiveInactive26;
import dev.sekiso.pagecache.replacement.Lru;
import dev.sekiso.pagecache.replacement.MultiGenerational;
import dev.sekiso.pagecache.replacement.PageView;
import dev.sekiso.pagecache.replacement.ReplacementPolicy;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a replacement policy learns of mapped pages from a living page cache. */
final class MappedPageViewTest {

  private static final int PAGE = PageCache.PAGE_SIZE;
  private static final int MAPPED = 16;

  private static void touch(MemoryMapping mapping, int from, int to) {
    for (int page = from; page < to; page++) {
      assertThat(mapping.getByte((long) page * PAGE)).isZero();
    }
  }

  private static MemoryMapping map(MemoryMap map, AddressSpace pages) throws ErrnoException {
    MappedFile file = MappedFile.of(pages, new ReadaheadState(0));
    return map.mmap(0, (long) MAPPED * PAGE, PROT_READ, MAP_SHARED, file, 0);
  }

  private static long referenced(PageView view) {
    return IntStream.range(0, view.capacity())
        .filter(view::isMapped)
        .filter(view::testAndClearReferenced)
        .count();
  }

  @Test
  void usesThroughMappings_areToldOnce_andMappedPagesCounted() throws Exception {
    TestMachines.simulated(
        1,
        machine -> {
          AtomicReference<PageView> seen = new AtomicReference<>();
          FolioPageCache cache =
              new FolioPageCache(
                  machine,
                  PageCacheSettings.ofPages(128)
                      .withLargeFolios(LargeFolios.OFF)
                      .withReplacement(view -> {
                        seen.set(view);
                        return new Lru(view);
                      }));
          FakeFile file = new FakeFile(machine, MAPPED * PAGE, MAPPED * PAGE);
          AddressSpace pages = cache.newAddressSpace("file", file, DirtyListener.NONE);
          PageView view = seen.get();
          assertThat(view.mappedPages()).isZero();
          MemoryMap map = cache.newMemoryMap(MemoryMapSettings.DEFAULT);
          MemoryMapping mapping = map(map, pages);
          touch(mapping, 0, MAPPED);
          assertThat(view.mappedPages()).isEqualTo(MAPPED);
          assertThat(referenced(view)).isEqualTo(MAPPED);
          assertThat(referenced(view)).isZero();
          touch(mapping, 3, 8);
          assertThat(referenced(view)).isEqualTo(5);
          map.close();
          assertThat(view.mappedPages()).isZero();
          assertThat(referenced(view)).isZero();
          pages.close();
          cache.close();
        });
  }

  /** Policies that walk page tables do so under the lock of their group, while others fault. */
  @Test
  void pagesUsedThroughAMapping_stayThroughScans() throws Exception {
    List<ReplacementPolicy.Factory> policies =
        List.of(MultiGenerational::new, view -> new ActiveInactive26(view, 100));
    for (ReplacementPolicy.Factory policy : policies) {
      TestMachines.simulated(2, machine -> scan(machine, policy));
      TestMachines.system(machine -> scan(machine, policy));
    }
  }

  private static void scan(Machine machine, ReplacementPolicy.Factory policy) throws Exception {
    FolioPageCache cache =
        new FolioPageCache(
            machine,
            PageCacheSettings.ofPages(128)
                .withLargeFolios(LargeFolios.OFF)
                .withReplacement(policy));
    FakeFile file = new FakeFile(machine, MAPPED * PAGE, MAPPED * PAGE);
    AddressSpace pages = cache.newAddressSpace("file", file, DirtyListener.NONE);
    FakeFile longFile = new FakeFile(machine, 2000 * PAGE, 2000 * PAGE);
    AddressSpace scanned = cache.newAddressSpace("scanned", longFile, DirtyListener.NONE);
    MemoryMap map = cache.newMemoryMap(MemoryMapSettings.DEFAULT);
    MemoryMapping mapping = map(map, pages);
    touch(mapping, 0, MAPPED);
    byte[] one = new byte[PAGE];
    for (long page = 0; page < 2000; page++) {
      scanned.read(new ReadaheadState(0), page * PAGE, MemorySegment.ofArray(one), 0);
      if (page % 8 == 0) {
        touch(mapping, 0, MAPPED);
      }
    }
    assertThat(pages.residentPages()).isEqualTo(MAPPED);
    assertThat(map.majorFaults()).isEqualTo(MAPPED);
    map.close();
    pages.close();
    scanned.close();
    cache.close();
  }
}
