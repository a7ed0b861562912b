package dev.sekiso.stack;

/** Writes sizes and times the way they can be read back. */
final class Quantities {

  private static final String[] SIZE_SUFFIXES = {"", "k", "m", "g", "t"};

  private Quantities() {}

  /** The largest suffix that leaves a whole number: {@code 65536} is {@code 64k}. */
  static String size(long bytes) {
    long value = bytes;
    int suffix = 0;
    while (value != 0 && value % 1024 == 0 && suffix < SIZE_SUFFIXES.length - 1) {
      value /= 1024;
      suffix++;
    }
    return value + SIZE_SUFFIXES[suffix];
  }

  static String duration(long nanos) {
    if (nanos == 0) {
      return "0";
    }
    if (nanos % 1_000_000_000L == 0) {
      return nanos / 1_000_000_000L + "s";
    }
    if (nanos % 1_000_000L == 0) {
      return nanos / 1_000_000L + "ms";
    }
    return nanos % 1_000L == 0 ? nanos / 1_000L + "us" : nanos + "ns";
  }
}
