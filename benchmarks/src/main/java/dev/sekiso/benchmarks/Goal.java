package dev.sekiso.benchmarks;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * One line of the table: a figure from contestants' scores and what it should be.
 *
 * @param name what is compared
 * @param contestants whose scores it needs
 * @param figure from the scores
 * @param bound which way it should differ from the target
 * @param target the target; NaN when the figure is only told
 */
record Goal(
    String name,
    Set<Contestant> contestants,
    ToDoubleFunction<Scores> figure,
    Bound bound,
    double target) {

  /** Which side of the target is good. */
  enum Bound {
    AT_MOST("<="),
    AT_LEAST(">=");

    private final String sign;

    Bound(String sign) {
      this.sign = sign;
    }
  }

  /** The time of one is at most so many times the other's. */
  static Goal atMost(String name, Contestant one, Contestant other, double target) {
    return new Goal(
        name,
        ordered(one, other),
        scores -> scores.time(one) / scores.time(other),
        Bound.AT_MOST,
        target);
  }

  /** The time of one is at least so many times the other's. */
  static Goal atLeast(String name, Contestant one, Contestant other, double target) {
    return new Goal(
        name,
        ordered(one, other),
        scores -> scores.time(one) / scores.time(other),
        Bound.AT_LEAST,
        target);
  }

  /** The time of one beside the other's, to be told only. */
  static Goal told(String name, Contestant one, Contestant other) {
    return atMost(name, one, other, Double.NaN);
  }

  /** Two threads together do at least so much of twice what one does, relative to the bare one. */
  static Goal scales(String name, Contestant one, Contestant bare, double target) {
    Set<Contestant> all = ordered(one, one.by(2));
    all.addAll(ordered(bare, bare.by(2)));
    return new Goal(
        name,
        all,
        scores ->
            2
                * (scores.time(one) / scores.time(one.by(2)))
                / (scores.time(bare) / scores.time(bare.by(2))),
        Bound.AT_LEAST,
        target);
  }

  /** An operation allocates nothing: less than a byte, the measuring's own. */
  static Goal allocatesNothing(String name, Contestant one) {
    return new Goal(name, ordered(one), scores -> scores.allocated(one), Bound.AT_MOST, 1);
  }

  private static Set<Contestant> ordered(Contestant... contestants) {
    return new LinkedHashSet<>(List.of(contestants));
  }

  boolean isReached(double value) {
    return bound == Bound.AT_MOST ? value <= target : value >= target;
  }

  /** The line for a measured figure. */
  String line(double value) {
    String verdict = "told";
    String wanted = "";
    if (!Double.isNaN(target)) {
      verdict = isReached(value) ? "reached" : "MISSED";
      wanted = String.format(Locale.ROOT, "%s %.2f", bound.sign, target);
    }
    return String.format(Locale.ROOT, "%-58s %8.2f   %-9s %s", name, value, wanted, verdict);
  }
}
