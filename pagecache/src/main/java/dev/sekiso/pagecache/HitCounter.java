package dev.sekiso.pagecache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Counts what happens too often for an atomic instruction, which would make the processor finish a
 * copy before it may begin to fetch the next page. Threads add to cells of their own, chosen by
 * thread number, by plain loads and stores; two running threads that share a cell may lose a count
 * now and then. On a simulated machine, where one task runs at a time, the count is exact.
 */
final class HitCounter {

  /** Cells; a power of two. */
  private static final int CELLS = 64;

  /** A cell has a pair of cache lines (128 bytes) to itself, in longs. */
  private static final int STRIDE = 16;

  private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] counts = new long[(CELLS + 1) * STRIDE];

  void add(long count) {
    int cell = (((int) Thread.currentThread().threadId() & (CELLS - 1)) + 1) * STRIDE;
    COUNT.setOpaque(counts, cell, (long) COUNT.getOpaque(counts, cell) + count);
  }

  long sum() {
    long sum = 0;
    for (int cell = 1; cell <= CELLS; cell++) {
      sum += (long) COUNT.getOpaque(counts, cell * STRIDE);
    }
    return sum;
  }
}
