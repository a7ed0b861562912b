package dev.sekiso.blockdev.driver;

import java.util.concurrent.TimeUnit;

/**
 * The numbers of a solid-state disk, for {@link SimDriver}.
 *
 * <p>How they become time: a read goes to the dies its pages are on, which work at once; each die
 * reads one page at a time; pages of one channel's dies take turns on the channel, and all data
 * takes turns on the link to the host. A write is done when it is in the write buffer; from there
 * it goes, a program unit at a time, to the next die in turn, and its room in the buffer is free
 * when it is programmed. A flush programs what is left and waits for all of it.
 *
 * @param channels buses to the flash
 * @param diesPerChannel dies on each
 * @param pageBytes what is read or programmed at once
 * @param read4kFastNanos sensing up to 4 KiB, on a fast page
 * @param read4kSlowNanos the same on a slow page
 * @param readFastNanos sensing more of a fast page
 * @param readSlowNanos sensing more of a slow page
 * @param programNanos programming a page
 * @param channelBytesPerSecond rate of one channel
 * @param linkBytesPerSecond rate to the host
 * @param linkNanos link time per command besides its data
 * @param command4kNanos firmware's time for a read of up to 4 KiB
 * @param commandNanos firmware's time for a larger read
 * @param writeNanos firmware's time for a write
 * @param writePer4kNanos firmware's time for each 4 KiB of a write
 * @param bufferBytes write buffer
 * @param queueDepth commands at one time
 * @param forceUnitAccess whether the host uses FUA writes
 */
public record SsdModel(
    int channels,
    int diesPerChannel,
    int pageBytes,
    long read4kFastNanos,
    long read4kSlowNanos,
    long readFastNanos,
    long readSlowNanos,
    long programNanos,
    long channelBytesPerSecond,
    long linkBytesPerSecond,
    long linkNanos,
    long command4kNanos,
    long commandNanos,
    long writeNanos,
    long writePer4kNanos,
    long bufferBytes,
    int queueDepth,
    boolean forceUnitAccess) {

  /**
   * A Samsung 970 PRO, an NVMe disk of 2018: the parameters with which NVMeVirt reproduces it
   * (S.-H. Kim et al., "NVMeVirt: A Versatile Software-defined Virtual NVMe Device", FAST '23, and
   * its {@code ssd_config.h}, {@code SAMSUNG_970PRO}): 8 channels of 2 dies, pages of 32 KiB,
   * sensing 35.76 ± 6 µs for 4 KiB and 36.013 ± 6 µs for more (the two pages of a cell),
   * programming 185 µs, 800 MB/s a channel, 3360 MB/s to the host, firmware 21.5 µs and 30.49 µs a
   * read, 4 µs and 0.46 µs per 4 KiB a write, a write buffer of two pages per die. The queue is as
   * deep as Linux's driver makes it (1023), and its volatile cache and FUA are used.
   */
  public static final SsdModel NVME_970_PRO =
      new SsdModel(
          8,
          2,
          32 << 10,
          35_760 - 6_000,
          35_760 + 6_000,
          36_013 - 6_000,
          36_013 + 6_000,
          185_000,
          800_000_000,
          3_360_000_000L,
          0,
          21_500,
          30_490,
          4_000,
          460,
          8 * 2 * (32L << 10) * 2,
          1023,
          true);

  /**
   * A Samsung 850 PRO, a SATA disk of 2014. Its data sheet gives 550 MB/s, 10,000 reads and 36,000
   * writes of 4 KiB a second one at a time, 100,000 reads of 4 KiB a second 32 at a time. The
   * inside is the flash of MQSim (A. Tavakkol et al., FAST '18, {@code ssdconfig.xml}): 8 channels
   * of 333 MB/s with 4 chips of 2 dies, two planes of 8 KiB pages, sensing and programming 75 µs.
   * Derived: the link is taken 2.6 µs a command besides its data (10 µs in all for 4 KiB, from
   * 100,000 a second), a read's firmware has 2.7 µs (what is left of 100 µs), a write's 17.8 µs (of
   * 27.8 µs). The buffer is two program units a die, as in the NVMe model. Linux uses no FUA on
   * SATA, and 32 commands.
   */
  public static final SsdModel SATA_850_PRO =
      new SsdModel(
          8,
          8,
          16 << 10,
          75_000,
          75_000,
          75_000,
          75_000,
          75_000,
          333_000_000,
          550_000_000,
          2_600,
          2_700,
          2_700,
          17_800,
          0,
          8 * 8 * (16L << 10) * 2,
          32,
          false);

  public SsdModel {
    if (channels < 1
        || diesPerChannel < 1
        || pageBytes < 512
        || pageBytes % 512 != 0
        || channelBytesPerSecond <= 0
        || linkBytesPerSecond <= 0
        || bufferBytes < pageBytes
        || queueDepth < 1) {
      throw new IllegalArgumentException(
          "no disk can be like this: it needs dies, whole sectors to a page, positive rates, and"
              + " room for a page in its buffer");
    }
  }

  int dies() {
    return channels * diesPerChannel;
  }

  static long nanos(long bytes, long bytesPerSecond) {
    return bytes * TimeUnit.SECONDS.toNanos(1) / bytesPerSecond;
  }
}
