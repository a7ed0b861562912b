package dev.sekiso.lab.simulation;

import java.util.List;
import java.util.SplittableRandom;

/**
 * Traces that are made up, by a text like {@code zipf:100000:0.9:10000000:1}. A kind, then numbers
 * with colons between them; the same text is always the same trace.
 *
 * <ul>
 *   <li>{@code uniform:PAGES:REQUESTS:SEED} - every page as often as any other.
 *   <li>{@code zipf:PAGES:ALPHA:REQUESTS:SEED} - the n-th page as often as n<sup>-ALPHA</sup> says.
 *   <li>{@code loop:PAGES:REQUESTS} - one page after the other, again and again.
 *   <li>{@code scan+zipf:PAGES:ALPHA:REQUESTS:SEED} - the same as {@code zipf}, but after every
 *       nine times PAGES requests PAGES that were never asked for before and are not again.
 * </ul>
 */
public final class SyntheticTrace {

  private static final String FORMS =
      "uniform:PAGES:REQUESTS:SEED, zipf:PAGES:ALPHA:REQUESTS:SEED, loop:PAGES:REQUESTS,"
          + " scan+zipf:PAGES:ALPHA:REQUESTS:SEED";

  private static final List<String> KINDS = List.of("uniform", "zipf", "loop", "scan+zipf");

  /** Requests between two scans, in numbers of pages. */
  private static final int SCAN_INTERVAL = 9;

  private static final long MOST_PAGES = 1L << 29;
  private static final long MOST_REQUESTS = Integer.MAX_VALUE - 8;
  private static final double MOST_ALPHA = 10;

  private final String text;
  private final String[] parts;
  private int part = 1;

  private SyntheticTrace(String text) {
    this.text = text;
    this.parts = text.split(":", -1);
  }

  /** Whether a text is meant to be one of these, rather than a file. */
  public static boolean isOne(String text) {
    int colon = text.indexOf(':');
    return colon > 0 && KINDS.contains(text.substring(0, colon));
  }

  /**
   * Makes a trace.
   *
   * @throws IllegalArgumentException that says what the text should be
   */
  public static Trace of(String text) {
    SyntheticTrace made = new SyntheticTrace(text);
    return switch (made.parts[0]) {
      case "uniform" -> made.uniform();
      case "zipf" -> made.zipf(false);
      case "loop" -> made.loop();
      case "scan+zipf" -> made.zipf(true);
      default -> throw made.wrong("there is no such kind");
    };
  }

  private Trace uniform() {
    int pages = pages();
    int requests = requests();
    SplittableRandom random = new SplittableRandom(seed());
    Trace.Builder trace = new Trace.Builder();
    for (int i = 0; i < requests; i++) {
      trace.add(random.nextInt(pages));
    }
    return trace.build();
  }

  private Trace loop() {
    int pages = pages();
    int requests = requests();
    end();
    Trace.Builder trace = new Trace.Builder();
    for (int i = 0; i < requests; i++) {
      trace.add(i % pages);
    }
    return trace.build();
  }

  private Trace zipf(boolean scans) {
    int pages = pages();
    double alpha = alpha();
    int requests = requests();
    Zipf zipf = new Zipf(pages, alpha, new SplittableRandom(seed()));
    Trace.Builder trace = new Trace.Builder();
    long scanned = pages;
    long period = (SCAN_INTERVAL + 1L) * pages;
    for (int i = 0; i < requests; i++) {
      boolean isScan = scans && i % period >= (long) SCAN_INTERVAL * pages;
      trace.add(isScan ? scanned++ : zipf.next());
    }
    return trace.build();
  }

  private int pages() {
    return (int) whole("the number of pages", 1, MOST_PAGES);
  }

  private int requests() {
    return (int) whole("the number of requests", 1, MOST_REQUESTS);
  }

  private long seed() {
    long seed = whole("the seed", Long.MIN_VALUE, Long.MAX_VALUE);
    end();
    return seed;
  }

  private void end() {
    if (part < parts.length) {
      throw wrong("there is more than that: '" + parts[part] + "'");
    }
  }

  private String take(String what) {
    if (part == parts.length) {
      throw wrong(what + " is missing");
    }
    return parts[part++];
  }

  private long whole(String what, long least, long most) {
    String written = take(what);
    try {
      long value = Long.parseLong(written);
      if (least <= value && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw wrong(what + " is no whole number: '" + written + "'", e);
    }
    throw wrong(what + " is " + written + "; allowed is " + least + " to " + most);
  }

  private double alpha() {
    String written = take("alpha");
    try {
      double value = Double.parseDouble(written);
      if (value >= 0 && value <= MOST_ALPHA) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw wrong("alpha is no number: '" + written + "'", e);
    }
    throw wrong("alpha is " + written + "; allowed is 0 to " + MOST_ALPHA);
  }

  private IllegalArgumentException wrong(String what) {
    return wrong(what, null);
  }

  private IllegalArgumentException wrong(String what, Exception cause) {
    return new IllegalArgumentException(
        "'" + text + "': " + what + "; write one of " + FORMS, cause);
  }

  /**
   * Numbers from 0 on of which the n-th is as frequent as n<sup>-α</sup>, by rejection from the
   * inverted integral: no table, and about one try. (W. Hörmann and G. Derflinger,
   * "Rejection-inversion to generate variates from monotone discrete distributions", ACM TOMACS
   * 6(3), 1996.)
   */
  private static final class Zipf {

    private final int count;
    private final double alpha;
    private final SplittableRandom random;
    private final double lowest;
    private final double highest;
    private final double sure;

    Zipf(int count, double alpha, SplittableRandom random) {
      this.count = count;
      this.alpha = alpha;
      this.random = random;
      this.lowest = integral(1.5) - 1;
      this.highest = integral(count + 0.5);
      this.sure = 2 - inverse(integral(2.5) - Math.pow(2, -alpha));
    }

    /** From 1 to x of x^-α. */
    private double integral(double x) {
      double log = Math.log(x);
      double exponent = (1 - alpha) * log;
      return Math.abs(exponent) < 1e-8
          ? log * (1 + exponent / 2)
          : Math.expm1(exponent) / (1 - alpha);
    }

    private double inverse(double area) {
      double t = Math.max(-1, area * (1 - alpha));
      double log = Math.abs(t) < 1e-8 ? area * (1 - t / 2) : Math.log1p(t) / (1 - alpha);
      return Math.exp(log);
    }

    int next() {
      while (true) {
        double area = highest + random.nextDouble() * (lowest - highest);
        double x = inverse(area);
        int k = Math.clamp((long) (x + 0.5), 1, count);
        if (k - x <= sure || area >= integral(k + 0.5) - Math.pow(k, -alpha)) {
          return k - 1;
        }
      }
    }
  }
}
