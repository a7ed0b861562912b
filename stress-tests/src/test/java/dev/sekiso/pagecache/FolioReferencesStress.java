package dev.sekiso.pagecache;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** {@link Folio}: a reference keeps a folio, and only one task may take it away. */
public final class FolioReferencesStress {

  private FolioReferencesStress() {}

  private static Folio folio(int references) {
    Folio folio = new Folio(null, 1);
    folio.unfreeze(references);
    return folio;
  }

  /** A reader comes while reclaim freezes the folio. */
  @JCStressTest
  @Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "The reader was first.")
  @Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "Reclaim was first.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "Both have it, or neither.")
  @State
  public static class GetAgainstFreeze {
    private final Folio folio = folio(1);

    /** A reader. */
    @Actor
    public void get(ZZ_Result result) {
      result.r1 = folio.tryGet();
    }

    /** Reclaim. */
    @Actor
    public void freeze(ZZ_Result result) {
      result.r2 = folio.freeze(1);
    }
  }

  /** Two would take the folio away. */
  @JCStressTest
  @Outcome(
      id = {"true, false", "false, true"},
      expect = Expect.ACCEPTABLE,
      desc = "One of the two did.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "Both did, or neither.")
  @State
  public static class TwoFreezers {
    private final Folio folio = folio(1);

    /** Reclaim. */
    @Actor
    public void reclaim(ZZ_Result result) {
      result.r1 = folio.freeze(1);
    }

    /** Truncation. */
    @Actor
    public void truncate(ZZ_Result result) {
      result.r2 = folio.freeze(1);
    }
  }

  /** Two readers come and one goes: no count is lost. */
  @JCStressTest
  @Outcome(id = "true, true, 2", expect = Expect.ACCEPTABLE, desc = "Both were counted.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "A reference was lost or invented.")
  @State
  public static class TwoReaders {
    private final Folio folio = folio(1);

    /** Comes, and stays. */
    @Actor
    public void stay(ZZI_Result result) {
      result.r1 = folio.tryGet();
    }

    /** Comes, and goes. */
    @Actor
    public void go(ZZI_Result result) {
      result.r2 = folio.tryGet();
      if (result.r2) {
        folio.putQuietly();
      }
    }

    /** Counts. */
    @Arbiter
    public void count(ZZI_Result result) {
      result.r3 = folio.references();
    }
  }
}
