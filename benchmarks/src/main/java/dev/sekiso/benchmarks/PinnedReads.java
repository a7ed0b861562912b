package dev.sekiso.benchmarks;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.Folio;
import java.lang.foreign.ValueLayout;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Reads eight bytes of a random page that cannot leave memory meanwhile.
 *
 * <p>A page is pinned by whoever has found it and holds a reference; to read it then is {@link
 * #held}, which has a target. To find it, pin it and let go for eight bytes only is two atomic
 * instructions on the page's own line more than any read can be: {@link #lookup} and {@link
 * #readFolio} tell what that costs.
 */
public class PinnedReads extends NanosecondsPerCall {

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
