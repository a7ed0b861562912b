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
    long loaded;
    long frames = Long.MAX_VALUE;

    @Override
    public boolean largeFolios() {
      return false;
    }

    @Override
    public boolean congested() {
      return false;
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
    public void load(long first, long pages, long lookahead) {
      assertThat(first).isNotNegative();
      assertThat(pages).isNotNegative();
      assertThat(lookahead).isNotNegative();
      loads.add(first + "+" + pages + "@" + lookahead);
      long end = Math.min(FILE_PAGES, first + pages);
      for (long page = first; page < end; page++) {
        if (!cached.get((int) page)) {
          if (frames-- <= 0) {
            return;
          }
          cached.set((int) page);
          loaded++;
          if (page == first + pages - lookahead) {
            marks.set((int) page);
          }
        }
      }
    }

    /** Reads as the page cache does; counts a page per call. */
    void read(ReadaheadPolicy policy, ReadaheadState state, long index, long pages) {
      for (long page = index; page < Math.min(FILE_PAGES, index + pages); page++) {
        long requested = index + pages - page;
        long before = loaded;
        if (policy.seesEveryPage()) {
          policy.used(this, state, page, requested);
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
  }

  @Test
  void miss_withFrames_bringsInThePageItself() {
    for (int maximum : new int[] {1, 4, 32, 300}) {
      for (long index : new long[] {0, 1, 77, FILE_PAGES - 1}) {
        FakeWindow window = new FakeWindow();
        policy().missed(window, new ReadaheadState(maximum), index, 3);
        assertThat(window.cached.get((int) index)).as("maximum %d", maximum).isTrue();
      }
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
    state.random = random.nextInt(10) == 0;
    state.cacheHits = random.nextInt(300);
    state.maximumPages = random.nextInt(300);
  }
}
