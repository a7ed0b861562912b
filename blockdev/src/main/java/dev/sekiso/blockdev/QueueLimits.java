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

  public QueueLimits {
    requirePowerOfTwo("logicalBlockSize", logicalBlockSize, Bio.SECTOR_SIZE);
    requirePowerOfTwo("physicalBlockSize", physicalBlockSize, logicalBlockSize);
    requirePowerOfTwo("dmaAlignment", dmaAlignment, 1);
    require(
        maxSectors >= logicalBlockSize >> Bio.SECTOR_SHIFT,
        "maxSectors " + maxSectors + " holds less than one logical block");
    require(maxSegments >= 1, "maxSegments " + maxSegments + " is below 1");
    require(
        maxSegmentSize >= logicalBlockSize,
        "maxSegmentSize " + maxSegmentSize + " holds less than one logical block");
    require(
        Long.bitCount(segmentBoundaryMask + 1) <= 1
            && Long.compareUnsigned(segmentBoundaryMask, logicalBlockSize - 1L) >= 0,
        "segmentBoundaryMask 0x%x is not a power of two, less one, of at least a logical block"
            .formatted(segmentBoundaryMask));
    require(queueDepth >= 1, "queueDepth " + queueDepth + " is below 1");
    require(readaheadBytes >= 0, "readaheadBytes " + readaheadBytes + " is negative");
    require(
        ioOptimal >= 0 && ioOptimal <= Integer.MAX_VALUE / 2,
        "ioOptimal " + ioOptimal + " is negative or larger than 1 GiB");
  }

  public QueueLimits withBlockSizes(int logical, int physical) {
    return new QueueLimits(
        logical,
        physical,
        maxSectors,
        maxSegments,
        maxSegmentSize,
        segmentBoundaryMask,
        dmaAlignment,
        ioOptimal,
        queueDepth,
        readaheadBytes,
        volatileWriteCache,
        forceUnitAccess,
        discard,
        rotational);
  }

  public QueueLimits withMaxSectors(int sectors) {
    return new QueueLimits(
        logicalBlockSize,
        physicalBlockSize,
        sectors,
        maxSegments,
        maxSegmentSize,
        segmentBoundaryMask,
        dmaAlignment,
        ioOptimal,
        queueDepth,
        readaheadBytes,
        volatileWriteCache,
        forceUnitAccess,
        discard,
        rotational);
  }

  /**
   * Other limits on the pieces of memory: how many, how long, which boundary they must not cross.
   */
  public QueueLimits withSegments(int count, int size, long boundaryMask) {
    return new QueueLimits(
        logicalBlockSize,
        physicalBlockSize,
        maxSectors,
        count,
        size,
        boundaryMask,
        dmaAlignment,
        ioOptimal,
        queueDepth,
        readaheadBytes,
        volatileWriteCache,
        forceUnitAccess,
        discard,
        rotational);
  }

  public QueueLimits withDmaAlignment(int bytes) {
    return new QueueLimits(
        logicalBlockSize,
        physicalBlockSize,
        maxSectors,
        maxSegments,
        maxSegmentSize,
        segmentBoundaryMask,
        bytes,
        ioOptimal,
        queueDepth,
        readaheadBytes,
        volatileWriteCache,
        forceUnitAccess,
        discard,
        rotational);
  }

  public QueueLimits withQueueDepth(int depth) {
    return new QueueLimits(
        logicalBlockSize,
        physicalBlockSize,
        maxSectors,
        maxSegments,
        maxSegmentSize,
        segmentBoundaryMask,
        dmaAlignment,
        ioOptimal,
        depth,
        readaheadBytes,
        volatileWriteCache,
        forceUnitAccess,
        discard,
        rotational);
  }

  public QueueLimits withReadahead(int bytes) {
    return new QueueLimits(
        logicalBlockSize,
        physicalBlockSize,
        maxSectors,
        maxSegments,
        maxSegmentSize,
        segmentBoundaryMask,
        dmaAlignment,
        ioOptimal,
        queueDepth,
        bytes,
        volatileWriteCache,
        forceUnitAccess,
        discard,
        rotational);
  }

  /**
   * Another preferred I/O size, and as much readahead as it takes to keep the device busy with it:
   * twice that, or more if there was more ({@code blk_apply_bdi_limits}).
   */
  public QueueLimits withOptimalIo(int bytes) {
    return new QueueLimits(
        logicalBlockSize,
        physicalBlockSize,
        maxSectors,
        maxSegments,
        maxSegmentSize,
        segmentBoundaryMask,
        dmaAlignment,
        bytes,
        queueDepth,
        Math.max(2 * bytes, readaheadBytes),
        volatileWriteCache,
        forceUnitAccess,
        discard,
        rotational);
  }

  /** Another write cache: whether there is a volatile one, and whether writes can go past it. */
  public QueueLimits withWriteCache(boolean isVolatile, boolean hasForceUnitAccess) {
    return new QueueLimits(
        logicalBlockSize,
        physicalBlockSize,
        maxSectors,
        maxSegments,
        maxSegmentSize,
        segmentBoundaryMask,
        dmaAlignment,
        ioOptimal,
        queueDepth,
        readaheadBytes,
        isVolatile,
        hasForceUnitAccess,
        discard,
        rotational);
  }

  public QueueLimits withDiscard(boolean supported) {
    return new QueueLimits(
        logicalBlockSize,
        physicalBlockSize,
        maxSectors,
        maxSegments,
        maxSegmentSize,
        segmentBoundaryMask,
        dmaAlignment,
        ioOptimal,
        queueDepth,
        readaheadBytes,
        volatileWriteCache,
        forceUnitAccess,
        supported,
        rotational);
  }

  public QueueLimits withRotational(boolean isRotational) {
    return new QueueLimits(
        logicalBlockSize,
        physicalBlockSize,
        maxSectors,
        maxSegments,
        maxSegmentSize,
        segmentBoundaryMask,
        dmaAlignment,
        ioOptimal,
        queueDepth,
        readaheadBytes,
        volatileWriteCache,
        forceUnitAccess,
        discard,
        isRotational);
  }

  private static void requirePowerOfTwo(String name, int value, int least) {
    require(
        value >= least && Integer.bitCount(value) == 1,
        name + " " + value + " is not a power of two of at least " + least);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
