package dev.sekiso.pagecache;

/**
 * Nodes not in use, and the list of leaves that hold only shadows: one per page cache. Its monitor
 * is a short lock, taken with at most one tree's lock held; it never takes a tree's lock itself
 * while it holds its own.
 */
final class NodePool {

  /** Who is charged for a node that is taken now. */
  @FunctionalInterface
  interface Payers {
    /** The running task's group; null if nobody keeps accounts. */
    MemoryGroup current();
  }

  private final Payers payers;
  private final int limit;
  private final int shadowLimit;
  private XArray.Leaf spareLeaves;
  private XArray.Branch spareBranches;
  private int spare;
  private XArray.Leaf oldestShadow;
  private XArray.Leaf newestShadow;
  private int shadowLeaves;

  /**
   * @param limit nodes kept for reuse at most
   * @param shadowLimit leaves holding only shadows above which {@link #shrinkShadows} empties some
   */
  NodePool(int limit, int shadowLimit) {
    this(limit, shadowLimit, () -> null);
  }

  NodePool(int limit, int shadowLimit, Payers payers) {
    this.payers = payers;
    this.limit = limit;
    this.shadowLimit = shadowLimit;
  }

  /** An empty leaf with the given identity. */
  XArray.Leaf leaf(XArray owner, long base) {
    XArray.Leaf leaf;
    synchronized (this) {
      leaf = spareLeaves;
      if (leaf != null) {
        spareLeaves = leaf.olderShadow;
        leaf.olderShadow = null;
        spare--;
      }
    }
    if (leaf == null) {
      leaf = new XArray.Leaf();
    }
    leaf.identify(owner, base);
    charge(leaf);
    return leaf;
  }

  XArray.Branch branch(int shift) {
    XArray.Branch branch;
    synchronized (this) {
      branch = spareBranches;
      if (branch != null) {
        spareBranches = branch.parent;
        branch.parent = null;
        spare--;
      }
    }
    if (branch == null) {
      branch = new XArray.Branch();
    }
    branch.shift = shift;
    charge(branch);
    return branch;
  }

  private void charge(XArray.Node node) {
    node.payer = payers.current();
    if (node.payer != null) {
      node.payer.charge(MemoryGroup.NODE_BYTES);
    }
  }

  /** Takes back an empty node that its tree no longer points to. */
  void recycle(XArray.Node node) {
    node.parent = null;
    node.offset = 0;
    if (node.payer != null) {
      node.payer.charge(-MemoryGroup.NODE_BYTES);
      node.payer = null;
    }
    if (node instanceof XArray.Leaf leaf) {
      track(leaf, false);
      leaf.forget();
    }
    synchronized (this) {
      if (spare >= limit) {
        return;
      }
      spare++;
      switch (node) {
        case XArray.Leaf leaf -> {
          leaf.olderShadow = spareLeaves;
          spareLeaves = leaf;
        }
        case XArray.Branch branch -> {
          branch.parent = spareBranches;
          spareBranches = branch;
        }
      }
    }
  }

  /** Notes whether a leaf holds only shadows. The caller holds its tree's lock. */
  void track(XArray.Leaf leaf, boolean onlyShadows) {
    if (leaf.listed == onlyShadows) {
      return;
    }
    synchronized (this) {
      leaf.listed = onlyShadows;
      if (onlyShadows) {
        leaf.olderShadow = newestShadow;
        leaf.newerShadow = null;
        if (newestShadow == null) {
          oldestShadow = leaf;
        } else {
          newestShadow.newerShadow = leaf;
        }
        newestShadow = leaf;
        shadowLeaves++;
      } else {
        unlist(leaf);
      }
    }
  }

  private void unlist(XArray.Leaf leaf) {
    if (leaf.olderShadow == null) {
      oldestShadow = leaf.newerShadow;
    } else {
      leaf.olderShadow.newerShadow = leaf.newerShadow;
    }
    if (leaf.newerShadow == null) {
      newestShadow = leaf.olderShadow;
    } else {
      leaf.newerShadow.olderShadow = leaf.olderShadow;
    }
    leaf.olderShadow = null;
    leaf.newerShadow = null;
    shadowLeaves--;
  }

  /** Empties the oldest leaves of shadows until as many are left as allowed. No lock is held. */
  void shrinkShadows() {
    while (true) {
      XArray.Leaf leaf;
      XArray owner;
      long base;
      synchronized (this) {
        leaf = oldestShadow;
        if (shadowLeaves <= shadowLimit || leaf == null) {
          return;
        }
        owner = leaf.owner;
        base = leaf.base();
      }
      owner.dropShadows(leaf, base);
    }
  }

  synchronized int shadowLeaves() {
    return shadowLeaves;
  }

  synchronized int spare() {
    return spare;
  }
}
