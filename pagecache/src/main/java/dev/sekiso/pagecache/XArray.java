package dev.sekiso.pagecache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A sparse array of longs indexed by page number, with three marks (the kernel's {@code xarray} in
 * its rôle as {@code i_pages}).
 *
 * <p><b>Entries.</b> 0 is empty. A positive entry is a folio: its frame, its order, the generation
 * the frame is in, and whether it is settled (set once by a reader, and never taken back). A
 * negative entry is a shadow: 63 bits that replacement left when it evicted the page. A folio of
 * order n fills 2<sup>n</sup> aligned slots with the same entry, and with the same marks, so that a
 * search that starts in its middle finds it.
 *
 * <p><b>Shape.</b> A tree of nodes with 64 slots. {@link Leaf} nodes hold entries, {@link Branch}
 * nodes hold nodes; a tree of height 1 is one leaf. It grows at the root when an index does not
 * fit, and never shrinks at the root except to nothing. A node without entries is taken out and
 * goes back to a bounded pool. Each node has one bit per slot and {@link Mark}; a branch's bit says
 * that the child has a bit, so that marked entries are found in index order without visiting
 * others.
 *
 * <p><b>Writers</b> hold this object's monitor (the mapping's short lock; {@code xa_lock}): every
 * method that changes anything and every search asserts it. One bit is set without: {@link
 * #settle}.
 *
 * <p><b>Readers</b> of single entries take no lock. They descend by acquire loads of what writers
 * stored by release, so a node is complete when it is seen; the last branch leads them to a leaf's
 * slots without a look at the leaf. Nodes are recycled while readers may still look at them; two
 * facts make that safe. First, behind a leaf's slots stands whose it is and which 64 indexes it
 * covers; it is empty when it is recycled and gets its new identity before its first entry. A
 * reader that has loaded an entry (acquire) and then finds the identity right knows that the entry
 * was stored for its index, or that the leaf was recycled to it later. Second, an entry names one
 * life of one frame, which is inserted at one index of one mapping only; so in the latter case the
 * entry is not in the slot any more, and loading it again says so. Every lock-free user must load
 * twice: take a reference, or copy, in between, and start again unless the entry is still the same.
 * A wrong answer "empty" is possible only if the index was empty at some time since the reader
 * started.
 *
 * <p><b>Shadows.</b> Leaves that hold nothing but shadows are listed in {@link NodePool}, which is
 * asked now and then to empty the oldest so that the memory of what was evicted stays in proportion
 * to what is resident (the kernel's shadow node shrinker, {@code mm/workingset.c}).
 */
final class XArray {

  /** What can be asked of entries. */
  enum Mark {
    /** The page is dirty. */
    DIRTY,
    /** The page is under writeback. */
    WRITEBACK,
    /** The page was dirty when an integrity write began. */
    TOWRITE
  }

  static final int SHIFT = 6;
  static final int SLOTS = 1 << SHIFT;
  private static final int MASK = SLOTS - 1;
  private static final int MARKS = 3;

  private static final int FRAME_BITS = 31;
  private static final int ORDER_BITS = 5;
  private static final int GENERATION_BITS = 26;

  private static final VarHandle ROOT;
  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle CHILD = MethodHandles.arrayElementVarHandle(Node[].class);
  private static final VarHandle LEAF_SLOTS = MethodHandles.arrayElementVarHandle(long[][].class);

  static {
    try {
      ROOT = MethodHandles.lookup().findVarHandle(XArray.class, "root", Node.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Places in a leaf's array behind the slots: whose it is, and the first index it covers. */
  private static final int OWNER = SLOTS;

  private static final int BASE = SLOTS + 1;

  private final NodePool pool;
  private final long id;
  private Node root;

  /**
   * @param pool where nodes come from and go to
   * @param id unique among the pool's trees, not 0
   */
  XArray(NodePool pool, long id) {
    this.pool = pool;
    this.id = id;
  }

  // ---- entries -------------------------------------------------------------------------------

  /**
   * Set in an entry whose page is up to date and has nothing more to tell a reader (no readahead
   * mark, its first use noted): a hit then need not look at the folio's flags, which are a cache
   * miss away.
   */
  private static final long SETTLED = 1L << (FRAME_BITS + ORDER_BITS + GENERATION_BITS);

  /** The entry for a folio in its present life, not settled. */
  static long entryOf(Folio folio) {
    return ((long) folio.generation << (FRAME_BITS + ORDER_BITS))
        | ((long) folio.order << FRAME_BITS)
        | folio.frame;
  }

  static boolean isFolio(long entry) {
    return entry > 0;
  }

  /** Whether a reader may copy without a look at the flags. */
  static boolean isSettled(long entry) {
    return (entry & SETTLED) != 0;
  }

  /** Whether an entry, settled or not, is of the folio's present life. */
  static boolean isOf(long entry, Folio folio) {
    return (entry & ~SETTLED) == entryOf(folio);
  }

  static boolean isShadow(long entry) {
    return entry < 0;
  }

  /** The frame of the first page of an entry's folio. */
  static int frameOf(long entry) {
    return (int) (entry & ((1L << FRAME_BITS) - 1));
  }

  static int orderOf(long entry) {
    return (int) (entry >>> FRAME_BITS) & ((1 << ORDER_BITS) - 1);
  }

  /** The frame that holds the page at an index whose entry this is. */
  static int frameOf(long entry, long index) {
    return frameOf(entry) + (int) (index & ((1L << orderOf(entry)) - 1));
  }

  /** 1 to 2^26−1, then 1 again: 0 would make the entry of frame 0 empty. */
  static int nextGeneration(int generation) {
    int next = (generation + 1) & ((1 << GENERATION_BITS) - 1);
    return next == 0 ? 1 : next;
  }

  static long shadow(long value) {
    return value | Long.MIN_VALUE;
  }

  static long shadowValue(long entry) {
    return entry & Long.MAX_VALUE;
  }

  // ---- reading without the lock ----------------------------------------------------------------

  /** The entry at an index, 0 if none. */
  long load(long index) {
    while (true) {
      long[] slots = slots(index);
      if (slots == null) {
        return 0;
      }
      long entry = entry(slots, index);
      // The leaf may have been another tree's when the entry was loaded, and come back since: an
      // entry that is still in its slot has been there all the time, so also when it was ours.
      if (covers(slots, index) && entry(slots, index) == entry) {
        return entry;
      }
      Thread.onSpinWait();
    }
  }

  /**
   * The slots of the leaf that covers an index, or null. Entries taken from them without the lock
   * count only if {@link #covers} holds after they were loaded.
   */
  long[] slots(long index) {
    Node node = (Node) ROOT.getAcquire(this);
    if (node == null || (index >>> node.shift >>> SHIFT) != 0) {
      return null;
    }
    while (node instanceof Branch branch) {
      int slot = (int) (index >>> branch.shift) & MASK;
      if (branch.shift == SHIFT) {
        return (long[]) LEAF_SLOTS.getAcquire(branch.leafSlots, slot);
      }
      node = branch.child(slot);
    }
    return node == null ? null : ((Leaf) node).slots;
  }

  /** The entry for an index that the slots cover. */
  static long entry(long[] slots, long index) {
    return (long) SLOT.getAcquire(slots, (int) index & MASK);
  }

  /** Whether slots are this tree's, for the 64 indexes around this one. */
  boolean covers(long[] slots, long index) {
    return (long) SLOT.getAcquire(slots, OWNER) == id
        && (long) SLOT.getAcquire(slots, BASE) == (index & ~MASK);
  }

  /**
   * Settles an entry in those slots of a leaf that still hold it, around this index. Takes no lock:
   * an entry is never in a slot again once it has left it, so wherever it is found it is right; and
   * a writer that overwrites it meanwhile, settled or not, has meant to.
   */
  static void settle(long[] slots, long index, long entry) {
    int count = 1 << Math.min(orderOf(entry), SHIFT);
    int first = (int) index & MASK & -count;
    for (int slot = first; slot < first + count; slot++) {
      SLOT.compareAndSet(slots, slot, entry, entry | SETTLED);
    }
  }

  /** The leaf that covers an index, or null. */
  private Leaf leaf(long index) {
    Node node = root;
    if (node == null || (index >>> node.shift >>> SHIFT) != 0) {
      return null;
    }
    while (node instanceof Branch branch) {
      node = branch.children[(int) (index >>> branch.shift) & MASK];
    }
    return (Leaf) node;
  }

  // Scans for misses go slot by slot as the kernel's xas_next and xas_prev do, which know folios of
  // several slots only half: a scan that starts in the middle of one begins at the folio's first
  // slot and counts from where it was asked, so that it runs behind by the difference until it
  // leaves the node of 64 slots. Readahead then takes what it has not looked at for cached, or
  // looks
  // at a page twice. It costs a little speed in both systems; windows come out alike.

  /** The first index in [from, from + limit) without a folio, or from + limit. Not a snapshot. */
  long nextMiss(long from, long limit) {
    long entry = load(from);
    if (!isFolio(entry)) {
      return from;
    }
    int level = levelOf(entry);
    long slot = firstSlot(entry, from, level);
    long index = from;
    for (long seen = 1; seen < limit; seen++) {
      index++;
      if (level == 0 && (slot & MASK) != MASK) {
        slot++;
      } else {
        if ((slot & MASK) != (index >>> level & MASK)) {
          slot++;
        }
        if (level == 0) {
          // Off the node's end: the kernel goes up, and down again to where the index points.
          slot >>>= SHIFT;
        }
        level = descend(slot);
        slot = level == 0 ? slot << SHIFT | (index & MASK) : slot;
      }
      if (!isFolio(load(slot << level))) {
        return index;
      }
    }
    return from + limit;
  }

  /** The last index in (from − limit, from] without a folio, or from − limit. Not a snapshot. */
  long previousMiss(long from, long limit) {
    long entry = from < 0 ? 0 : load(from);
    if (!isFolio(entry)) {
      return from;
    }
    int level = levelOf(entry);
    long slot = firstSlot(entry, from, level);
    long index = from;
    for (long seen = 1; seen < limit; seen++) {
      index--;
      if (level == 0 && (slot & MASK) != 0) {
        slot--;
      } else {
        if (index < 0) {
          return -1;
        }
        if ((slot & MASK) != (index >>> level & MASK)) {
          slot = level == 0 ? (slot >>> SHIFT) - 1 : slot - 1;
          if (slot < 0) {
            return index;
          }
        } else if (level == 0) {
          slot >>>= SHIFT;
        }
        level = descend(slot);
        slot = level == 0 ? slot << SHIFT | (index & MASK) : slot;
      }
      if (!isFolio(load(slot << level))) {
        return index;
      }
    }
    return from - limit;
  }

  /** The kernel keeps a folio that fills whole nodes one level up, at {@link #SHIFT}. */
  private static int levelOf(long entry) {
    return orderOf(entry) >= SHIFT ? SHIFT : 0;
  }

  private static long firstSlot(long entry, long index, int level) {
    return (index & -(1L << orderOf(entry))) >>> level;
  }

  /** At which level a slot of the level above the leaves is looked at. */
  private int descend(long slot) {
    long entry = load(slot << SHIFT);
    return isFolio(entry) && orderOf(entry) >= SHIFT ? SHIFT : 0;
  }

  // ---- changing, under the lock ----------------------------------------------------------------

  /**
   * What stands in the way of a folio of the given order: the entry of a folio if its slots hold
   * any, else the last shadow in them, else 0.
   */
  long conflict(long index, int order) {
    assert Thread.holdsLock(this);
    long shadow = 0;
    long end = index + (1L << order);
    for (long at = index; at < end; at = (at | MASK) + 1) {
      Leaf leaf = leaf(at);
      if (leaf == null) {
        continue;
      }
      int last = (int) Math.min(end - 1, at | MASK) & MASK;
      for (int slot = (int) at & MASK; slot <= last; slot++) {
        long entry = leaf.slots[slot];
        if (isFolio(entry)) {
          return entry;
        }
        shadow = entry != 0 ? entry : shadow;
      }
    }
    return shadow;
  }

  /** Stores an entry in one slot: {@link #store(long, int, long)} of order 0. */
  void store(long index, long entry) {
    store(index, 0, entry);
  }

  /**
   * Stores an entry in the 2<sup>order</sup> slots from an aligned index on (0 to empty them), and
   * clears the marks of each slot unless a folio replaces a folio.
   */
  void store(long index, int order, long entry) {
    assert Thread.holdsLock(this);
    long end = index + (1L << order);
    for (long at = index; at < end; at = (at | MASK) + 1) {
      Leaf leaf = entry == 0 ? leaf(at) : grow(at);
      if (leaf != null) {
        store(leaf, (int) at & MASK, (int) Math.min(end - 1, at | MASK) & MASK, entry);
      }
    }
  }

  private void store(Leaf leaf, int first, int last, long entry) {
    long unmarked = 0;
    int changed = 0;
    for (int slot = first; slot <= last; slot++) {
      long old = leaf.slots[slot];
      if (old == entry) {
        continue;
      }
      changed++;
      if (!(isFolio(old) && isFolio(entry))) {
        unmarked |= 1L << slot;
      }
      leaf.used += (entry != 0 ? 1 : 0) - (old != 0 ? 1 : 0);
      leaf.shadows += (isShadow(entry) ? 1 : 0) - (isShadow(old) ? 1 : 0);
      SLOT.setRelease(leaf.slots, slot, entry);
    }
    if (changed == 0) {
      return;
    }
    for (int mark = 0; mark < MARKS; mark++) {
      clear(leaf, unmarked, mark);
    }
    // What follows may hand the old entry's frame to somebody who writes into it: an optimistic
    // reader that sees such a store must also see that the slot has changed.
    VarHandle.fullFence();
    if (leaf.used == 0) {
      prune(leaf);
    } else {
      pool.track(leaf, leaf.used == leaf.shadows);
    }
  }

  /** Sets a mark on all slots of a folio; without one at the index nothing happens. */
  void set(long index, int order, Mark mark) {
    assert Thread.holdsLock(this);
    long end = index + (1L << order);
    for (long at = index; at < end; at = (at | MASK) + 1) {
      Leaf leaf = leaf(at);
      if (leaf != null && isFolio(leaf.slots[(int) at & MASK])) {
        set(leaf, slotBits(at, end), mark.ordinal());
      }
    }
  }

  /** Clears a mark on all slots of a folio. */
  void clear(long index, int order, Mark mark) {
    assert Thread.holdsLock(this);
    long end = index + (1L << order);
    for (long at = index; at < end; at = (at | MASK) + 1) {
      Leaf leaf = leaf(at);
      if (leaf != null) {
        clear(leaf, slotBits(at, end), mark.ordinal());
      }
    }
  }

  /** The bits of the slots from an index on to the end of a range or of the leaf. */
  private static long slotBits(long from, long end) {
    long bits = -1L << from;
    return end > (from | MASK) ? bits : bits & ~(-1L << end);
  }

  boolean isSet(long index, Mark mark) {
    assert Thread.holdsLock(this);
    Leaf leaf = leaf(index);
    return leaf != null && (leaf.mark(mark.ordinal()) & (1L << index)) != 0;
  }

  /** Marks TOWRITE what is DIRTY in a range, a leaf at a time ({@code tag_pages_for_writeback}). */
  void tagDirtyToWrite(long first, long last) {
    assert Thread.holdsLock(this);
    long index = first;
    while (true) {
      index = findMarked(Mark.DIRTY, index, last);
      if (index < 0) {
        return;
      }
      Leaf leaf = leaf(index);
      long wanted = -1L << index;
      if ((index | MASK) > last) {
        wanted &= -1L >>> (MASK - (last & MASK));
      }
      set(leaf, leaf.mark(Mark.DIRTY.ordinal()) & wanted, Mark.TOWRITE.ordinal());
      index = (index | MASK) + 1;
      if (index > last) {
        return;
      }
    }
  }

  /** The first marked index in [from, last], or −1. */
  long findMarked(Mark mark, long from, long last) {
    assert Thread.holdsLock(this);
    return root == null || from > last ? -1 : find(root, from, last, mark.ordinal());
  }

  /** Whether anything at all has the mark. */
  boolean hasMark(Mark mark) {
    assert Thread.holdsLock(this);
    return root != null && root.mark(mark.ordinal()) != 0;
  }

  /** The first index in [from, last] with an entry, folio or shadow, or −1. */
  long findEntry(long from, long last) {
    assert Thread.holdsLock(this);
    return root == null || from > last ? -1 : find(root, from, last, -1);
  }

  /** The first index in [from, last] with a folio, or −1. */
  long findFolio(long from, long last) {
    assert Thread.holdsLock(this);
    long index = findEntry(from, last);
    while (index >= 0 && !isFolio(leaf(index).slots[(int) index & MASK])) {
      index = index == last ? -1 : findEntry(index + 1, last);
    }
    return index;
  }

  private static long find(Node node, long from, long last, int mark) {
    int shift = node.shift;
    if ((from >>> shift >>> SHIFT) != 0) {
      return -1;
    }
    int firstSlot = (int) (from >>> shift);
    boolean tall = (last >>> shift >>> SHIFT) != 0;
    int lastSlot = tall ? MASK : (int) (last >>> shift);
    long below = (1L << shift) - 1;
    for (int slot = firstSlot; slot <= lastSlot; slot++) {
      long candidates = node.occupied(mark, slot);
      if (candidates == 0) {
        return -1;
      }
      slot += Long.numberOfTrailingZeros(candidates);
      if (slot > lastSlot) {
        return -1;
      }
      long base = (long) slot << shift;
      if (!(node instanceof Branch branch)) {
        return base;
      }
      long childFrom = slot == firstSlot ? from & below : 0;
      long childLast = slot == lastSlot && !tall ? last & below : below;
      long found = find(branch.children[slot], childFrom, childLast, mark);
      if (found >= 0) {
        return base + found;
      }
    }
    return -1;
  }

  // ---- growing and pruning ---------------------------------------------------------------------

  private Leaf grow(long index) {
    Node top = root;
    if (top == null) {
      top = newNode(shiftFor(index), 0);
      ROOT.setRelease(this, top);
    }
    while ((index >>> top.shift >>> SHIFT) != 0) {
      Branch above = pool.branch(top.shift + SHIFT);
      above.adopt(0, top);
      for (int mark = 0; mark < MARKS; mark++) {
        if (top.mark(mark) != 0) {
          above.mark(mark, 1);
        }
      }
      ROOT.setRelease(this, above);
      top = above;
    }
    Node node = top;
    while (node instanceof Branch branch) {
      int slot = (int) (index >>> branch.shift) & MASK;
      Node child = branch.children[slot];
      if (child == null) {
        child = newNode(branch.shift - SHIFT, index);
        branch.adopt(slot, child);
      }
      node = child;
    }
    return (Leaf) node;
  }

  private static int shiftFor(long index) {
    int shift = 0;
    while ((index >>> shift >>> SHIFT) != 0) {
      shift += SHIFT;
    }
    return shift;
  }

  private Node newNode(int shift, long index) {
    return shift == 0 ? pool.leaf(this, index & ~MASK) : pool.branch(shift);
  }

  private void prune(Leaf leaf) {
    Node node = leaf;
    while (true) {
      Branch parent = node.parent;
      if (parent == null) {
        ROOT.setRelease(this, null);
      } else {
        parent.disown(node.offset);
      }
      pool.recycle(node);
      if (parent == null || parent.used != 0) {
        return;
      }
      node = parent;
    }
  }

  /** Empties a leaf of its shadows if it is still ours and holds nothing else. */
  void dropShadows(Leaf leaf, long base) {
    synchronized (this) {
      if (covers(leaf.slots, base) && leaf.used == leaf.shadows && leaf.used != 0) {
        for (int slot = 0; slot < SLOTS; slot++) {
          SLOT.setRelease(leaf.slots, slot, 0L);
        }
        leaf.used = 0;
        leaf.shadows = 0;
        prune(leaf);
      }
    }
  }

  private static void set(Leaf leaf, long bits, int mark) {
    Node node = leaf;
    long wanted = bits;
    while (node != null) {
      long before = node.mark(mark);
      if ((before | wanted) == before) {
        return;
      }
      node.mark(mark, before | wanted);
      wanted = 1L << node.offset;
      node = node.parent;
    }
  }

  private static void clear(Leaf leaf, long bits, int mark) {
    Node node = leaf;
    long unwanted = bits;
    while (node != null) {
      long before = node.mark(mark);
      long after = before & ~unwanted;
      if (after == before) {
        return;
      }
      node.mark(mark, after);
      if (after != 0) {
        return;
      }
      unwanted = 1L << node.offset;
      node = node.parent;
    }
  }

  /** Whether the tree holds nothing. */
  boolean isEmpty() {
    return ROOT.getAcquire(this) == null;
  }

  /** The root, for the checker of invariants. */
  Node root() {
    return root;
  }

  // ---- nodes -----------------------------------------------------------------------------------

  /** A node of the tree. Fields are written under the lock of the tree it belongs to. */
  abstract static sealed class Node permits Leaf, Branch {
    int shift;
    int offset;
    int used;
    Branch parent;

    /** The memory group that is charged for it, null for none. */
    MemoryGroup payer;

    private long dirty;
    private long writeback;
    private long toWrite;

    final long mark(int mark) {
      return switch (mark) {
        case 0 -> dirty;
        case 1 -> writeback;
        default -> toWrite;
      };
    }

    final void mark(int mark, long bits) {
      switch (mark) {
        case 0 -> dirty = bits;
        case 1 -> writeback = bits;
        default -> toWrite = bits;
      }
    }

    /** Slots from the given one on that have the mark, or (−1) anything, shifted to bit 0. */
    abstract long occupied(int mark, int from);
  }

  /** 64 entries. */
  static final class Leaf extends Node {
    /** The entries, then the identity: readers find both through one reference. */
    final long[] slots = new long[SLOTS + 2];

    int shadows;
    XArray owner;

    /** Links of {@link NodePool}'s list of leaves that hold only shadows, under its lock. */
    Leaf olderShadow;

    Leaf newerShadow;
    boolean listed;

    /** Gives an empty leaf to a tree. */
    void identify(XArray newOwner, long base) {
      owner = newOwner;
      slots[BASE] = base;
      slots[OWNER] = newOwner.id;
    }

    /** Takes an empty leaf from its tree. */
    void forget() {
      slots[OWNER] = 0;
      owner = null;
    }

    long base() {
      return slots[BASE];
    }

    @Override
    long occupied(int mark, int from) {
      if (mark >= 0) {
        return mark(mark) >>> from;
      }
      for (int slot = from; slot < SLOTS; slot++) {
        if (slots[slot] != 0) {
          return 1L << (slot - from);
        }
      }
      return 0;
    }
  }

  /** 64 nodes of the level below. */
  static final class Branch extends Node {
    final Node[] children = new Node[SLOTS];

    /** Above leaves: their slots, so that readers need not look at the leaves themselves. */
    final long[][] leafSlots = new long[SLOTS][];

    Node child(int slot) {
      return (Node) CHILD.getAcquire(children, slot);
    }

    void adopt(int slot, Node child) {
      child.parent = this;
      child.offset = slot;
      used++;
      if (child instanceof Leaf leaf) {
        LEAF_SLOTS.setRelease(leafSlots, slot, leaf.slots);
      }
      CHILD.setRelease(children, slot, child);
    }

    void disown(int slot) {
      if (children[slot] instanceof Leaf) {
        LEAF_SLOTS.setRelease(leafSlots, slot, null);
      }
      CHILD.setRelease(children, slot, null);
      used--;
    }

    @Override
    long occupied(int mark, int from) {
      if (mark >= 0) {
        return mark(mark) >>> from;
      }
      for (int slot = from; slot < SLOTS; slot++) {
        if (children[slot] != null) {
          return 1L << (slot - from);
        }
      }
      return 0;
    }
  }
}
