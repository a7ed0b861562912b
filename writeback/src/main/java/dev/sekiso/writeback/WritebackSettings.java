package dev.sekiso.writeback;

import dev.sekiso.pagecache.PageCache;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The settings of {@code /proc/sys/vm} that govern writeback, with the kernel's names, defaults and
 * limits. Immutable; {@link Writeback#configure} puts another in force on a live layer.
 *
 * <p>A ratio and its bytes exclude each other: setting one sets the other to 0.
 *
 * @param dirtyBackgroundRatio percent of dirtyable memory from which flushers write on their own; 0
 *     to 100
 * @param dirtyBackgroundBytes the same in bytes, 0 when the ratio counts
 * @param dirtyRatio percent of dirtyable memory that may be dirty at most; 0 to 100
 * @param dirtyBytes the same in bytes, 0 when the ratio counts, else at least two pages
 * @param dirtyWritebackCentisecs hundredths of a second between a flusher's rounds; 0 for none
 * @param dirtyExpireCentisecs hundredths of a second an inode may be dirty before a round writes it
 * @param dirtytimeExpireSeconds seconds a time stamp may wait to be written under lazytime
 * @param laptopMode seconds after a read until everything is written, so that the disk can rest; 0
 *     for off
 */
public record WritebackSettings(
    int dirtyBackgroundRatio,
    long dirtyBackgroundBytes,
    int dirtyRatio,
    long dirtyBytes,
    int dirtyWritebackCentisecs,
    int dirtyExpireCentisecs,
    int dirtytimeExpireSeconds,
    int laptopMode) {

  /** What a Linux kernel starts with. */
  public static final WritebackSettings DEFAULT =
      new WritebackSettings(10, 0, 20, 0, 500, 3000, 12 * 60 * 60, 0);

  private static final long NANOS_PER_CENTISECOND = 10_000_000L;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  public WritebackSettings {
    checkRange("dirty_background_ratio", dirtyBackgroundRatio, 0, 100);
    checkRange("dirty_ratio", dirtyRatio, 0, 100);
    checkRange("dirty_background_bytes", dirtyBackgroundBytes, 0, Long.MAX_VALUE);
    checkRange("dirty_bytes", dirtyBytes, 0, Long.MAX_VALUE);
    if (dirtyBytes != 0) {
      checkRange("dirty_bytes", dirtyBytes, 2L * PageCache.PAGE_SIZE, Long.MAX_VALUE);
    }
    checkRange("dirty_writeback_centisecs", dirtyWritebackCentisecs, 0, Integer.MAX_VALUE);
    checkRange("dirty_expire_centisecs", dirtyExpireCentisecs, 0, Integer.MAX_VALUE);
    checkRange("dirtytime_expire_seconds", dirtytimeExpireSeconds, 0, Integer.MAX_VALUE);
    checkRange("laptop_mode", laptopMode, 0, Integer.MAX_VALUE);
  }

  /**
   * These settings with one changed.
   *
   * @param name the kernel's, such as {@code "dirty_ratio"}
   * @throws IllegalArgumentException for an unknown name or a value out of range
   */
  public WritebackSettings with(String name, long value) {
    return switch (name) {
      case "dirty_background_ratio" -> withBackground(toInt(name, value), 0);
      case "dirty_background_bytes" ->
          withBackground(0, checkRange(name, value, 1, Long.MAX_VALUE));
      case "dirty_ratio" -> withLimit(toInt(name, value), 0);
      case "dirty_bytes" ->
          withLimit(0, checkRange(name, value, 2L * PageCache.PAGE_SIZE, Long.MAX_VALUE));
      case "dirty_writeback_centisecs" ->
          withTimes(toInt(name, value), dirtyExpireCentisecs, dirtytimeExpireSeconds, laptopMode);
      case "dirty_expire_centisecs" ->
          withTimes(
              dirtyWritebackCentisecs, toInt(name, value), dirtytimeExpireSeconds, laptopMode);
      case "dirtytime_expire_seconds" ->
          withTimes(dirtyWritebackCentisecs, dirtyExpireCentisecs, toInt(name, value), laptopMode);
      case "laptop_mode" ->
          withTimes(
              dirtyWritebackCentisecs,
              dirtyExpireCentisecs,
              dirtytimeExpireSeconds,
              toInt(name, value));
      default ->
          throw new IllegalArgumentException(
              "no writeback setting is called '" + name + "'; there are " + asMap().keySet());
    };
  }

  /** Every setting by the kernel's name, in the order of {@code /proc/sys/vm}. */
  public Map<String, Long> asMap() {
    Map<String, Long> map = new LinkedHashMap<>();
    map.put("dirty_background_bytes", dirtyBackgroundBytes);
    map.put("dirty_background_ratio", (long) dirtyBackgroundRatio);
    map.put("dirty_bytes", dirtyBytes);
    map.put("dirty_expire_centisecs", (long) dirtyExpireCentisecs);
    map.put("dirty_ratio", (long) dirtyRatio);
    map.put("dirty_writeback_centisecs", (long) dirtyWritebackCentisecs);
    map.put("dirtytime_expire_seconds", (long) dirtytimeExpireSeconds);
    map.put("laptop_mode", (long) laptopMode);
    return map;
  }

  /** Nanoseconds between a flusher's rounds; 0 for none. */
  public long writebackIntervalNanos() {
    return dirtyWritebackCentisecs * NANOS_PER_CENTISECOND;
  }

  /** Nanoseconds an inode may be dirty. */
  public long expiryNanos() {
    return dirtyExpireCentisecs * NANOS_PER_CENTISECOND;
  }

  /** Nanoseconds a time stamp may wait. */
  public long timeExpiryNanos() {
    return dirtytimeExpireSeconds * NANOS_PER_SECOND;
  }

  /** Nanoseconds from a read to writing everything; 0 when laptop mode is off. */
  public long laptopModeNanos() {
    return laptopMode * NANOS_PER_SECOND;
  }

  private WritebackSettings withBackground(int ratio, long bytes) {
    return new WritebackSettings(
        ratio,
        bytes,
        dirtyRatio,
        dirtyBytes,
        dirtyWritebackCentisecs,
        dirtyExpireCentisecs,
        dirtytimeExpireSeconds,
        laptopMode);
  }

  private WritebackSettings withLimit(int ratio, long bytes) {
    return new WritebackSettings(
        dirtyBackgroundRatio,
        dirtyBackgroundBytes,
        ratio,
        bytes,
        dirtyWritebackCentisecs,
        dirtyExpireCentisecs,
        dirtytimeExpireSeconds,
        laptopMode);
  }

  private WritebackSettings withTimes(int interval, int expiry, int timeExpiry, int laptop) {
    return new WritebackSettings(
        dirtyBackgroundRatio,
        dirtyBackgroundBytes,
        dirtyRatio,
        dirtyBytes,
        interval,
        expiry,
        timeExpiry,
        laptop);
  }

  private static int toInt(String name, long value) {
    return (int) checkRange(name, value, 0, Integer.MAX_VALUE);
  }

  private static long checkRange(String name, long value, long lowest, long highest) {
    if (value < lowest || value > highest) {
      throw new IllegalArgumentException(
          name + " must be from " + lowest + " to " + highest + ", not " + value);
    }
    return value;
  }
}
