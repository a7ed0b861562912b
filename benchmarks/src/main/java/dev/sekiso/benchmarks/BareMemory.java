package dev.sekiso.benchmarks;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** As many pages in one segment: what no cache can be faster than. */
@State(Scope.Benchmark)
public class BareMemory {

  private Arena arena;
  MemorySegment memory;

  @SuppressWarnings("MustBeClosedChecker") // closed with the state
  @Setup
  public void setUp(Resident resident) {
    arena = Arena.ofShared();
    memory = numbered(arena, resident.pages);
  }

  /** Pages that begin with their own number. */
  static MemorySegment numbered(Arena arena, int pages) {
    return number(arena.allocate((long) pages << PageOrder.PAGE_SHIFT, PageOrder.PAGE_SIZE), pages);
  }

  /** Begins each page with its own number. */
  static MemorySegment number(MemorySegment memory, int pages) {
    for (long page = 0; page < pages; page++) {
      memory.set(ValueLayout.JAVA_LONG, page << PageOrder.PAGE_SHIFT, page);
    }
    return memory;
  }

  @TearDown
  public void tearDown() {
    arena.close();
  }
}
