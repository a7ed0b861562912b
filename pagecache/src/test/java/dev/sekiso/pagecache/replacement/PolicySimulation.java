package dev.sekiso.pagecache.replacement;

import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;

/** A cache of so many pages that only counts hits: what drives a policy without a page cache. */
public final class PolicySimulation {

  private final ReplacementPolicy policy;
  private final int capacity;
  private final Map<Long, Integer> resident = new HashMap<>();
  private final Map<Long, Long> shadows = new HashMap<>();
  private final long[] keys;
  private final int[] free;
  private final int[] victims = new int[1];
  private int freeCount;
  private long hits;

  public PolicySimulation(ReplacementPolicy.Factory factory, int capacity) {
    this.policy = factory.create(PageView.ofClean(capacity));
    this.capacity = capacity;
    this.keys = new long[capacity];
    this.free = new int[capacity];
    for (int page = 0; page < capacity; page++) {
      free[page] = page;
    }
    this.freeCount = capacity;
  }

  public void access(long key) {
    Integer page = resident.get(key);
    if (page != null) {
      hits++;
      use(page);
      return;
    }
    if (freeCount == 0) {
      evict();
    }
    int frame = free[--freeCount];
    keys[frame] = key;
    resident.put(key, frame);
    Long shadow = shadows.remove(key);
    if (shadow != null && shadow != 0) {
      policy.refaulted(frame, key, shadow);
    } else {
      policy.added(frame, key);
    }
    use(frame);
  }

  private void use(int page) {
    if (policy.accessed(page)) {
      policy.promote(page);
    }
  }

  private void evict() {
    int priority = ReplacementPolicy.DEFAULT_PRIORITY;
    while (true) {
      policy.beginRound(priority);
      int count = policy.selectVictims(victims, 1);
      if (count == 1) {
        long key = keys[victims[0]];
        resident.remove(key);
        shadows.put(key, policy.evicted(victims[0], key));
        free[freeCount++] = victims[0];
      }
      policy.finishRound();
      if (count == 1) {
        policy.finishReclaim();
        return;
      }
      if (priority-- == ReplacementPolicy.DESPERATE_PRIORITY) {
        throw new AssertionError("no victim among " + resident.size() + " pages");
      }
    }
  }

  public long hits() {
    return hits;
  }

  /** Accesses pages one after the other; how many were hits. */
  public long hits(long... pages) {
    long before = hits;
    for (long key : pages) {
      access(key);
    }
    return hits - before;
  }

  public boolean contains(long key) {
    return resident.containsKey(key);
  }

  public int capacity() {
    return capacity;
  }

  /** Hits when the page needed last leaves (L. A. Belady, 1966): no policy has more. */
  public static long optimalHits(long[] trace, int capacity) {
    int[] next = new int[trace.length];
    Map<Long, Integer> last = new HashMap<>();
    for (int i = trace.length - 1; i >= 0; i--) {
      next[i] = last.getOrDefault(trace[i], Integer.MAX_VALUE);
      last.put(trace[i], i);
    }
    Map<Long, Integer> resident = new HashMap<>();
    PriorityQueue<long[]> byNextUse = new PriorityQueue<>((a, b) -> Long.compare(b[0], a[0]));
    long hits = 0;
    for (int i = 0; i < trace.length; i++) {
      long key = trace[i];
      if (resident.containsKey(key)) {
        hits++;
      } else if (resident.size() == capacity) {
        long[] top = byNextUse.poll();
        while (!Integer.valueOf((int) top[0]).equals(resident.get(top[1]))) {
          top = byNextUse.poll();
        }
        resident.remove(top[1]);
      }
      resident.put(key, next[i]);
      byNextUse.add(new long[] {next[i], key});
    }
    return hits;
  }
}
