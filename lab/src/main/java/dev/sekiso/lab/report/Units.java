package dev.sekiso.lab.report;

import java.util.Locale;

/** Numbers as people read them. */
public final class Units {

  private static final String[] BINARY = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  private static final String[] DECIMAL = {"B", "kB", "MB", "GB", "TB", "PB"};
  private static final String[] COUNT = {"", "k", "M", "G", "T"};
  private static final String[] DURATIONS = {"ns", "us", "ms", "s"};
  private static final double NANOS = 1e9;
  private static final int NANOS_PER_MICROSECOND = 1_000;
  private static final int NANOS_PER_MILLISECOND = 1_000_000;

  /** Up to four digits are written out, as fio does. */
  private static final int FOUR_DIGITS = 10_000;

  private Units() {}

  /** An amount over a time, per second; 0 over no time. */
  public static double perSecond(long amount, long nanos) {
    return nanos == 0 ? 0 : amount * NANOS / nanos;
  }

  /** Bytes with their unit, in powers of 1024. */
  public static String bytes(double value) {
    return scaled(value, 1024, FOUR_DIGITS, BINARY);
  }

  /** Bytes with their unit, in powers of 1000. */
  public static String decimalBytes(double value) {
    return scaled(value, 1000, FOUR_DIGITS, DECIMAL);
  }

  /** A number with k, M, G or T, in powers of 1000. */
  public static String count(double value) {
    return scaled(value, 1000, FOUR_DIGITS, COUNT);
  }

  /** A time as fio writes it: with the unit that leaves four digits or more. */
  public static String time(long nanos) {
    return timeRange(nanos, nanos).replaceFirst("^.*-", "");
  }

  /** Two times with one unit, that in which the shorter is readable: {@code 110-250msec}. */
  static String timeRange(long least, long most) {
    if (least < 10_000) {
      return least + "-" + most + "nsec";
    }
    long unit = least < 10_000_000 ? NANOS_PER_MICROSECOND : NANOS_PER_MILLISECOND;
    return least / unit + "-" + most / unit + (unit == NANOS_PER_MICROSECOND ? "usec" : "msec");
  }

  /** A time with three digits and its unit: ns, us, ms or s. */
  public static String duration(double nanos) {
    return scaled(nanos, 1000, 1000, DURATIONS);
  }

  /**
   * @param limit from which on the next unit is taken
   */
  private static String scaled(double value, int step, int limit, String[] units) {
    double rest = value;
    int unit = 0;
    while (rest >= limit && unit < units.length - 1) {
      rest /= step;
      unit++;
    }
    String digits =
        rest >= 100 || (unit == 0 && rest == Math.rint(rest))
            ? String.format(Locale.ROOT, "%.0f", rest)
            : String.format(Locale.ROOT, rest >= 10 ? "%.1f" : "%.2f", rest);
    return digits + units[unit];
  }

  /** The unit in which latencies are readable; fio's rule. */
  enum Scale {
    NSEC(1),
    USEC(NANOS_PER_MICROSECOND),
    MSEC(NANOS_PER_MILLISECOND);

    private static final int LEAST = 2000;
    private static final int MOST = 99_999;
    private static final int DEVIATION = 1000;

    private final double nanos;

    Scale(double nanos) {
      this.nanos = nanos;
    }

    /** The largest unit in which nothing that is told becomes too small to read. */
    static Scale of(double least, double most, double deviation) {
      Scale scale = NSEC;
      while (scale != MSEC
          && scale.in(least) > LEAST
          && scale.in(most) > MOST
          && scale.in(deviation) > DEVIATION) {
        scale = values()[scale.ordinal() + 1];
      }
      return scale;
    }

    String unit() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Nanoseconds in this unit. */
    double in(double value) {
      return value / nanos;
    }

    /** The value in this unit, cut to a whole number; from 100000 on in thousands. */
    String whole(double value) {
      long whole = (long) in(value);
      return whole < 100_000 ? Long.toString(whole) : whole / 1000 + "k";
    }
  }
}
