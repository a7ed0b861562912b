package dev.sekiso.benchmarks;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SystemMachine;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.DirtyListener;
import dev.sekiso.pagecache.FolioPageCache;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.PageCacheSettings;
import dev.sekiso.pagecache.ReadaheadState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The page cache by itself, with room for everything, filled from a device that takes no time. */
@State(Scope.Benchmark)
public class CachedPages {

  /** Frames beyond the pages, so that the background reclaimer has nothing to do. */
  private static final int SPARE_PART = 16;

  /** Frames beyond that, which is more than the marks of the smallest cache. */
  private static final int SPARE_FRAMES = 256;

  private SystemMachine machine;
  PageCache cache;
  AddressSpace pages;

  @Setup
  public void setUp(Resident resident) throws ErrnoException {
    open(resident.pages);
  }

  /** Makes the cache and brings every page in. */
  void open(int count) throws ErrnoException {
    machine = new SystemMachine();
    cache =
        new FolioPageCache(
            machine, PageCacheSettings.ofPages(count + count / SPARE_PART + SPARE_FRAMES));
    try (Arena arena = Arena.ofShared()) {
      MemorySegment origin = BareMemory.numbered(arena, count);
      pages = cache.newAddressSpace("table", new MemoryStore(origin), DirtyListener.NONE);
      for (int index = 0; index < count; index++) {
        pages.readFolio(index).put();
      }
    }
  }

  @TearDown
  public void tearDown() {
    pages.close();
    cache.close();
    machine.close();
  }

  /** Readahead that never finds anything to do, as everything is here. */
  static ReadaheadState readahead() {
    return new ReadaheadState(0);
  }
}
