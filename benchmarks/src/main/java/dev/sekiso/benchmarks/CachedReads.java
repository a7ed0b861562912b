package dev.sekiso.benchmarks;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.ReadaheadState;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Copies a random 4 KiB page, all pages being in memory, out of whoever holds them. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 3,
    jvmArgsAppend = {Jvm.NATIVE_ACCESS, Jvm.UNSAFE})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CachedReads {

  /** {@link MemorySegment#copy} from one segment of the same size. */
  @Benchmark
  public byte bareCopy(BareMemory bare, PageOrder order) {
    MemorySegment.copy(
        bare.memory, order.nextPosition(), order.destination, 0, PageOrder.PAGE_SIZE);
    return order.destination.get(ValueLayout.JAVA_BYTE, 0);
  }

  /** {@code AddressSpace.read}: the page cache alone. */
  @Benchmark
  public int addressSpace(CachedPages cached, Reader reader, PageOrder order)
      throws ErrnoException {
    return cached.pages.read(reader.readahead, order.nextPosition(), order.destination, 0);
  }

  /** {@code Vfs.pread} of a file on ext2. */
  @Benchmark
  public int vfs(CachedStack stack, CachedStack.Opened opened, PageOrder order)
      throws ErrnoException {
    return stack.vfs.pread(opened.file, order.destination, order.nextPosition());
  }

  /** {@code FileChannel.read} of a file in the kernel's page cache. */
  @Benchmark
  public int fileChannel(KernelFile.Opened opened, PageOrder order) throws IOException {
    return opened.channel.read(order.buffer.clear(), order.nextPosition());
  }

  /** A thread's readahead state. */
  @State(Scope.Thread)
  public static class Reader {
    final ReadaheadState readahead = CachedPages.readahead();
  }
}
