package dev.sekiso.writeback;

/**
 * A list of inodes in order of dirtying, newest first (the kernel's {@code b_dirty} and its kin).
 * Intrusive: an inode is on one list at most. Guarded by the lock of its writeback.
 */
final class InodeList {

  private final String name;
  private InodeNode newest;
  private InodeNode oldest;

  /** Where {@link #addByAge} put the last one, or a neighbour of it; null if it has none. */
  private InodeNode lastByAge;

  private volatile int size;
  private long looks;
  private long moves;

  InodeList(String name) {
    this.name = name;
  }

  boolean isEmpty() {
    return newest == null;
  }

  /** May be read without the lock, for show: an inode that changes lists is on none between. */
  int size() {
    return size;
  }

  /** How often an end or a neighbour was looked at since the beginning. */
  long looks() {
    return looks;
  }

  /** How many nodes have come here since the beginning. */
  long moves() {
    return moves;
  }

  InodeNode newest() {
    looks++;
    return newest;
  }

  InodeNode oldest() {
    looks++;
    return oldest;
  }

  void addNewest(InodeNode node) {
    enter(node);
    node.older = newest;
    if (newest == null) {
      oldest = node;
    } else {
      newest.newer = node;
    }
    newest = node;
  }

  /**
   * Puts a node where its age belongs. Looks for the place from where the last one went: whoever
   * hands over many inodes hands them over by age, so that the list is gone through once for all of
   * them and not once for each.
   */
  void addByAge(InodeNode node) {
    InodeNode younger = lastByAge == null ? oldest() : lastByAge;
    while (younger != null && younger.dirtiedWhen <= node.dirtiedWhen) {
      looks++;
      younger = younger.newer;
    }
    while (younger != null
        && younger.older != null
        && younger.older.dirtiedWhen > node.dirtiedWhen) {
      looks++;
      younger = younger.older;
    }
    addBefore(node, younger);
    lastByAge = node;
  }

  /** Puts a node right behind an older neighbour: before a younger one, or last if null. */
  private void addBefore(InodeNode node, InodeNode younger) {
    if (younger == null) {
      addNewest(node);
      return;
    }
    enter(node);
    node.newer = younger;
    node.older = younger.older;
    younger.older = node;
    if (node.older == null) {
      oldest = node;
    } else {
      node.older.newer = node;
    }
  }

  void remove(InodeNode node) {
    if (node.list != this) {
      throw new IllegalStateException(node + " is not on " + name);
    }
    if (node == lastByAge) {
      lastByAge = node.older == null ? node.newer : node.older;
    }
    if (node.newer == null) {
      newest = node.older;
    } else {
      node.newer.older = node.older;
    }
    if (node.older == null) {
      oldest = node.newer;
    } else {
      node.older.newer = node.newer;
    }
    node.newer = null;
    node.older = null;
    node.list = null;
    size--;
  }

  private void enter(InodeNode node) {
    if (node.list != null) {
      throw new IllegalStateException(node + " is on " + node.list + " already");
    }
    node.list = this;
    size++;
    moves++;
  }

  @Override
  public String toString() {
    return name + " of " + size;
  }
}
