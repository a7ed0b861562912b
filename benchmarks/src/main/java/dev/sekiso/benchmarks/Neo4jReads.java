package dev.sekiso.benchmarks;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/** What {@link CachedReads} and {@link PinnedReads} measure, of Neo4j's page cache. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 3,
    jvmArgsAppend = {Jvm.NATIVE_ACCESS, Jvm.UNSAFE, Jvm.OPEN_NIO})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Neo4jReads {

  /** A random 4 KiB page, through a read cursor. */
  @Benchmark
  public int copy(Neo4jPages.Cursor cursor, PageOrder order) throws IOException {
    return cursor.copy(order.next(), order.buffer.clear());
  }

  /** Eight bytes: the cursor goes to the page, reads, and asks whether it must try again. */
  @Benchmark
  public long eightBytes(Neo4jPages.Cursor cursor, PageOrder order) throws IOException {
    return cursor.getLong(order.next());
  }
}
