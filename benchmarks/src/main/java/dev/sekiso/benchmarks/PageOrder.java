package dev.sekiso.benchmarks;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A thread's own: which page it reads next, and where to. The order is drawn beforehand, so that no
 * contestant's time has random numbers in it; it is long enough to be no pattern.
 */
@State(Scope.Thread)
public class PageOrder {

  static final int PAGE_SHIFT = 12;
  static final int PAGE_SIZE = 1 << PAGE_SHIFT;

  /** A power of two; the array is read from end to end, so the processor fetches it ahead. */
  private static final int LENGTH = 1 << 20;

  private static final AtomicLong NEXT_SEED = new AtomicLong(1);

  private final int[] order = new int[LENGTH];
  private int at;
  private Arena arena;

  /** Room for one page, aligned to a page. */
  MemorySegment destination;

  /** The same room, as channels want it. */
  ByteBuffer buffer;

  @SuppressWarnings("MustBeClosedChecker") // closed with the state
  @Setup
  public void setUp(Resident resident) {
    resident.distribution.fill(order, resident.pages, NEXT_SEED.getAndIncrement());
    arena = Arena.ofShared();
    destination = arena.allocate(PAGE_SIZE, PAGE_SIZE);
    buffer = destination.asByteBuffer();
  }

  @TearDown
  public void tearDown() {
    arena.close();
  }

  /** The number of the page to read. */
  int next() {
    int now = at;
    at = (now + 1) & (LENGTH - 1);
    return order[now];
  }

  /** The byte position of the page to read. */
  long nextPosition() {
    return (long) next() << PAGE_SHIFT;
  }
}
