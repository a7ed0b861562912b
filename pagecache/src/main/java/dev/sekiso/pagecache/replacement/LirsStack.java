package dev.sekiso.pagecache.replacement;

import java.util.Arrays;

/**
 * The stack S of {@link Lirs}: nodes in order of last use, each for a resident page or for the key
 * of one that is gone. The nodes of those gone are also in a queue in the order in which they left,
 * from which the oldest are forgotten, and in an open-addressing table by key (linear probing, at
 * most half full). Grows by doubling; nothing is allocated in the steady state.
 */
final class LirsStack {

  private static final int NONE = -1;
  private static final int SMALLEST = 64;

  private int[] up = new int[0];
  private int[] down = new int[0];

  /** The resident page of a node; {@link #NONE} if it is gone. */
  private int[] page = new int[0];

  private long[] key = new long[0];

  /** Links of the queue of those gone, newer and older. */
  private int[] newer = new int[0];

  private int[] older = new int[0];

  /** Nodes of those gone plus one, by key. */
  private int[] table = new int[0];

  private int top = NONE;
  private int bottom = NONE;
  private int newest = NONE;
  private int oldest = NONE;
  private int remembered;
  private int free = NONE;

  int bottom() {
    return bottom;
  }

  /** The resident page of a node; −1 if it is gone. */
  int page(int node) {
    return page[node];
  }

  int remembered() {
    return remembered;
  }

  /** Puts a resident page on top; gives its node. */
  int push(int residentPage) {
    if (free == NONE) {
      grow();
    }
    int node = free;
    free = up[node];
    page[node] = residentPage;
    up[node] = NONE;
    down[node] = top;
    if (top == NONE) {
      bottom = node;
    } else {
      up[top] = node;
    }
    top = node;
    return node;
  }

  /** Takes a node out, of a resident page or one that is gone. */
  void remove(int node) {
    if (page[node] == NONE) {
      forgetNode(node);
    }
    if (up[node] == NONE) {
      top = down[node];
    } else {
      down[up[node]] = down[node];
    }
    if (down[node] == NONE) {
      bottom = up[node];
    } else {
      up[down[node]] = up[node];
    }
    up[node] = free;
    free = node;
  }

  /** The page of a node leaves and is remembered by its key, in its place. */
  void remember(int node, long goneKey) {
    forget(goneKey);
    page[node] = NONE;
    key[node] = goneKey;
    older[node] = newest;
    newer[node] = NONE;
    if (newest == NONE) {
      oldest = node;
    } else {
      newer[newest] = node;
    }
    newest = node;
    remembered++;
    insert(node);
  }

  /** Takes out the node of a key that is gone; false if it is not remembered. */
  boolean forget(long goneKey) {
    int cell = cell(goneKey);
    if (cell == NONE) {
      return false;
    }
    remove(table[cell] - 1);
    return true;
  }

  /** Takes out those that left first until so many are left. */
  void limitRemembered(int most) {
    while (remembered > most) {
      remove(oldest);
    }
  }

  private void forgetNode(int node) {
    if (newer[node] == NONE) {
      newest = older[node];
    } else {
      older[newer[node]] = older[node];
    }
    if (older[node] == NONE) {
      oldest = newer[node];
    } else {
      newer[older[node]] = newer[node];
    }
    remembered--;
    vacate(cell(key[node]));
  }

  private int cell(long wanted) {
    if (table.length == 0) {
      return NONE;
    }
    int mask = table.length - 1;
    int cell = GhostLists.hash(wanted) & mask;
    while (table[cell] != 0) {
      if (key[table[cell] - 1] == wanted) {
        return cell;
      }
      cell = (cell + 1) & mask;
    }
    return NONE;
  }

  private void insert(int node) {
    int mask = table.length - 1;
    int cell = GhostLists.hash(key[node]) & mask;
    while (table[cell] != 0) {
      cell = (cell + 1) & mask;
    }
    table[cell] = node + 1;
  }

  private void vacate(int cell) {
    int mask = table.length - 1;
    int hole = cell;
    int at = (cell + 1) & mask;
    while (table[at] != 0) {
      int home = GhostLists.hash(key[table[at] - 1]) & mask;
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        table[hole] = table[at];
        hole = at;
      }
      at = (at + 1) & mask;
    }
    table[hole] = 0;
  }

  private void grow() {
    int old = up.length;
    int size = Math.max(SMALLEST, 2 * old);
    up = Arrays.copyOf(up, size);
    down = Arrays.copyOf(down, size);
    page = Arrays.copyOf(page, size);
    key = Arrays.copyOf(key, size);
    newer = Arrays.copyOf(newer, size);
    older = Arrays.copyOf(older, size);
    for (int node = size - 1; node >= old; node--) {
      up[node] = free;
      free = node;
    }
    table = new int[2 * size];
    for (int node = newest; node != NONE; node = older[node]) {
      insert(node);
    }
  }
}
