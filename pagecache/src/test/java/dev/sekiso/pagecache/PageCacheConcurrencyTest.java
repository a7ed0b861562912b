package dev.sekiso.pagecache;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.Machine;
import dev.sekiso.pagecache.replacement.ActiveInactive;
import dev.sekiso.pagecache.replacement.ActiveInactive26;
import dev.sekiso.pagecache.replacement.Arc;
import dev.sekiso.pagecache.replacement.Clock;
import dev.sekiso.pagecache.replacement.Fifo;
import dev.sekiso.pagecache.replacement.Lirs;
import dev.sekiso.pagecache.replacement.Lru;
import dev.sekiso.pagecache.replacement.MultiGenerational;
import dev.sekiso.pagecache.replacement.ReplacementPolicy;
import dev.sekiso.pagecache.replacement.S3Fifo;
import dev.sekiso.pagecache.replacement.Sieve;
import dev.sekiso.pagecache.replacement.TwoQueue;
import dev.sekiso.pagecache.replacement.WindowTinyLfu;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class PageCacheConcurrencyTest {

  private static LongStream seeds() {
    String more = System.getProperty("sekiso.seeds", "24");
    return LongStream.rangeClosed(1, Long.parseLong(more));
  }

  /** Every policy there is: what a stack can name. */
  private static final List<ReplacementPolicy.Factory> POLICIES =
      List.of(
          Fifo::new,
          ActiveInactive::new,
          Lru::new,
          Clock::new,
          pages -> new ActiveInactive26(pages, ActiveInactive26.DEFAULT_SWAPPINESS),
          MultiGenerational::new,
          TwoQueue::new,
          Arc::new,
          Lirs::new,
          S3Fifo::new,
          Sieve::new,
          WindowTinyLfu::new);

  private static ReplacementPolicy.Factory policy(long seed) {
    return POLICIES.get((int) (seed % POLICIES.size()));
  }

  private static PageCacheSettings settings(long seed) {
    int pages = 32 + (int) (seed * 7 % 40);
    return PageCacheSettings.ofPages(pages)
        .withReplacement(policy(seed))
        .withLargeFolios(seed % 3 == 0 ? LargeFolios.OFF : LargeFolios.ON);
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
    for (long seed = 1; seed <= POLICIES.size(); seed++) {
      long s = seed;
      TestMachines.system(m -> stress(m, new FolioPageCache(m, settings(s)), s, 600));
    }
  }

  @Test
  void passThroughCache_underAllKindsOfUse_keepsContentInRealTime() throws Exception {
    TestMachines.system(m -> stress(m, new PassThroughPageCache(m, settings(1)), 1, 300));
  }

  /** Two groups, one below the other, whose limits, policies and lives change under the tasks. */
  private static void stressGroups(Machine machine, PageCache cache, long seed, int steps)
      throws Exception {
    Cgroup upper = Cgroup.ROOT.child("upper");
    Cgroup lower = upper.child("lower");
    MemoryGroups groups = cache.memoryGroups();
    MemoryGroup outer = groups.create(upper);
    outer.setMax(24);
    Random random = new Random(seed);
    PageCacheStress.Work changes =
        () -> {
          MemoryGroup inner = groups.find(lower).orElse(null);
          if (inner == null) {
            inner = groups.create(lower, policy(random.nextInt(POLICIES.size())));
          }
          switch (random.nextInt(7)) {
            case 0 -> inner.setMax(14 + random.nextInt(10));
            case 1 -> inner.setHigh(10 + random.nextInt(10));
            case 2 -> inner.setReplacement(policy(random.nextInt(POLICIES.size())));
            case 3 -> outer.setReplacement(policy(random.nextInt(POLICIES.size())));
            case 4 -> inner.setLow(random.nextInt(10));
            case 5 -> inner.reclaim(1 + random.nextInt(5));
            default -> groups.remove(inner);
          }
        };
    List<Cgroup> cgroups = List.of(Cgroup.ROOT, upper, lower);
    new PageCacheStress(machine, cache, seed, steps, cgroups, changes).run();
    cache.close();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void memoryGroups_thatChangeUnderAllKindsOfUse_keepContentInVirtualTime(long seed)
      throws Exception {
    TestMachines.simulated(
        seed, m -> stressGroups(m, new FolioPageCache(m, settings(seed)), seed, 100));
  }

  @Test
  void memoryGroups_thatChangeUnderAllKindsOfUse_keepContentInRealTime() throws Exception {
    for (long seed = 1; seed <= 3; seed++) {
      long s = seed;
      TestMachines.system(m -> stressGroups(m, new FolioPageCache(m, settings(s)), s, 800));
    }
  }
}
