package dev.sekiso.pagecache;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** {@link XArray}: what a reader without the lock may see while writers change the tree. */
public final class XArrayStress {

  private static final int INDEX = 5;

  /** In another leaf, at the same slot. */
  private static final int TWIN = INDEX + XArray.SLOTS;

  /** So far away that the tree grows by levels. */
  private static final int FAR = 1 << 20;

  private XArrayStress() {}

  /** The entry of frame n in its first life. */
  private static long entry(int frame) {
    Folio folio = new Folio(null, frame);
    folio.generation = 1;
    return XArray.entryOf(folio);
  }

  /** The frame an entry names; -1 when there is none. */
  private static int frame(long entry) {
    return XArray.isFolio(entry) ? XArray.frameOf(entry) : -1;
  }

  /** The page goes, and its leaf comes back as another page's. */
  @JCStressTest
  @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "The page was still there.")
  @Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "It was gone.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "The reader was given another page.")
  @State
  public static class LeafReused {
    private final XArray array = new XArray(new NodePool(8, 8), 1);

    /** One page. */
    public LeafReused() {
      synchronized (array) {
        array.store(INDEX, entry(1));
      }
    }

    /** Truncates, and writes elsewhere. */
    @Actor
    public void reuse() {
      synchronized (array) {
        array.store(INDEX, 0);
        array.store(TWIN, entry(2));
      }
    }

    /** Reads. */
    @Actor
    public void read(I_Result result) {
      result.r1 = frame(array.load(INDEX));
    }
  }

  /** The leaf goes to another file, and comes back with another page at the same place. */
  @JCStressTest
  @Outcome(
      id = {"1", "3"},
      expect = Expect.ACCEPTABLE,
      desc = "One of the two pages that were there.")
  @Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "Neither, in between.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "The reader was given the other file's page.")
  @State
  public static class LeafLentToAnotherTree {
    private final NodePool pool = new NodePool(8, 8);
    private final XArray array = new XArray(pool, 1);
    private final XArray other = new XArray(pool, 2);

    /** One page. */
    public LeafLentToAnotherTree() {
      synchronized (array) {
        array.store(INDEX, entry(1));
      }
    }

    /** Two files change. */
    @Actor
    public void lend() {
      synchronized (array) {
        array.store(INDEX, 0);
      }
      synchronized (other) {
        other.store(INDEX, entry(2));
        other.store(INDEX, 0);
      }
      synchronized (array) {
        array.store(INDEX, entry(3));
      }
    }

    /** Reads. */
    @Actor
    public void read(I_Result result) {
      result.r1 = frame(array.load(INDEX));
    }
  }

  /** A page that stays is found while the tree grows above it, and shrinks again around it. */
  @JCStressTest
  @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Found each time.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "A page that was there all the time was not found.")
  @State
  public static class TreeGrows {
    private final XArray array = new XArray(new NodePool(8, 8), 1);

    /** One page. */
    public TreeGrows() {
      synchronized (array) {
        array.store(INDEX, entry(1));
      }
    }

    /** The file grows and is truncated. */
    @Actor
    public void grow() {
      synchronized (array) {
        array.store(TWIN, entry(2));
        array.store(FAR, entry(3));
        array.store(FAR, 0);
        array.store(TWIN, 0);
      }
    }

    /** Reads twice. */
    @Actor
    public void read(II_Result result) {
      result.r1 = frame(array.load(INDEX));
      result.r2 = frame(array.load(INDEX));
    }
  }

  /**
   * A reader's reference: it looks, takes a reference, and looks again ({@code filemap_get_entry}).
   * Meanwhile the page goes and its frame comes back, in its next life, for another index.
   */
  @JCStressTest
  @Outcome(id = "5", expect = Expect.ACCEPTABLE, desc = "The reader holds the page it wanted.")
  @Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "The page was gone.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "The reader holds the frame in another life.")
  @State
  public static class FrameReused {
    private final XArray array = new XArray(new NodePool(8, 8), 1);
    private final Folio folio = new Folio(null, 1);

    /** One page, with the cache's reference. */
    public FrameReused() {
      folio.generation = 1;
      folio.index = INDEX;
      folio.unfreeze(1);
      synchronized (array) {
        array.store(INDEX, XArray.entryOf(folio));
      }
    }

    /** Evicts unless the reader was first, and uses the frame again. */
    @Actor
    public void evict() {
      synchronized (array) {
        if (!folio.freeze(1)) {
          return;
        }
        array.store(INDEX, 0);
      }
      folio.generation = XArray.nextGeneration(folio.generation);
      folio.index = TWIN;
      folio.unfreeze(1);
      synchronized (array) {
        array.store(TWIN, XArray.entryOf(folio));
      }
    }

    /** Looks the page up. */
    @Actor
    public void read(I_Result result) {
      long entry = array.load(INDEX);
      while (XArray.isFolio(entry)) {
        if (folio.tryGet()) {
          if (array.load(INDEX) == entry) {
            result.r1 = (int) folio.index;
            return;
          }
          folio.putQuietly();
        }
        entry = array.load(INDEX);
      }
      result.r1 = -1;
    }
  }
}
