package dev.sekiso.blockdev;

/**
 * What a device can take in one request (the kernel's {@code struct queue_limits}).
 *
 * @param logicalBlockSize smallest addressable unit in bytes, a power of two from 512
 * @param physicalBlockSize unit written without read-modify-write, in bytes
 * @param maxSectors largest request in sectors ({@code max_sectors_kb} × 2)
 * @param maxSegments largest number of pieces of memory in a request
 * @param maxSegmentSize largest piece of memory in bytes
 * @param segmentBoundaryMask a piece of memory must not cross (mask + 1); all ones for none
 * @param dmaAlignment bytes at which direct I/O memory must be aligned, a power of two
 * @param ioOptimal preferred I/O size in bytes, 0 when the device has none
 * @param queueDepth requests in the driver at one time
 * @param readaheadBytes default maximum readahead for files on the device
 * @param volatileWriteCache whether completed writes need a flush to be durable
 * @param forceUnitAccess whether the device has a write that is durable on completion
 * @param discard whether discard is supported
 * @param rotational whether seeks cost time
 */
public record QueueLimits(
    int logicalBlockSize,
    int physicalBlockSize,
    int maxSectors,
    int maxSegments,
    int maxSegmentSize,
    long segmentBoundaryMask,
    int dmaAlignment,
    int ioOptimal,
    int queueDepth,
    int readaheadBytes,
    boolean volatileWriteCache,
    boolean forceUnitAccess,
    boolean discard,
    boolean rotational) {

  /**
   * The kernel's defaults for a plain device: 512-byte blocks, 1280 KiB requests of up to 128
   * pieces of 64 KiB, 128 KiB of readahead.
   */
  public static final QueueLimits DEFAULT =
      new QueueLimits(
          512, 512, 2560, 128, 65536, -1L, 512, 0, 128, 128 << 10, false, false, false, false);
}
