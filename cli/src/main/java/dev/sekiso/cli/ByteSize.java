package dev.sekiso.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of bytes as written: {@code 4096}, {@code 4k}, {@code 64m}, {@code 1GiB}. */
record ByteSize(long bytes) {

  private static final Pattern WRITTEN =
      Pattern.compile("(\\d+)\\s*([kmgt]?)(?:i?b)?", Pattern.CASE_INSENSITIVE);
  private static final String SUFFIXES = "kmgt";
  private static final int BITS_PER_SUFFIX = 10;

  /** For people: the largest unit that leaves at least one, with one digit behind the point. */
  static String text(long bytes) {
    double value = bytes;
    int suffix = -1;
    while (value >= 1 << BITS_PER_SUFFIX && suffix < SUFFIXES.length() - 1) {
      value /= 1 << BITS_PER_SUFFIX;
      suffix++;
    }
    return suffix < 0
        ? Long.toString(bytes)
        : String.format(
            Locale.ROOT, "%.1f%s", value, SUFFIXES.toUpperCase(Locale.ROOT).charAt(suffix));
  }

  /** Reads sizes from the command line. */
  static final class Converter implements ITypeConverter<ByteSize> {

    @Override
    public ByteSize convert(String text) {
      Matcher matcher = WRITTEN.matcher(text.strip());
      if (!matcher.matches()) {
        throw new TypeConversionException(
            "'" + text + "' is no size; write bytes, or a number with k, m, g or t, as in 64m");
      }
      String suffix = matcher.group(2).toLowerCase(Locale.ROOT);
      int shift = suffix.isEmpty() ? 0 : (SUFFIXES.indexOf(suffix) + 1) * BITS_PER_SUFFIX;
      try {
        return new ByteSize(Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << shift));
      } catch (ArithmeticException | NumberFormatException e) {
        throw new TypeConversionException("'" + text + "' is more bytes than there can be");
      }
    }
  }
}
