package dev.sekiso.pagecache.replacement;

/**
 * W-TinyLFU. (G. Einziger, R. Friedman and B. Manes, "TinyLFU: A Highly Efficient Cache Admission
 * Policy", ACM Transactions on Storage 13(4), 2017, section 4; G. Einziger, O. Eytan, R. Friedman
 * and B. Manes, "Adaptive Software Cache Management", Middleware 2018; as Caffeine does it.)
 *
 * <p>A new page goes to the window, an LRU list of 1 % of the pages at first. What it has no room
 * for is a candidate for the main space, a segmented LRU list: candidates come to probation, and a
 * page used there to the protected part, 80 % of the main space, which gives back its oldest. A
 * candidate has to win against the page that would leave the main space, the oldest on probation:
 * the one used less often, as a {@link FrequencySketch} of all uses has it, leaves. A candidate
 * that is frequent and loses all the same wins one time in 128, so that nobody who knows the hash
 * can keep pages out.
 *
 * <p><b>The window's size</b> is found by hill climbing. After ten uses for each page the hit ratio
 * is compared with the one before; if it has risen, the window is changed the same way again, else
 * the other way. Steps begin at 6.25 % of the pages and shrink by 2 % each, until the ratio changes
 * by 5 points or more: then the load is another, and steps are large again.
 *
 * <p>The paper decides as part of a miss; a page cache evicts before, in batches, and fills the
 * frames afterwards. So candidates wait at the window's end until reclaim needs as many pages as it
 * got the last time, and meet their rivals then. Candidates beyond those have free memory to thank
 * for it, and are admitted.
 *
 * <p>Memory: 14 bytes a page and 8 to 16 of the sketch.
 */
public final class WindowTinyLfu implements ReplacementPolicy {

  /** The window at first: one page of so many. */
  private static final int WINDOW_DIVISOR = 100;

  /** The protected part of the main space at first. */
  private static final double PROTECTED_SHARE = 0.8;

  /** Uses for each page between two looks at the hit ratio. */
  private static final int SAMPLE_FACTOR = 10;

  private static final double FIRST_STEP = 0.0625;
  private static final double STEP_DECAY = 0.98;

  /** A change of the hit ratio that tells of another load. */
  private static final double RESTART = 0.05;

  /** Pages moved to or from the window with one use, so that none takes long. */
  private static final int TRANSFERS = 16;

  /** A candidate used so often may win by chance, one time in so many. */
  private static final int FREQUENT = 6;

  private static final int CHANCE_MASK = 127;

  private static final int WINDOW = 0;
  private static final int PROBATION = 1;
  private static final int PROTECTED = 2;

  private final PageView pages;
  private final PageLists lists;
  private final FirstUse firstUse;
  private final byte[] list;
  private final int[] hashes;
  private final FrequencySketch sketch = new FrequencySketch();

  /** What the bounds were made for. */
  private int share;

  private int windowMost;
  private int protectedMost;

  // The climb.
  private long uses;
  private long hits;
  private double hitRatio;
  private double step;

  /** Pages by which the window is still to grow, or if negative to shrink. */
  private int adjustment;

  // Victims of this reclaim and the last one.
  private int selected;
  private int selectedLast;

  private long activations;
  private long random = 0x9e3779b97f4a7c15L;

  public WindowTinyLfu(PageView pages) {
    this.pages = pages;
    this.lists = new PageLists(pages, 3);
    this.hashes = pages.ints(2);
    this.firstUse = new FirstUse(pages);
    this.list = pages.bytes(1);
    fit();
  }

  /** Pages that the window may hold now. */
  int windowMost() {
    return windowMost;
  }

  /** Makes bounds and sketch for the pages there may be, when that has changed. */
  private void fit() {
    int now = pages.share();
    if (now == share) {
      return;
    }
    share = now;
    windowMost = Math.max(1, share / WINDOW_DIVISOR);
    protectedMost = (int) (PROTECTED_SHARE * (share - windowMost));
    step = -FIRST_STEP * share;
    adjustment = 0;
    uses = 0;
    hits = 0;
    hitRatio = 0;
    sketch.reserve(share);
  }

  // ---- pages come, are used and go -------------------------------------------------------------

  @Override
  public void added(int page, long key) {
    fit();
    firstUse.expect(page);
    int hash = KeyIndex.hash(key);
    hashes[page] = hash;
    sketch.increment(hash);
    put(WINDOW, page);
    count(0);
  }

  private void put(int which, int page) {
    list[page] = (byte) which;
    lists.addFirst(which, page);
  }

  @Override
  public boolean accessed(int page) {
    return !firstUse.isThis(page);
  }

  @Override
  public void promote(int page) {
    if (!lists.contains(page)) {
      return;
    }
    sketch.increment(hashes[page]);
    lists.remove(list[page], page);
    if (list[page] == PROBATION) {
      activations++;
      put(PROTECTED, page);
      shrinkProtected();
    } else {
      put(list[page], page);
    }
    count(1);
  }

  private void shrinkProtected() {
    while (lists.size(PROTECTED) > protectedMost) {
      put(PROBATION, lists.removeLast(PROTECTED));
    }
  }

  @Override
  public void removed(int page) {
    lists.discard(list[page], page);
  }

  @Override
  public long evicted(int page, long key) {
    return 0;
  }

  // ---- the window's size -----------------------------------------------------------------------

  private void count(int hit) {
    hits += hit;
    uses++;
    if (uses >= (long) SAMPLE_FACTOR * share) {
      climb();
    }
    if (adjustment != 0) {
      transfer();
    }
  }

  /** Decides which way the window is to change, and how far. */
  private void climb() {
    double now = (double) hits / uses;
    double change = now - hitRatio;
    double amount = change >= 0 ? step : -step;
    step =
        Math.abs(change) >= RESTART
            ? Math.copySign(FIRST_STEP * share, amount)
            : STEP_DECAY * amount;
    hitRatio = now;
    hits = 0;
    uses = 0;
    adjustment =
        amount >= 0
            ? (int) Math.min(amount, protectedMost)
            : (int) Math.max(amount, 1 - windowMost);
  }

  private void transfer() {
    int direction = Integer.signum(adjustment);
    for (int i = 0; i < TRANSFERS && adjustment != 0; i++) {
      adjustment -= direction;
      windowMost += direction;
      protectedMost -= direction;
      if (direction > 0) {
        shrinkProtected();
        int page = lists.removeLast(PROBATION);
        page = page == PageLists.NONE ? lists.removeLast(PROTECTED) : page;
        if (page != PageLists.NONE) {
          put(WINDOW, page);
        }
      } else if (lists.size(WINDOW) > windowMost) {
        put(PROBATION, lists.removeLast(WINDOW));
      }
    }
  }

  // ---- eviction --------------------------------------------------------------------------------

  @Override
  public int selectVictims(int[] victims, int wanted) {
    fit();
    int contests = Math.max(wanted, selectedLast - selected);
    while (lists.size(WINDOW) - windowMost > contests) {
      put(PROBATION, lists.removeLast(WINDOW));
    }
    int count = 0;
    while (count < wanted) {
      int page = loser();
      if (page == PageLists.NONE) {
        break;
      }
      lists.remove(list[page], page);
      victims[count++] = page;
    }
    selected += count;
    return count;
  }

  /** Who leaves next; a candidate that wins has gone to probation. */
  private int loser() {
    int victim = lists.last(PROBATION);
    if (victim == PageLists.NONE) {
      victim = lists.last(PROTECTED);
    }
    if (victim == PageLists.NONE) {
      return lists.last(WINDOW);
    }
    if (lists.size(WINDOW) <= windowMost) {
      return victim;
    }
    int candidate = lists.last(WINDOW);
    if (!isAdmitted(candidate, victim)) {
      return candidate;
    }
    lists.remove(WINDOW, candidate);
    put(PROBATION, candidate);
    return victim;
  }

  private boolean isAdmitted(int candidate, int victim) {
    int candidates = sketch.frequency(hashes[candidate]);
    int victims = sketch.frequency(hashes[victim]);
    if (candidates > victims || candidates < FREQUENT) {
      return candidates > victims;
    }
    random ^= random << 13;
    random ^= random >>> 7;
    random ^= random << 17;
    return (random & CHANCE_MASK) == 0;
  }

  @Override
  public void finishReclaim() {
    if (selected > 0) {
      selectedLast = selected;
      selected = 0;
    }
  }

  @Override
  public void rejected(int page, Rejection reason) {
    lists.restore(list[page], page);
  }

  @Override
  public void rotated(int page) {
    if (lists.contains(page)) {
      lists.remove(list[page], page);
      list[page] = PROBATION;
      lists.addLast(PROBATION, page);
    }
  }

  @Override
  public int active() {
    return lists.size(PROTECTED);
  }

  @Override
  public long activations() {
    return activations;
  }
}
