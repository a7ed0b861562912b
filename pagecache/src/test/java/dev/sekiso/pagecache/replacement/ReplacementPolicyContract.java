package dev.sekiso.pagecache.replacement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.pagecache.replacement.ReplacementPolicy.Rejection;
import java.lang.management.ManagementFactory;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every replacement policy promises to the page cache. */
public abstract class ReplacementPolicyContract {

  private static final int PAGES = 300;

  protected abstract ReplacementPolicy create(PageView pages);

  private final ReplacementPolicy policy = create(PageView.ofClean(PAGES));
  private final int[] victims = new int[32];

  private void fill() {
    for (int page = 0; page < PAGES; page++) {
      policy.added(page, page);
    }
  }

  /** Evicts until there is nothing left; returns what was evicted. */
  private BitSet evictAll() {
    BitSet gone = new BitSet();
    for (int round = 0; round < 100; round++) {
      policy.beginRound(ReplacementPolicy.DESPERATE_PRIORITY);
      int count = policy.selectVictims(victims, victims.length);
      while (count > 0) {
        for (int i = 0; i < count; i++) {
          assertThat(gone.get(victims[i])).as("page %d selected twice", victims[i]).isFalse();
          gone.set(victims[i]);
          policy.evicted(victims[i], victims[i]);
        }
        count = policy.selectVictims(victims, victims.length);
      }
      policy.finishRound();
      policy.finishReclaim();
    }
    return gone;
  }

  @Test
  void selectVictims_ofNoPages_isEmpty() {
    policy.beginRound(0);
    assertThat(policy.selectVictims(victims, 32)).isZero();
    policy.finishRound();
  }

  @Test
  void selectVictims_untilNothingIsLeft_givesEachPageOnce() {
    fill();
    Random random = new Random(1);
    for (int i = 0; i < 1000; i++) {
      use(random.nextInt(PAGES));
    }
    assertThat(evictAll().cardinality()).isEqualTo(PAGES);
  }

  private void use(int page) {
    if (policy.accessed(page)) {
      policy.promote(page);
    }
  }

  @Test
  void removed_page_isNotSelected() {
    fill();
    for (int page = 0; page < PAGES; page += 2) {
      policy.removed(page);
    }
    BitSet gone = evictAll();
    assertThat(gone.cardinality()).isEqualTo(PAGES / 2);
    assertThat(gone.stream().filter(page -> page % 2 == 0)).isEmpty();
  }

  @Test
  void isolated_page_mayBeRemoved() {
    fill();
    policy.beginRound(0);
    int count = policy.selectVictims(victims, 1);
    assertThat(count).isEqualTo(1);
    int page = victims[0];
    policy.removed(page);
    policy.finishRound();
    policy.rotated(page);
    policy.promote(page);
    policy.deactivated(page);
    assertThat(evictAll().get(page)).isFalse();
  }

  @Test
  void rejected_page_comesAgain() {
    fill();
    for (Rejection reason : Rejection.values()) {
      policy.beginRound(0);
      int count = policy.selectVictims(victims, 8);
      assertThat(count).isPositive();
      for (int i = 0; i < count; i++) {
        policy.rejected(victims[i], reason);
      }
      policy.finishRound();
    }
    policy.rotated(5);
    assertThat(evictAll().cardinality()).isEqualTo(PAGES);
  }

  @Test
  void promote_ofUnknownPage_isIgnored() {
    policy.promote(7);
    policy.rotated(7);
    policy.deactivated(7);
    assertThat(evictAll().cardinality()).isZero();
  }

  @Test
  void randomUse_neverSelectsWhatIsNotResident() {
    for (long seed = 1; seed <= 20; seed++) {
      randomUse(seed);
    }
  }

  private void randomUse(long seed) {
    ReplacementPolicy tested = create(PageView.ofClean(PAGES));
    Random random = new Random(seed);
    BitSet resident = new BitSet();
    long[] shadows = new long[PAGES];
    for (int step = 0; step < 5000; step++) {
      int page = random.nextInt(PAGES);
      switch (random.nextInt(7)) {
        case 0, 1 -> {
          if (!resident.get(page)) {
            if (shadows[page] != 0) {
              tested.refaulted(page, page, shadows[page]);
            } else {
              tested.added(page, page);
            }
            resident.set(page);
          }
        }
        case 2, 3 -> {
          if (tested.accessed(page)) {
            tested.promote(page);
          }
        }
        case 4 -> tested.deactivated(page);
        case 5 -> {
          if (resident.get(page)) {
            tested.removed(page);
            resident.clear(page);
            shadows[page] = 0;
          }
        }
        default -> reclaim(tested, random, resident, shadows, seed);
      }
    }
  }

  private void reclaim(
      ReplacementPolicy tested, Random random, BitSet resident, long[] shadows, long seed) {
    tested.beginRound(random.nextInt(14) - 1);
    int wanted = 1 + random.nextInt(32);
    int count = tested.selectVictims(victims, wanted);
    assertThat(count).as("seed %d", seed).isBetween(0, wanted);
    for (int i = 0; i < count; i++) {
      assertThat(resident.get(victims[i])).as("seed %d page %d", seed, victims[i]).isTrue();
      if (random.nextInt(4) == 0) {
        tested.rejected(victims[i], Rejection.values()[random.nextInt(3)]);
      } else {
        shadows[victims[i]] = tested.evicted(victims[i], victims[i]);
        assertThat(shadows[victims[i]]).isNotNegative();
        resident.clear(victims[i]);
      }
    }
    tested.finishRound();
    tested.finishReclaim();
  }

  @Test
  void hits_onAnyTrace_areAtMostBeladys() {
    for (long seed = 1; seed <= 4; seed++) {
      long[] trace = skewed(seed, 20_000, 1000);
      for (int capacity : new int[] {16, 100, 500}) {
        PolicySimulation simulation = new PolicySimulation(this::create, capacity);
        for (long key : trace) {
          simulation.access(key);
        }
        assertThat(simulation.hits())
            .as("seed %d, %d pages", seed, capacity)
            .isLessThanOrEqualTo(PolicySimulation.optimalHits(trace, capacity))
            .isPositive();
      }
    }
  }

  /** Keys of which low ones are frequent, with a scan in between now and then. */
  private static long[] skewed(long seed, int length, int keys) {
    Random random = new Random(seed);
    long[] trace = new long[length];
    for (int i = 0; i < length; i++) {
      boolean scan = i / 500 % 8 == 7;
      trace[i] = scan ? i : (long) (keys * Math.pow(random.nextDouble(), 3));
    }
    return trace;
  }

  @Test
  void steadyState_allocatesNothing() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    fill();
    churn(50_000);
    long before = threads.getCurrentThreadAllocatedBytes();
    churn(50_000);
    // The measurement itself may allocate; one byte per eviction would be 25,000.
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(2_000);
  }

  private void churn(int steps) {
    long random = 88172645463325252L;
    for (int i = 0; i < steps; i++) {
      random ^= random << 13;
      random ^= random >>> 7;
      random ^= random << 17;
      use((int) ((random >>> 1) % PAGES));
      if ((i & 1) == 0) {
        policy.beginRound(0);
        int count = policy.selectVictims(victims, 1);
        policy.finishRound();
        if (count == 1) {
          int page = victims[0];
          long shadow = policy.evicted(page, page);
          if (shadow != 0) {
            policy.refaulted(page, page, shadow);
          } else {
            policy.added(page, page);
          }
        }
      }
    }
  }
}
