package dev.sekiso.benchmarks;

import dev.sekiso.machine.ErrnoException;
import org.openjdk.jmh.annotations.Benchmark;

/**
 * Copies a random 4 KiB page where memory holds a quarter of the pages: replacement, and the way
 * down to the device and back, in steady state.
 */
public class TightReads extends NanosecondsPerCall {

  /** {@code AddressSpace.read}: the page cache alone, whose device is memory. */
  @Benchmark
  public int addressSpace(TightPages tight, CachedReads.Reader reader, PageOrder order)
      throws ErrnoException {
    return tight.pages.read(reader.readahead, order.nextPosition(), order.destination, 0);
  }

  /** {@code Vfs.pread} of a file on ext2 on {@code ram:}. */
  @Benchmark
  public int vfs(TightStack stack, TightStack.Opened opened, PageOrder order)
      throws ErrnoException {
    return stack.vfs.pread(opened.file, order.destination, order.nextPosition());
  }
}
