package dev.sekiso.lab.report;

import java.util.Locale;

/** Numbers as people read them. */
final class Units {

  private static final String[] BINARY = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  private static final String[] DECIMAL = {"B", "kB", "MB", "GB", "TB", "PB"};
  private static final String[] COUNT = {"", "k", "M", "G", "T"};
  private static final double NANOS = 1e9;

  private Units() {}

  static double perSecond(long amount, long nanos) {
    return nanos == 0 ? 0 : amount * NANOS / nanos;
  }

  static String bytes(double value) {
    return scaled(value, 1024, BINARY);
  }

  static String decimalBytes(double value) {
    return scaled(value, 1000, DECIMAL);
  }

  static String count(double value) {
    return scaled(value, 1000, COUNT);
  }

  static String time(long nanos) {
    if (nanos < 10_000) {
      return nanos + "nsec";
    }
    return nanos < 10_000_000 ? nanos / 1000 + "usec" : nanos / 1_000_000 + "msec";
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
