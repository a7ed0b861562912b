package dev.sekiso.benchmarks;

import dev.sekiso.machine.HugePages;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** As {@link BareMemory}, on huge pages: what the page cache's own memory is. */
@State(Scope.Benchmark)
public class HugeMemory {

  private Arena arena;
  MemorySegment memory;

  @SuppressWarnings("MustBeClosedChecker") // closed with the state
  @Setup
  public void setUp(Resident resident) {
    arena = Arena.ofShared();
    memory =
        HugePages.map(arena, resident.bytes())
            .map(region -> BareMemory.number(region, resident.pages))
            .orElseGet(() -> BareMemory.numbered(arena, resident.pages));
  }

  @TearDown
  public void tearDown() {
    arena.close();
  }
}
