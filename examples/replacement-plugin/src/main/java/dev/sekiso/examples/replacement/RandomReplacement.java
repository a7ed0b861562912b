package dev.sekiso.examples.replacement;

import dev.sekiso.pagecache.replacement.PageView;
import dev.sekiso.pagecache.replacement.ReplacementPolicy;
import java.util.Arrays;

/**
 * Any page may leave, each with the same chance (RAND in L. A. Belady, "A study of replacement
 * algorithms for a virtual-storage computer", IBM Systems Journal 5(2), 1966). A hit costs nothing,
 * and no access pattern can be unlucky for long.
 *
 * <p>The resident pages stand in {@code resident[0]} to {@code resident[count − 1]} in any order;
 * {@code place} says where each stands, so that one is removed by putting the last in its place.
 */
public final class RandomReplacement implements ReplacementPolicy {

  private static final int ABSENT = -1;

  private final int[] resident;
  private final int[] place;
  private int count;
  private long random;

  /**
   * @param seed where the choices come from: the same seed makes the same ones
   */
  public RandomReplacement(PageView pages, long seed) {
    resident = new int[pages.capacity()];
    place = new int[pages.capacity()];
    Arrays.fill(place, ABSENT);
    random = seed;
  }

  @Override
  public void added(int page, long key) {
    if (place[page] == ABSENT) {
      place[page] = count;
      resident[count++] = page;
    }
  }

  @Override
  public boolean accessed(int page) {
    return false;
  }

  @Override
  public void removed(int page) {
    int gap = place[page];
    if (gap != ABSENT) {
      int last = resident[--count];
      resident[gap] = last;
      place[last] = gap;
      place[page] = ABSENT;
    }
  }

  @Override
  public long evicted(int page, long key) {
    return 0;
  }

  @Override
  public int selectVictims(int[] victims, int wanted) {
    int selected = 0;
    while (selected < wanted && count > 0) {
      int victim = resident[(int) Math.unsignedMultiplyHigh(next(), count)];
      removed(victim);
      victims[selected++] = victim;
    }
    return selected;
  }

  @Override
  public void rejected(int page, Rejection reason) {
    added(page, 0);
  }

  /** SplitMix64 (G. L. Steele, D. Lea and C. H. Flood, OOPSLA 2014). */
  private long next() {
    random += 0x9E3779B97F4A7C15L;
    long z = random;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
