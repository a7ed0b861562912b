package dev.sekiso.benchmarks;

import dev.sekiso.machine.ErrnoException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Copies a random 4 KiB page where memory holds a quarter of the pages: replacement, and the way
 * down to the device and back, in steady state.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 3,
    jvmArgsAppend = {Jvm.NATIVE_ACCESS, Jvm.UNSAFE})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TightReads {

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
