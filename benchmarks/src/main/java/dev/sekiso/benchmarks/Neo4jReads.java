package dev.sekiso.benchmarks;

import java.io.IOException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;

/** What {@link CachedReads} and {@link PinnedReads} measure, of Neo4j's page cache. */
@Fork(
    value = 3,
    jvmArgsAppend = {Jvm.NATIVE_ACCESS, Jvm.UNSAFE, Jvm.OPEN_NIO})
public class Neo4jReads extends NanosecondsPerCall {

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
