package dev.sekiso.lab.job;

import java.util.Locale;
import java.util.Map;

/** Numbers with units, as fio writes them. */
final class Quantity {

  private static final Map<String, Long> SIZES =
      Map.ofEntries(
          Map.entry("", 1L),
          Map.entry("b", 1L),
          Map.entry("k", 1L << 10),
          Map.entry("kb", 1L << 10),
          Map.entry("kib", 1L << 10),
          Map.entry("m", 1L << 20),
          Map.entry("mb", 1L << 20),
          Map.entry("mib", 1L << 20),
          Map.entry("g", 1L << 30),
          Map.entry("gb", 1L << 30),
          Map.entry("gib", 1L << 30),
          Map.entry("t", 1L << 40),
          Map.entry("tb", 1L << 40),
          Map.entry("tib", 1L << 40));

  private static final Map<String, Long> TIMES =
      Map.of(
          "us", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L,
          "d", 86_400_000_000_000L);

  private Quantity() {}

  /** Bytes: {@code 4k}, {@code 1.5g}, {@code 512}; k, m, g, t are powers of 1024 as in fio. */
  static long bytes(String text) {
    return parse(text, SIZES, "", "a size such as 4k, 128m or 1g");
  }

  /**
   * Nanoseconds: {@code 500ms}, {@code 2m}.
   *
   * @param defaultUnit the unit of a number without one
   */
  static long nanos(String text, String defaultUnit) {
    return parse(text, TIMES, defaultUnit, "a time such as 500ms, 30 or 2m");
  }

  private static long parse(
      String text, Map<String, Long> units, String defaultUnit, String expected) {
    String value = text.trim().toLowerCase(Locale.ROOT);
    int split = 0;
    while (split < value.length()
        && (Character.isDigit(value.charAt(split)) || value.charAt(split) == '.')) {
      split++;
    }
    String unit = value.substring(split).trim();
    Long factor = units.get(unit.isEmpty() ? defaultUnit : unit);
    try {
      if (factor == null || split == 0) {
        throw new NumberFormatException(text);
      }
      String number = value.substring(0, split);
      return number.indexOf('.') < 0
          ? Math.multiplyExact(Long.parseLong(number), factor)
          : Math.round(Double.parseDouble(number) * factor);
    } catch (NumberFormatException | ArithmeticException e) {
      throw new IllegalArgumentException("'" + text + "' is not " + expected, e);
    }
  }
}
