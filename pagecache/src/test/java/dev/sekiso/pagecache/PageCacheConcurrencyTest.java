package dev.sekiso.pagecache;

import dev.sekiso.machine.Machine;
import dev.sekiso.pagecache.replacement.ActiveInactive;
import dev.sekiso.pagecache.replacement.Clock;
import dev.sekiso.pagecache.replacement.Fifo;
import dev.sekiso.pagecache.replacement.Lru;
import dev.sekiso.pagecache.replacement.ReplacementPolicy;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class PageCacheConcurrencyTest {

  private static LongStream seeds() {
    String more = System.getProperty("sekiso.seeds", "24");
    return LongStream.rangeClosed(1, Long.parseLong(more));
  }

  private static ReplacementPolicy.Factory policy(long seed) {
    return switch ((int) (seed % 4)) {
      case 0 -> Fifo::new;
      case 1 -> ActiveInactive::new;
      case 2 -> Lru::new;
      default -> Clock::new;
    };
  }

  private static PageCacheSettings settings(long seed) {
    int pages = 32 + (int) (seed * 7 % 40);
    return PageCacheSettings.ofPages(pages).withReplacement(policy(seed));
  }

  private static void stress(Machine machine, PageCache cache, long seed, int steps)
      throws Exception {
    new PageCacheStress(machine, cache, seed, steps).run();
    cache.close();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void folioCache_underAllKindsOfUse_keepsContentInVirtualTime(long seed) throws Exception {
    TestMachines.simulated(seed, m -> stress(m, new FolioPageCache(m, settings(seed)), seed, 150));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void passThroughCache_underAllKindsOfUse_keepsContentInVirtualTime(long seed) throws Exception {
    TestMachines.simulated(
        seed, m -> stress(m, new PassThroughPageCache(m, settings(seed)), seed, 60));
  }

  @Test
  void folioCache_underAllKindsOfUse_keepsContentInRealTime() throws Exception {
    for (long seed = 1; seed <= 4; seed++) {
      long s = seed;
      TestMachines.system(m -> stress(m, new FolioPageCache(m, settings(s)), s, 1500));
    }
  }

  @Test
  void passThroughCache_underAllKindsOfUse_keepsContentInRealTime() throws Exception {
    TestMachines.system(m -> stress(m, new PassThroughPageCache(m, settings(1)), 1, 300));
  }
}
