package dev.sekiso.benchmarks;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.AddressSpace.FolioWriter;
import dev.sekiso.pagecache.Folio;
import dev.sekiso.pagecache.WritebackControl;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Marks resident pages dirty and has them written to nowhere. The same few pages among few and
 * among many: who scans takes longer among many.
 */
public class DirtyMarks extends NanosecondsPerCall {

  /** Pages marked before they are written; a power of two. */
  private static final int BATCH = 64;

  private static final FolioWriter NOWHERE =
      folio -> {
        folio.startWriteback();
        folio.unlock();
        folio.endWriteback(null);
      };

  /** Marks what is marked already, as most stores do. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int again(Spread spread) {
    int fresh = 0;
    for (Folio folio : spread.folios) {
      fresh += folio.markDirty() ? 1 : 0;
    }
    return fresh;
  }

  /** Marks, and writes all that is dirty; the time is for one page. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public long markAndWrite(Spread spread) throws ErrnoException {
    for (Folio folio : spread.folios) {
      folio.markDirty();
    }
    spread.cached.pages.writeDirty(WritebackControl.start(0, Long.MAX_VALUE), NOWHERE);
    return spread.cached.pages.dirtyPages();
  }

  /** Pinned pages, evenly spread over all. */
  @State(Scope.Benchmark)
  public static class Spread {

    /** Pages resident. */
    @Param({"1024", "65536"})
    public int pages;

    final CachedPages cached = new CachedPages();
    final Folio[] folios = new Folio[BATCH];

    @Setup
    public void setUp() throws ErrnoException {
      cached.open(pages);
      for (int i = 0; i < BATCH; i++) {
        folios[i] = cached.pages.lookup((long) i * (pages / BATCH));
        folios[i].markDirty();
      }
    }

    @TearDown
    public void tearDown() {
      for (Folio folio : folios) {
        folio.put();
      }
      cached.tearDown();
    }
  }
}
