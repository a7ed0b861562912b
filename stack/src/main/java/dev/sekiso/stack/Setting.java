package dev.sekiso.stack;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One thing that can be set: a key of a stack or a parameter of a device or policy. It knows its
 * type, range, default and meaning, so that help, documentation and error messages all come from
 * one place.
 *
 * <p>Made by the static methods, one per type. Values are texts everywhere; {@link Values} gives
 * them their type. Sizes take the suffixes k, m, g, t (powers of 1024); durations ns, us, ms, s,
 * min; switches true, false, on, off, yes, no, 1, 0.
 */
public final class Setting {

  /** The type of a value. */
  public enum Kind {
    /** A whole number. */
    INTEGER,
    /** Bytes. */
    SIZE,
    /** Nanoseconds. */
    DURATION,
    /** A number with a fraction. */
    DECIMAL,
    /** On or off. */
    SWITCH,
    /** One of a list. */
    WORD,
    /** Any text. */
    TEXT
  }

  /** Whether a value can be changed on a running stack. */
  public enum Change {
    WHEN_BUILT,
    LIVE
  }

  private static final Pattern SIZE = Pattern.compile("(\\d+)([kmgt]?)(?:i?b)?");
  private static final Pattern DURATION = Pattern.compile("(\\d+(?:\\.\\d+)?)(ns|us|ms|s|min)");
  private static final List<String> YES = List.of("true", "on", "yes", "1");
  private static final List<String> NO = List.of("false", "off", "no", "0");

  private final String name;
  private final Kind kind;
  private final String defaultValue;
  private final long least;
  private final long most;
  private final List<String> words;
  private final String unit;
  private final String description;
  private final Change change;

  private Setting(
      String name,
      Kind kind,
      String defaultValue,
      long least,
      long most,
      List<String> words,
      String unit,
      String description,
      Change change) {
    this.name = Objects.requireNonNull(name, "name");
    this.kind = kind;
    this.defaultValue = Objects.requireNonNull(defaultValue, "defaultValue");
    this.least = least;
    this.most = most;
    this.words = words;
    this.unit = unit;
    this.description = description;
    this.change = change;
    if (!defaultValue.isEmpty()) {
      check(defaultValue);
    }
  }

  /** A whole number from {@code least} to {@code most}. An empty default means "not set". */
  public static Setting integer(
      String name, String defaultValue, long least, long most, String unit, String description) {
    return new Setting(
        name,
        Kind.INTEGER,
        defaultValue,
        least,
        most,
        List.of(),
        unit,
        description,
        Change.WHEN_BUILT);
  }

  /** A number of bytes from {@code least} to {@code most}. */
  public static Setting size(
      String name, String defaultValue, long least, long most, String description) {
    return new Setting(
        name,
        Kind.SIZE,
        defaultValue,
        least,
        most,
        List.of(),
        "bytes",
        description,
        Change.WHEN_BUILT);
  }

  /** A time from {@code leastNanos} to {@code mostNanos}. */
  public static Setting duration(
      String name, String defaultValue, long leastNanos, long mostNanos, String description) {
    return new Setting(
        name,
        Kind.DURATION,
        defaultValue,
        leastNanos,
        mostNanos,
        List.of(),
        "time",
        description,
        Change.WHEN_BUILT);
  }

  /** A number with a fraction from {@code least} to {@code most}. */
  public static Setting decimal(
      String name, String defaultValue, long least, long most, String unit, String description) {
    return new Setting(
        name,
        Kind.DECIMAL,
        defaultValue,
        least,
        most,
        List.of(),
        unit,
        description,
        Change.WHEN_BUILT);
  }

  /** On or off. */
  public static Setting onOff(String name, String defaultValue, String description) {
    return new Setting(
        name, Kind.SWITCH, defaultValue, 0, 1, List.of(), "", description, Change.WHEN_BUILT);
  }

  /** One of the words. */
  public static Setting word(
      String name, String defaultValue, List<String> words, String description) {
    return new Setting(
        name,
        Kind.WORD,
        defaultValue,
        0,
        0,
        List.copyOf(words),
        "",
        description,
        Change.WHEN_BUILT);
  }

  /** Any text. */
  public static Setting text(String name, String defaultValue, String description) {
    return new Setting(
        name, Kind.TEXT, defaultValue, 0, 0, List.of(), "", description, Change.WHEN_BUILT);
  }

  /** The same, changeable on a running stack. */
  public Setting live() {
    return new Setting(
        name, kind, defaultValue, least, most, words, unit, description, Change.LIVE);
  }

  public String name() {
    return name;
  }

  public Kind kind() {
    return kind;
  }

  /** The value when nobody sets it; empty for "not set". */
  public String defaultValue() {
    return defaultValue;
  }

  /** What a plain number counts; empty where that makes no sense. */
  public String unit() {
    return unit;
  }

  public String description() {
    return description;
  }

  public Change change() {
    return change;
  }

  /** What values are allowed, for people: {@code "0 to 100"}, {@code "one of a, b"}. */
  public String range() {
    return switch (kind) {
      case INTEGER, DECIMAL -> {
        if (most < Long.MAX_VALUE) {
          yield least + " to " + most;
        }
        yield least == Long.MIN_VALUE ? "any number" : least + " or more";
      }
      case SIZE ->
          most == Long.MAX_VALUE
              ? Quantities.size(least) + " or more"
              : Quantities.size(least) + " to " + Quantities.size(most);
      case DURATION ->
          most == Long.MAX_VALUE
              ? Quantities.duration(least) + " or more"
              : Quantities.duration(least) + " to " + Quantities.duration(most);
      case SWITCH -> "true or false";
      case WORD -> "one of " + String.join(", ", words);
      case TEXT -> "any text";
    };
  }

  /**
   * Checks a value.
   *
   * @throws ConfigurationException naming key, value and range
   */
  void check(String value) {
    switch (kind) {
      case INTEGER, SIZE, DURATION -> number(value);
      case DECIMAL -> decimal(value);
      case SWITCH -> isOn(value);
      case WORD -> {
        if (!words.contains(value)) {
          throw wrong(value, Nearest.hint(value, words));
        }
      }
      case TEXT -> {}
    }
  }

  /** The value of an INTEGER, SIZE (bytes) or DURATION (nanoseconds). */
  long number(String value) {
    long number;
    try {
      number =
          switch (kind) {
            case INTEGER -> Long.parseLong(value);
            case SIZE -> parseSize(value);
            case DURATION -> parseDuration(value);
            default -> throw new IllegalStateException(name + " is not a number");
          };
    } catch (ArithmeticException | NumberFormatException e) {
      throw wrong(value, "");
    }
    if (number < least || number > most) {
      throw wrong(value, "");
    }
    return number;
  }

  double decimal(String value) {
    double number;
    try {
      number = Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw wrong(value, "");
    }
    if (!(number >= least && number <= most)) {
      throw wrong(value, "");
    }
    return number;
  }

  boolean isOn(String value) {
    String word = value.toLowerCase(Locale.ROOT);
    if (YES.contains(word)) {
      return true;
    }
    if (NO.contains(word)) {
      return false;
    }
    throw wrong(value, "");
  }

  private static long parseSize(String value) {
    Matcher matcher = SIZE.matcher(value.toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new NumberFormatException(value);
    }
    int shift =
        switch (matcher.group(2)) {
          case "k" -> 10;
          case "m" -> 20;
          case "g" -> 30;
          case "t" -> 40;
          default -> 0;
        };
    return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << shift);
  }

  private static long parseDuration(String value) {
    if (value.equals("0")) {
      return 0;
    }
    Matcher matcher = DURATION.matcher(value.toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new NumberFormatException(value);
    }
    long nanos =
        switch (matcher.group(2)) {
          case "us" -> 1_000L;
          case "ms" -> 1_000_000L;
          case "s" -> 1_000_000_000L;
          case "min" -> 60_000_000_000L;
          default -> 1L;
        };
    return new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(nanos)).longValueExact();
  }

  private ConfigurationException wrong(String value, String hint) {
    String example =
        switch (kind) {
          case SIZE -> ", as in 64m";
          case DURATION -> ", as in 10ms";
          case INTEGER -> unit.isEmpty() ? "" : " " + unit;
          default -> "";
        };
    return new ConfigurationException(
        "'" + value + "' is no value for " + name + ": allowed is " + range() + example + hint);
  }

  @Override
  public String toString() {
    return name;
  }
}
