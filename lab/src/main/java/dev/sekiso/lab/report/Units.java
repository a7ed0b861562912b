package dev.sekiso.lab.report;

import java.util.Locale;

/** Numbers as people read them. */
public final class Units {

  private static final String[] BINARY = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  private static final String[] DECIMAL = {"B", "kB", "MB", "GB", "TB", "PB"};
  private static final String[] COUNT = {"", "k", "M", "G", "T"};
  private static final String[] DURATIONS = {"ns", "us", "ms", "s"};
  private static final double NANOS = 1e9;

  private Units() {}

  /** An amount over a time, per second; 0 over no time. */
  public static double perSecond(long amount, long nanos) {
    return nanos == 0 ? 0 : amount * NANOS / nanos;
  }

  /** Bytes with their unit, in powers of 1024. */
  public static String bytes(double value) {
    return scaled(value, 1024, BINARY);
  }

  /** Bytes with their unit, in powers of 1000. */
  public static String decimalBytes(double value) {
    return scaled(value, 1000, DECIMAL);
  }

  /** A number with k, M, G or T, in powers of 1000. */
  public static String count(double value) {
    return scaled(value, 1000, COUNT);
  }

  /** A time as fio writes it: with the unit that leaves four digits or more. */
  public static String time(long nanos) {
    if (nanos < 10_000) {
      return nanos + "nsec";
    }
    return nanos < 10_000_000 ? nanos / 1000 + "usec" : nanos / 1_000_000 + "msec";
  }

  /** A time with three digits and its unit: ns, us, ms or s. */
  public static String duration(double nanos) {
    return scaled(nanos, 1000, DURATIONS);
  }

  private static String scaled(double value, int step, String[] units) {
    double rest = value;
    int unit = 0;
    while (rest >= step && unit < units.length - 1) {
      rest /= step;
      unit++;
    }
    String digits =
        rest >= 100 || rest == Math.rint(rest)
            ? String.format(Locale.ROOT, "%.0f", rest)
            : String.format(Locale.ROOT, rest >= 10 ? "%.1f" : "%.2f", rest);
    return digits + units[unit];
  }

  /** The unit in which a histogram's values are readable. */
  enum Scale {
    NSEC(1),
    USEC(1_000),
    MSEC(1_000_000);

    private final double divisor;

    Scale(double divisor) {
      this.divisor = divisor;
    }

    /** The largest unit of which the mean has ten. */
    static Scale of(double meanNanos) {
      if (meanNanos >= 10 * MSEC.divisor) {
        return MSEC;
      }
      return meanNanos >= 10 * USEC.divisor ? USEC : NSEC;
    }

    String unit() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The value in this unit, with one digit behind the point unless that is 0. */
    String show(double nanos) {
      return String.format(Locale.ROOT, "%.1f", nanos / divisor).replaceAll("\\.0$", "");
    }
  }
}
