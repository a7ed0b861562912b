package dev.sekiso.cli;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A time as written: {@code 250us}, {@code 50ms}, {@code 2s}, {@code 1.5m}. */
record TimeSpan(long nanos) {

  private static final Pattern WRITTEN = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*(ns|us|ms|s|m)");
  private static final Map<String, Long> UNITS =
      Map.of("ns", 1L, "us", 1_000L, "ms", 1_000_000L, "s", 1_000_000_000L, "m", 60_000_000_000L);

  /** Reads times from the command line. */
  static final class Converter implements ITypeConverter<TimeSpan> {

    @Override
    public TimeSpan convert(String text) {
      Matcher matcher = WRITTEN.matcher(text.strip());
      if (!matcher.matches()) {
        throw new TypeConversionException(
            "'" + text + "' is no time; write a number with ns, us, ms, s or m, as in 50ms");
      }
      double nanos = Double.parseDouble(matcher.group(1)) * UNITS.get(matcher.group(2));
      if (nanos < 1 || nanos >= Long.MAX_VALUE / 2.0) {
        throw new TypeConversionException("'" + text + "' is out of range; write 1ns or more");
      }
      return new TimeSpan((long) nanos);
    }
  }
}
