package dev.sekiso.pagecache.readahead;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.pagecache.ReadaheadState;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every readahead policy promises to the page cache. */
public abstract class ReadaheadPolicyContract {

  private static final int FILE_PAGES = 5000;

  /** A decision may bring in so many pages at most: 8 MiB. */
  private static final long MOST_PAGES = 2048;

  protected abstract ReadaheadPolicy policy();

  /** A file of which some pages are cached; loading succeeds for so many pages in all. */
  protected static final class FakeWindow implements ReadaheadWindow {
    final BitSet cached = new BitSet();
    final BitSet marks = new BitSet();
    final List<String> loads = new ArrayList<>();
    final List<Integer> orders = new ArrayList<>();
    long loaded;
    long frames = Long.MAX_VALUE;
    int maximumOrder;
    boolean congested;

    @Override
    public int maximumOrder() {
      return maximumOrder;
    }

    @Override
    public boolean congested() {
      return congested;
    }

    @Override
    public boolean throttled() {
      return congested;
    }

    @Override
    public long nextMiss(long from, long limit) {
      assertThat(from).isNotNegative();
      return Math.min(from + limit, cached.nextClearBit((int) from));
    }

    @Override
    public long previousMiss(long from, long limit) {
      return from < 0 ? from : Math.max(from - limit, cached.previousClearBit((int) from));
    }

    @Override
    public void chose(long start, int size, int asyncSize, int order) {
      assertThat(start).isNotNegative();
      assertThat(size).isPositive();
      assertThat(asyncSize).isBetween(0, size);
    }

    @Override
    public long load(long first, long pages, long lookahead) {
      assertThat(first).isNotNegative();
      assertThat(pages).isNotNegative();
      assertThat(lookahead).isNotNegative();
      loads.add(first + "+" + pages + "@" + lookahead);
      long end = Math.min(FILE_PAGES, first + pages);
      long started = 0;
      for (long page = first; page < end; page++) {
        if (!cached.get((int) page)) {
          if (frames-- <= 0) {
            return started;
          }
          started++;
          cached.set((int) page);
          loaded++;
          if (page == first + pages - lookahead) {
            marks.set((int) page);
          }
        }
      }
      return started;
    }

    @Override
    public long load(long first, long pages, long lookahead, int order) {
      assertThat(order).isBetween(0, maximumOrder);
      assertThat(1L << order).isLessThanOrEqualTo(pages);
      orders.add(order);
      return load(first, pages, lookahead);
    }

    /** Reads as the page cache does: what the policy does not bring in, the reader does. */
    void read(ReadaheadPolicy policy, ReadaheadState state, long index, long pages) {
      long watched = policy.watchesReads() ? index : Long.MAX_VALUE;
      for (long page = index; page < Math.min(FILE_PAGES, index + pages); page++) {
        long requested = index + pages - page;
        long before = loaded;
        if (page >= watched) {
          watched = policy.reading(this, state, page, requested);
          assertThat(watched).isGreaterThan(page);
        }
        if (!cached.get((int) page)) {
          policy.missed(this, state, page, requested);
        } else if (marks.get((int) page)) {
          marks.clear((int) page);
          policy.marked(this, state, page, 1, requested);
        }
        assertThat(loaded - before).isLessThanOrEqualTo(Math.max(MOST_PAGES, requested));
        cached.set((int) page);
        state.previousPosition = (page + 1) << 12;
      }
    }

    /** Faults as a mapping does. */
    void fault(ReadaheadPolicy policy, ReadaheadState state, long index) {
      if (cached.get((int) index)) {
        policy.faultsServed(state, 1);
        if (marks.get((int) index)) {
          marks.clear((int) index);
          policy.marked(this, state, index, 1, state.maximumPages);
        }
      } else {
        policy.faulted(this, state, index);
        cached.set((int) index);
      }
    }
  }

  @Test
  void read_withFrames_bringsInItsFirstPage() {
    for (int maximum : new int[] {1, 4, 32, 300}) {
      for (long index : new long[] {0, 1, 77, FILE_PAGES - 1}) {
        FakeWindow window = new FakeWindow();
        ReadaheadState state = new ReadaheadState(maximum);
        if (policy().watchesReads()) {
          policy().reading(window, state, index, 3);
        } else {
          policy().missed(window, state, index, 3);
        }
        assertThat(window.cached.get((int) index)).as("maximum %d", maximum).isTrue();
      }
    }
  }

  @Test
  void read_withoutFrames_neitherFailsNorReports() {
    FakeWindow window = new FakeWindow();
    window.frames = 0;
    ReadaheadState state = new ReadaheadState(32);
    for (long page = 0; page < 600; page++) {
      window.read(policy(), state, page, 1);
    }
    assertThat(window.loaded).isZero();
  }

  @Test
  void read_ofCongestedDevice_isServed() {
    FakeWindow window = new FakeWindow();
    window.congested = true;
    ReadaheadState state = new ReadaheadState(32);
    for (long page = 0; page < FILE_PAGES; page += 3) {
      window.read(policy(), state, page, 3);
    }
    assertThat(window.cached.cardinality()).isEqualTo(FILE_PAGES);
  }

  @Test
  void faults_anywhere_stayWithinTheFileAndTheMaximum() {
    for (long seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      FakeWindow window = new FakeWindow();
      ReadaheadState state = new ReadaheadState(random.nextInt(65));
      for (int i = 0; i < 500; i++) {
        long before = window.loaded;
        long next = random.nextBoolean() ? random.nextInt(FILE_PAGES) : i;
        window.fault(policy(), state, next);
        assertThat(window.loaded - before)
            .as("seed %d", seed)
            .isLessThanOrEqualTo(Math.max(1, mostPagesOfAFault(state)));
        policy().faultsServed(state, random.nextInt(16));
      }
    }
  }

  /** What one fault may bring in; a window of its own size is a policy's own affair. */
  protected long mostPagesOfAFault(ReadaheadState state) {
    return state.maximumPages;
  }

  @Test
  void fault_withoutReadahead_bringsInNothing() {
    FakeWindow window = new FakeWindow();
    policy().faulted(window, new ReadaheadState(0), 100);
    assertThat(window.loaded).isZero();
  }

  @Test
  void orders_withLargeFolios_fitTheirWindows() {
    for (int order = 0; order <= 9; order++) {
      FakeWindow window = new FakeWindow();
      window.maximumOrder = order;
      ReadaheadState state = new ReadaheadState(256);
      for (long page = 0; page < FILE_PAGES; page++) {
        window.read(policy(), state, page, 1);
      }
      assertThat(window.cached.cardinality()).isEqualTo(FILE_PAGES);
    }
  }

  @Test
  void sequentialRead_bringsInEachPageOnce() {
    FakeWindow window = new FakeWindow();
    ReadaheadState state = new ReadaheadState(32);
    for (long page = 0; page < FILE_PAGES; page += 4) {
      window.read(policy(), state, page, 4);
    }
    assertThat(window.cached.cardinality()).isEqualTo(FILE_PAGES);
  }

  @Test
  void requested_range_isBegun() {
    FakeWindow window = new FakeWindow();
    policy().requested(window, new ReadaheadState(32), 100, 50);
    assertThat(window.cached.get(100)).isTrue();
    assertThat(window.cached.get(99)).isFalse();
    assertThat(window.cached.get(150)).isFalse();
  }

  @Test
  void randomReads_withAnyState_stayWithinBounds() {
    for (long seed = 1; seed <= 50; seed++) {
      Random random = new Random(seed);
      FakeWindow window = new FakeWindow();
      ReadaheadState state = new ReadaheadState(random.nextInt(300), random.nextInt(600));
      for (int i = 0; i < 500; i++) {
        if (random.nextInt(20) == 0) {
          confuse(state, random);
          window.cached.clear(random.nextInt(FILE_PAGES));
          window.frames = random.nextBoolean() ? random.nextInt(50) : Long.MAX_VALUE;
        }
        long index = random.nextInt(3) == 0 ? random.nextInt(FILE_PAGES) : next(state);
        window.read(policy(), state, index, 1 + random.nextInt(64));
      }
    }
  }

  private static long next(ReadaheadState state) {
    return Math.floorMod(state.previousPosition >> 12, FILE_PAGES);
  }

  /** What a race of two readers through one descriptor may leave behind. */
  private static void confuse(ReadaheadState state, Random random) {
    state.start = random.nextInt(FILE_PAGES);
    state.size = random.nextInt(300);
    state.asyncSize = random.nextInt(1 + state.size);
    state.order = random.nextInt(10);
    state.aheadStart = random.nextInt(FILE_PAGES);
    state.aheadSize = random.nextInt(300);
    state.previousPage = random.nextInt(FILE_PAGES);
    state.flags = random.nextInt(4);
    state.mmapMisses = random.nextInt(200);
    state.random = random.nextInt(10) == 0;
    state.cacheHits = random.nextInt(300);
    state.maximumPages = random.nextInt(300);
  }
}
