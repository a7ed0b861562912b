package dev.sekiso.pagecache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sekiso.machine.SimulatedMachine;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Do index, reference counts and generations together keep a reader from a frame that has got other
 * work? Two pages take turns in one frame as fast as a thread can, by eviction, which freezes the
 * count, and by removal, which leaves the folio to its last user; readers take a reference, or copy
 * without one and look again. Each frame holds the number of its page: any other number read is
 * another page's.
 */
final class FolioReferencesTest {

  private static final int ROUNDS = 400_000;

  private static final class Deaf implements FrameTable.Listener {
    @Override
    public void idle(Folio folio) {}

    @Override
    public void freeing(Folio folio) {}

    @Override
    public void freed() {}
  }

  private final XArray array = new XArray(new NodePool(1, 1), 1);
  private final FrameTable table;

  FolioReferencesTest() {
    table = new FrameTable(SimulatedMachine.builder(1).build(), 2, new Deaf());
  }

  private boolean insert(int page) {
    synchronized (array) {
      if (array.load(page) != 0) {
        return false;
      }
      Folio folio = table.allocate(0, 0);
      folio.index = page;
      table.memory().set(ValueLayout.JAVA_INT, table.offsetOf(folio.frame), page + 1);
      array.store(page, XArray.entryOf(folio));
      return true;
    }
  }

  private boolean evict(int page) {
    synchronized (array) {
      long entry = array.load(page);
      if (entry == 0) {
        return false;
      }
      Folio folio = table.folio(XArray.frameOf(entry));
      while (!folio.freeze(1)) {
        Thread.onSpinWait();
      }
      array.store(page, 0);
      table.free(folio);
      return true;
    }
  }

  private boolean remove(int page) {
    synchronized (array) {
      long entry = array.load(page);
      if (entry == 0) {
        return false;
      }
      array.store(page, 0);
      table.folio(XArray.frameOf(entry)).put();
      return true;
    }
  }

  /** As {@link FolioAddressSpace#lookup}: what the page holds, 0 when there is none. */
  private int lookup(int page) {
    while (true) {
      long entry = array.load(page);
      if (entry == 0) {
        return 0;
      }
      Folio folio = table.folio(XArray.frameOf(entry));
      if (folio.tryGet()) {
        boolean isIt = array.load(page) == entry;
        int held = table.memory().get(ValueLayout.JAVA_INT, table.offsetOf(folio.frame));
        folio.put();
        if (isIt) {
          return held;
        }
      }
      Thread.onSpinWait();
    }
  }

  /** As a hit of {@link CachedAccess}: without a reference. */
  private int copy(int page) {
    while (true) {
      long entry = array.load(page);
      if (entry == 0) {
        return 0;
      }
      int held =
          table.memory().get(ValueLayout.JAVA_INT, table.offsetOf(XArray.frameOf(entry, page)));
      VarHandle.acquireFence();
      if (array.load(page) == entry) {
        return held;
      }
    }
  }

  /** Runs a reader of page 0 while the pages take turns; gives the first wrong answer. */
  private String readWhileReused(IntUnaryOperator reader) throws InterruptedException {
    AtomicReference<String> wrong = new AtomicReference<>();
    Thread reuse =
        Thread.ofPlatform()
            .start(() -> {
              for (int round = 0; round < ROUNDS && wrong.get() == null; round++) {
                int page = round & 1;
                insert(page);
                boolean gone = (round & 2) == 0 ? evict(page) : remove(page);
                if (!gone) {
                  wrong.set("page " + page + " is gone by itself");
                }
              }
            });
    long found = 0;
    while (reuse.isAlive() && wrong.get() == null) {
      int held = reader.applyAsInt(0);
      found += held;
      if (held != 0 && held != 1) {
        wrong.set("page 0 holds " + (held - 1) + " after " + found + " good reads");
      }
    }
    reuse.join();
    return wrong.get();
  }

  @AfterEach
  void close() {
    table.close();
  }

  @Test
  void lookup_whileFramesAreReused_findsTheRightPageOrNone() throws InterruptedException {
    assertThat(readWhileReused(this::lookup)).isNull();
    assertThat(table.freeFrames()).isEqualTo(2);
  }

  @Test
  void copyWithoutReference_whileFramesAreReused_isRightOrNone() throws InterruptedException {
    assertThat(readWhileReused(this::copy)).isNull();
  }
}
