package dev.sekiso.blockdev.driver;

import java.util.concurrent.TimeUnit;

/**
 * The numbers of a hard disk, for {@link SimDriver}.
 *
 * <p>How they become time: the platter turns all the while; a seek over a fraction x of all
 * cylinders takes {@code switch + (fullStroke − switch) × √x} (the square-root form of Ruemmler and
 * Wilkes, "An introduction to disk drive modeling", IEEE Computer 27(3), 1994); then the first
 * sector has to come round; tracks follow each other with a skew that just hides a switch.
 * Recording density falls in equal steps over the zones from the outer to the inner edge.
 *
 * @param sectors capacity of the real disk in sectors; a larger device gets more tracks, a smaller
 *     one is the first part of it
 * @param rpm revolutions per minute
 * @param heads surfaces
 * @param zones recording zones
 * @param outerBytesPerSecond rate under the head in the outermost zone
 * @param innerBytesPerSecond rate under the head in the innermost zone
 * @param switchNanos to the next track or head, settling included
 * @param fullStrokeNanos from edge to edge, settling included
 * @param writeSettleNanos additional settling before a write
 * @param commandNanos from command to motion
 * @param linkBytesPerSecond buffer to host
 * @param cacheBytes buffer for writes and for reading ahead
 * @param readAheadBytes how far the disk reads on by itself after a read
 * @param queueDepth commands the disk chooses among
 * @param patienceNanos age at which a command is served before nearer ones
 */
public record HddModel(
    long sectors,
    int rpm,
    int heads,
    int zones,
    long outerBytesPerSecond,
    long innerBytesPerSecond,
    long switchNanos,
    long fullStrokeNanos,
    long writeSettleNanos,
    long commandNanos,
    long linkBytesPerSecond,
    long cacheBytes,
    long readAheadBytes,
    int queueDepth,
    long patienceNanos) {

  /**
   * A Hitachi Deskstar 7K500 of 500 GB with Serial ATA, a desktop disk of 2005.
   *
   * <ul>
   *   <li>From "Deskstar 7K500 and Deskstar E7K500 Hard Disk Drive Specification", §4.4.4 table 10:
   *       30 zones, 76.3 MB/s in zone 0 and 36.5 MB/s in zone 29 under the head, 300 MB/s to the
   *       host; and the definition of the sustained rate (64.8 and 31.0 MB/s), which gives the
   *       switch time: one revolution × (76.3 / 64.8 − 1) = 1.48 ms.
   *   <li>From the same, §4.4.5 table 12: 4096 random reads take 55.5 s, 105 % of the calculated
   *       time; less average seek and latency 0.22 ms a command remain.
   *   <li>7200 rpm, 5 disks (10 heads), 16 MB of buffer, average read seek 8.5 ms, native command
   *       queueing (32 commands): Hitachi's data, in The Tech Report's review of 12 September 2005.
   *   <li>Full stroke 14.6 ms: what the square-root form needs for an average of 8.5 ms, as the
   *       mean of √x over random pairs is 8/15.
   *   <li>Writes settle 1 ms longer: average seeks of 9.5 against 8.5 ms, "Deskstar 7K1000.C"
   *       specification, table 9.
   *   <li>Of their own making: reading on for 1 MiB, and the patience of 1 s.
   * </ul>
   */
  public static final HddModel DESKSTAR_7K500 =
      new HddModel(
          976_773_168,
          7200,
          10,
          30,
          76_300_000,
          36_500_000,
          TimeUnit.MICROSECONDS.toNanos(1480),
          TimeUnit.MICROSECONDS.toNanos(14_640),
          TimeUnit.MILLISECONDS.toNanos(1),
          TimeUnit.MICROSECONDS.toNanos(220),
          300_000_000,
          16L << 20,
          1L << 20,
          32,
          TimeUnit.SECONDS.toNanos(1));

  public HddModel {
    if (sectors <= 0
        || rpm <= 0
        || heads <= 0
        || zones <= 0
        || innerBytesPerSecond <= 0
        || outerBytesPerSecond < innerBytesPerSecond
        || switchNanos < 0
        || fullStrokeNanos < switchNanos
        || linkBytesPerSecond <= 0
        || cacheBytes <= 0
        || queueDepth < 1) {
      throw new IllegalArgumentException(
          "no disk can be like this: it needs positive sizes and rates, the outer edge no slower"
              + " than the inner, a full stroke no shorter than a switch");
    }
  }

  /** One revolution. */
  public long revolutionNanos() {
    return TimeUnit.MINUTES.toNanos(1) / rpm;
  }
}
