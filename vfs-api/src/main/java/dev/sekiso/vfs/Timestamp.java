package dev.sekiso.vfs;

/**
 * A file time.
 *
 * @param seconds since 1970-01-01T00:00:00Z, negative before
 * @param nanos 0 to 999,999,999
 */
public record Timestamp(long seconds, int nanos) implements Comparable<Timestamp> {

  public Timestamp {
    if (nanos < 0 || nanos > 999_999_999) {
      throw new IllegalArgumentException("nanoseconds out of range: " + nanos);
    }
  }

  /** From nanoseconds since 1970. */
  public static Timestamp ofNanos(long nanos) {
    return new Timestamp(
        Math.floorDiv(nanos, 1_000_000_000L), (int) Math.floorMod(nanos, 1_000_000_000L));
  }

  /** Whether it is that many nanoseconds since 1970; allocates nothing. */
  boolean isAt(long nanosSince1970) {
    return seconds * 1_000_000_000L + nanos == nanosSince1970;
  }

  @Override
  public int compareTo(Timestamp other) {
    int bySeconds = Long.compare(seconds, other.seconds);
    return bySeconds != 0 ? bySeconds : Integer.compare(nanos, other.nanos);
  }
}
