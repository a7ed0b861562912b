package dev.sekiso.pagecache.replacement;

import java.util.Arrays;

/**
 * The stack S of {@link Lirs}: nodes in order of last use, each for a resident page or for the key
 * of one that is gone. The nodes of those gone are also in a queue in the order in which they left,
 * from which the oldest are forgotten, and in a {@link KeyIndex}.
 *
 * <p>A resident page's node has the page's number and its links in the view's arrays; nodes of
 * those gone are numbered behind all pages and have arrays that grow as they are needed, doubling,
 * but never beyond what may be remembered. In the steady state nothing is allocated.
 */
final class LirsStack {

  private static final int NONE = -1;
  private static final int SMALLEST = 64;

  /** In a link of the view's: no neighbour, and the neighbour is this plus a node. */
  private static final int END = 1;

  private static final int BIAS = 2;

  /** Nodes below are of pages. */
  private final int pages;

  /** Links of pages' nodes; 0 above: not in the stack. */
  private final int[] pageAbove;

  private final int[] pageBelow;

  // Of those gone, by node less the pages.
  private int[] above = new int[0];
  private int[] below = new int[0];
  private int[] newer = new int[0];
  private int[] older = new int[0];
  private final KeyIndex index = new KeyIndex();

  private int top = NONE;
  private int bottom = NONE;
  private int newest = NONE;
  private int oldest = NONE;
  private int remembered;
  private int free = NONE;

  /**
   * @param firstNumber of the two arrays of the view that hold the links
   */
  LirsStack(PageView view, int firstNumber) {
    this.pages = view.capacity();
    this.pageAbove = view.ints(firstNumber);
    this.pageBelow = view.ints(firstNumber + 1);
  }

  /** The lowest node; −1 when there is none. */
  int bottom() {
    return bottom;
  }

  /** Whether a node is of a resident page, whose number it then is. */
  boolean isPage(int node) {
    return node < pages;
  }

  /** Whether a resident page is in the stack. */
  boolean contains(int page) {
    return pageAbove[page] != 0;
  }

  int remembered() {
    return remembered;
  }

  /** Marks a page that comes from another policy as not being in this stack. */
  void forgetPage(int page) {
    pageAbove[page] = 0;
  }

  /** Puts a resident page on top, or moves it there. */
  void push(int page) {
    if (contains(page)) {
      unlink(page);
    }
    setAbove(page, NONE);
    setBelow(page, top);
    if (top == NONE) {
      bottom = page;
    } else {
      setAbove(top, page);
    }
    top = page;
  }

  /** Takes a node out, of a resident page or one that is gone. */
  void remove(int node) {
    unlink(node);
    if (isPage(node)) {
      pageAbove[node] = 0;
    } else {
      release(node - pages);
    }
  }

  /**
   * A page that is in the stack leaves and is remembered by its key, in its place.
   *
   * @param most keys to remember, at least 1
   */
  void remember(int page, long key, int most) {
    forget(key);
    limitRemembered(most - 1);
    if (free == NONE) {
      grow(most);
    }
    int entry = free;
    free = newer[entry];
    int node = pages + entry;
    int over = above(page);
    int under = below(page);
    pageAbove[page] = 0;
    replace(node, over, under);
    older[entry] = newest;
    newer[entry] = NONE;
    if (newest == NONE) {
      oldest = entry;
    } else {
      newer[newest] = entry;
    }
    newest = entry;
    remembered++;
    index.put(key, entry);
  }

  /** Takes out the node of a key that is gone; false if it is not remembered. */
  boolean forget(long key) {
    int entry = index.entry(key);
    if (entry == KeyIndex.NONE) {
      return false;
    }
    remove(pages + entry);
    return true;
  }

  /** Takes out those that left first until so many are left. */
  private void limitRemembered(int most) {
    while (remembered > most) {
      remove(pages + oldest);
    }
  }

  // ---- links -----------------------------------------------------------------------------------

  private int above(int node) {
    return isPage(node) ? decoded(pageAbove[node]) : above[node - pages];
  }

  private int below(int node) {
    return isPage(node) ? decoded(pageBelow[node]) : below[node - pages];
  }

  private static int decoded(int link) {
    return link == END ? NONE : link - BIAS;
  }

  private static int encoded(int node) {
    return node == NONE ? END : node + BIAS;
  }

  private void setAbove(int node, int other) {
    if (isPage(node)) {
      pageAbove[node] = encoded(other);
    } else {
      above[node - pages] = other;
    }
  }

  private void setBelow(int node, int other) {
    if (isPage(node)) {
      pageBelow[node] = encoded(other);
    } else {
      below[node - pages] = other;
    }
  }

  private void unlink(int node) {
    int over = above(node);
    int under = below(node);
    if (over == NONE) {
      top = under;
    } else {
      setBelow(over, under);
    }
    if (under == NONE) {
      bottom = over;
    } else {
      setAbove(under, over);
    }
  }

  /** Puts a node between two that another stood between. */
  private void replace(int node, int over, int under) {
    setAbove(node, over);
    setBelow(node, under);
    if (over == NONE) {
      top = node;
    } else {
      setBelow(over, node);
    }
    if (under == NONE) {
      bottom = node;
    } else {
      setAbove(under, node);
    }
  }

  // ---- those gone ------------------------------------------------------------------------------

  private void release(int entry) {
    if (newer[entry] == NONE) {
      newest = older[entry];
    } else {
      older[newer[entry]] = older[entry];
    }
    if (older[entry] == NONE) {
      oldest = newer[entry];
    } else {
      newer[older[entry]] = newer[entry];
    }
    remembered--;
    index.remove(entry);
    newer[entry] = free;
    free = entry;
  }

  private void grow(int most) {
    int old = above.length;
    int size = (int) Math.max(old + 1L, Math.min(Math.max(SMALLEST, 2L * old), most));
    above = Arrays.copyOf(above, size);
    below = Arrays.copyOf(below, size);
    newer = Arrays.copyOf(newer, size);
    older = Arrays.copyOf(older, size);
    index.resize(size);
    for (int entry = size - 1; entry >= old; entry--) {
      newer[entry] = free;
      free = entry;
    }
  }
}
