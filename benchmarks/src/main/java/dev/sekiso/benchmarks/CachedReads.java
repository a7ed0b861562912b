package dev.sekiso.benchmarks;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.ReadaheadState;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Copies a random 4 KiB page, all pages being in memory, out of whoever holds them. */
public class CachedReads extends NanosecondsPerCall {

  /** {@link MemorySegment#copy} from one segment of the same size. */
  @Benchmark
  public byte bareCopy(BareMemory bare, PageOrder order) {
    MemorySegment.copy(
        bare.memory, order.nextPosition(), order.destination, 0, PageOrder.PAGE_SIZE);
    return order.destination.get(ValueLayout.JAVA_BYTE, 0);
  }

  /** The same from a segment on huge pages, which the page cache's memory is on where it can. */
  @Benchmark
  public byte hugeCopy(HugeMemory huge, PageOrder order) {
    MemorySegment.copy(
        huge.memory, order.nextPosition(), order.destination, 0, PageOrder.PAGE_SIZE);
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
