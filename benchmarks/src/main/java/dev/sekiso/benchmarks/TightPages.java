package dev.sekiso.benchmarks;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SystemMachine;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.DirtyListener;
import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.PageCacheSettings;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The page cache by itself, with room for a quarter of the pages, over bare memory. */
@State(Scope.Benchmark)
public class TightPages {

  private SystemMachine machine;
  private FolioPageCache cache;
  AddressSpace pages;

  @Setup
  public void setUp(Resident resident, BareMemory bare) throws ErrnoException {
    machine = new SystemMachine();
    cache =
        new FolioPageCache(
            machine,
            PageCacheSettings.ofPages(
                Math.max(PageCacheSettings.MINIMUM_PAGES, resident.pages / 4)));
    pages = cache.newAddressSpace("table", new MemoryStore(bare.memory), DirtyListener.NONE);
    for (int index = 0; index < resident.pages; index++) {
      pages.readFolio(index).put();
    }
  }

  @TearDown
  public void tearDown() {
    pages.close();
    cache.close();
    machine.close();
  }
}
