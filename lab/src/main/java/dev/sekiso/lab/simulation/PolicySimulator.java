package dev.sekiso.lab.simulation;

import dev.sekiso.pagecache.replacement.PageView;
import dev.sekiso.pagecache.replacement.ReplacementPolicy;

/**
 * A cache of so many pages that only counts hits, ordered by a policy: what drives a policy without
 * a page cache. Nothing is allocated while it runs.
 */
final class PolicySimulator implements SimulatedCache {

  private static final int NONE = 0;

  private final ReplacementPolicy policy;
  private final int[] requests;

  /** By the trace's page: where it is resident plus one, and the shadow it has left. */
  private final int[] places;

  private final long[] shadows;

  /** By place: the trace's page there. */
  private final int[] residents;

  private final int[] victim = new int[1];
  private int used;
  private long hits;

  /**
   * @param capacity pages, at least 1
   * @param factory makes the policy
   */
  PolicySimulator(Trace trace, int capacity, ReplacementPolicy.Factory factory) {
    this.policy = factory.create(PageView.ofClean(capacity));
    this.requests = trace.requests();
    this.places = new int[trace.pages()];
    this.shadows = new long[trace.pages()];
    this.residents = new int[capacity];
  }

  @Override
  public long hits() {
    return hits;
  }

  @Override
  public void run(int from, int to) {
    long counted = 0;
    for (int i = from; i < to; i++) {
      int page = requests[i];
      int place = places[page] - 1;
      if (place < 0) {
        place = miss(page);
      } else {
        counted++;
      }
      if (policy.accessed(place)) {
        policy.promote(place);
      }
    }
    hits += counted;
  }

  private int miss(int page) {
    int place;
    if (used < residents.length) {
      place = used++;
    } else {
      place = evict();
    }
    residents[place] = page;
    places[page] = place + 1;
    long shadow = shadows[page];
    if (shadow == 0) {
      policy.added(place, page);
    } else {
      shadows[page] = 0;
      policy.refaulted(place, page, shadow);
    }
    return place;
  }

  /** Makes one page leave, in rounds of rising pressure as the page cache's reclaim; its place. */
  private int evict() {
    for (int priority = ReplacementPolicy.DEFAULT_PRIORITY;
        priority >= ReplacementPolicy.DESPERATE_PRIORITY;
        priority--) {
      policy.beginRound(priority);
      int count = policy.selectVictims(victim, 1);
      if (count > 0) {
        int place = victim[0];
        int page = residents[place];
        places[page] = NONE;
        shadows[page] = policy.evicted(place, page);
        policy.finishRound();
        policy.finishReclaim();
        return place;
      }
      policy.finishRound();
    }
    throw new IllegalStateException(
        policy.getClass().getName() + " gives no victim though " + used + " pages could go");
  }
}
