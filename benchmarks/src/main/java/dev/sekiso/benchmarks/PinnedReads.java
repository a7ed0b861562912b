package dev.sekiso.benchmarks;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.Folio;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Reads eight bytes of a random page that cannot leave memory meanwhile. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 3,
    jvmArgsAppend = {Jvm.NATIVE_ACCESS, Jvm.UNSAFE})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PinnedReads {

  /** From one segment of the same size. */
  @Benchmark
  public long plain(BareMemory bare, PageOrder order) {
    return bare.memory.get(ValueLayout.JAVA_LONG, order.nextPosition());
  }

  /** Look the page up, which pins it; read; let go. */
  @Benchmark
  public long lookup(CachedPages cached, PageOrder order) {
    Folio folio = cached.pages.lookup(order.next());
    long value = folio.data().get(ValueLayout.JAVA_LONG, 0);
    folio.put();
    return value;
  }

  /** As {@link #lookup}, with what a buffer manager's user calls: it notes the use, too. */
  @Benchmark
  public long readFolio(CachedPages cached, PageOrder order) throws ErrnoException {
    Folio folio = cached.pages.readFolio(order.next());
    long value = folio.data().get(ValueLayout.JAVA_LONG, 0);
    folio.put();
    return value;
  }

  /** From a page that the reader has pinned before. */
  @Benchmark
  public long held(Held held, PageOrder order) {
    return held.folios[order.next()].data().get(ValueLayout.JAVA_LONG, 0);
  }

  /** Every page, pinned. */
  @State(Scope.Benchmark)
  public static class Held {
    Folio[] folios;

    @Setup
    public void setUp(Resident resident, CachedPages cached) {
      folios = new Folio[resident.pages];
      for (int index = 0; index < folios.length; index++) {
        folios[index] = cached.pages.lookup(index);
      }
    }

    @TearDown
    public void tearDown() {
      for (Folio folio : folios) {
        folio.put();
      }
    }
  }
}
