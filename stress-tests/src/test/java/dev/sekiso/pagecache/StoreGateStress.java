package dev.sekiso.pagecache;

import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SystemMachine;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** {@link StoreGate}: once the wait is over, no store by the old page-table entry comes. */
public final class StoreGateStress {

  private static final Machine MACHINE = new SystemMachine();

  private StoreGateStress() {}

  /** A store through a mapping while the page is made read-only for writeback. */
  @JCStressTest
  @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Writeback has what was stored.")
  @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "The store found it read-only.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "A store came after the wait for stores.")
  @State
  public static class StoreAgainstProtection {
    private final StoreGate gate = new StoreGate(MACHINE);
    private volatile boolean writable = true;
    private int page;

    /** Stores if the entry allows. */
    @Actor
    public void store() {
      int place = gate.enter();
      if (writable) {
        page = 1;
      }
      gate.leave(place);
    }

    /** Protects the page, and copies it for the device. */
    @Actor
    public void write(II_Result result) {
      writable = false;
      gate.awaitStores();
      result.r1 = page;
    }

    /** What the page holds in the end. */
    @Arbiter
    public void look(II_Result result) {
      result.r2 = page;
    }
  }

  /** Two protect at once, of two pages: each waits for the store to its own. */
  @JCStressTest
  @Outcome(
      id = {"0, 0", "1, 1"},
      expect = Expect.ACCEPTABLE,
      desc = "Writeback has what was stored.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "A store came after the wait for stores.")
  @State
  public static class StoreAgainstTwoProtections {
    private final StoreGate gate = new StoreGate(MACHINE);
    private volatile boolean writable = true;
    private int page;

    /** Stores if the entry allows. */
    @Actor
    public void store() {
      int place = gate.enter();
      if (writable) {
        page = 1;
      }
      gate.leave(place);
    }

    /** Turns the phases for another page's sake. */
    @Actor
    public void writeAnother() {
      gate.awaitStores();
    }

    /** Protects the page, and copies it for the device. */
    @Actor
    public void write(II_Result result) {
      writable = false;
      gate.awaitStores();
      result.r1 = page;
    }

    /** What the page holds in the end. */
    @Arbiter
    public void look(II_Result result) {
      result.r2 = page;
    }
  }
}
