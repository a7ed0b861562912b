package dev.sekiso.benchmarks;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** How much is read, and how. */
@State(Scope.Benchmark)
public class Resident {

  /** Pages of 4096 bytes: 256 MiB, eight times what the last-level cache of a server core holds. */
  @Param("65536")
  public int pages;

  /** Which of them are read how often. */
  @Param({"UNIFORM", "ZIPF"})
  public Distribution distribution;

  long bytes() {
    return (long) pages << PageOrder.PAGE_SHIFT;
  }
}
