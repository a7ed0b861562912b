package dev.sekiso.machine;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** {@link Errseq}: no error is lost, and each observer hears of it once. */
public final class ErrseqStress {

  private ErrseqStress() {}

  private static int number(Errno errno) {
    return errno == null ? 0 : errno.number();
  }

  /** An error while a file is being opened is heard through that file. */
  @JCStressTest
  @Outcome(id = "5", expect = Expect.ACCEPTABLE, desc = "The new observer hears of it.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "An error nobody has seen was lost.")
  @State
  public static class ErrorWhileSampling {
    private final Errseq sequence = new Errseq();
    private int cursor;

    /** Writeback fails. */
    @Actor
    public void fail() {
      sequence.set(Errno.EIO);
    }

    /** A file is opened. */
    @Actor
    public void open() {
      cursor = sequence.sample();
    }

    /** Its fsync. */
    @Arbiter
    public void ask(I_Result result) {
      result.r1 = number(Errseq.errnoBetween(cursor, sequence.advance(cursor)));
    }
  }

  /** Two files that ask at once both hear of one error, and do not hear of it again. */
  @JCStressTest
  @Outcome(id = "5, 5", expect = Expect.ACCEPTABLE, desc = "Both hear of it, once.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "One did not hear of it, or heard of it twice.")
  @State
  public static class TwoObservers {
    private final Errseq sequence = new Errseq();
    private int one;
    private int other;

    /** One error, before anybody asks. */
    public TwoObservers() {
      sequence.set(Errno.EIO);
    }

    /** One file's fsync. */
    @Actor
    public void first(II_Result result) {
      int next = sequence.advance(one);
      result.r1 = number(Errseq.errnoBetween(one, next));
      one = next;
    }

    /** The other's. */
    @Actor
    public void second(II_Result result) {
      int next = sequence.advance(other);
      result.r2 = number(Errseq.errnoBetween(other, next));
      other = next;
    }

    /** Both again. */
    @Arbiter
    public void again(II_Result result) {
      result.r1 += number(Errseq.errnoBetween(one, sequence.advance(one)));
      result.r2 += number(Errseq.errnoBetween(other, sequence.advance(other)));
    }
  }

  /** A second error while the first is being told of. */
  @JCStressTest
  @Outcome(id = "5, 5", expect = Expect.ACCEPTABLE, desc = "The second came after: told apart.")
  @Outcome(id = "5, 0", expect = Expect.ACCEPTABLE, desc = "The second came before: one to tell.")
  @Outcome(id = "28, 0", expect = Expect.ACCEPTABLE, desc = "The same; the later error is told.")
  @Outcome(id = "5, 28", expect = Expect.ACCEPTABLE, desc = "The second came after: told apart.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "The second was lost, or told twice.")
  @State
  public static class ErrorWhileTelling {
    private final Errseq sequence = new Errseq();
    private int cursor;

    /** The first error. */
    public ErrorWhileTelling() {
      sequence.set(Errno.EIO);
    }

    /** The second. */
    @Actor
    public void fail() {
      sequence.set(Errno.ENOSPC);
    }

    /** A file's fsync. */
    @Actor
    public void ask(II_Result result) {
      int next = sequence.advance(cursor);
      result.r1 = number(Errseq.errnoBetween(cursor, next));
      cursor = next;
    }

    /** Its next one. */
    @Arbiter
    public void askAgain(II_Result result) {
      result.r2 = number(Errseq.errnoBetween(cursor, sequence.advance(cursor)));
    }
  }

  /** The flags of old: the first who asks takes the error, and nobody else has it. */
  @JCStressTest
  @Outcome(
      id = {"5, 0", "0, 5"},
      expect = Expect.ACCEPTABLE,
      desc = "One of the two took it.")
  @Outcome(expect = Expect.FORBIDDEN, desc = "Both took it, or neither.")
  @State
  public static class TwoTakers {
    private final Errseq sequence = new Errseq();

    /** One error. */
    public TwoTakers() {
      sequence.set(Errno.EIO);
    }

    /** One waiter. */
    @Actor
    public void first(II_Result result) {
      result.r1 = number(sequence.takeFlags());
    }

    /** Another. */
    @Actor
    public void second(II_Result result) {
      result.r2 = number(sequence.takeFlags());
    }
  }
}
