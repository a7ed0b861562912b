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
    Copy copy = new Copy(this);
    copy.logicalBlockSize = logical;
    copy.physicalBlockSize = physical;
    return copy.done();
  }

  public QueueLimits withMaxSectors(int sectors) {
    Copy copy = new Copy(this);
    copy.maxSectors = sectors;
    return copy.done();
  }

  /**
   * Other limits on the pieces of memory: how many, how long, which boundary they must not cross.
   */
  public QueueLimits withSegments(int count, int size, long boundaryMask) {
    Copy copy = new Copy(this);
    copy.maxSegments = count;
    copy.maxSegmentSize = size;
    copy.segmentBoundaryMask = boundaryMask;
    return copy.done();
  }

  public QueueLimits withDmaAlignment(int bytes) {
    Copy copy = new Copy(this);
    copy.dmaAlignment = bytes;
    return copy.done();
  }

  public QueueLimits withQueueDepth(int depth) {
    Copy copy = new Copy(this);
    copy.queueDepth = depth;
    return copy.done();
  }

  public QueueLimits withReadahead(int bytes) {
    Copy copy = new Copy(this);
    copy.readaheadBytes = bytes;
    return copy.done();
  }

  /**
   * Another preferred I/O size, and as much readahead as it takes to keep the device busy with it:
   * twice that, or more if there was more ({@code blk_apply_bdi_limits}).
   */
  public QueueLimits withOptimalIo(int bytes) {
    Copy copy = new Copy(this);
    copy.ioOptimal = bytes;
    copy.readaheadBytes = Math.max(2 * bytes, readaheadBytes);
    return copy.done();
  }

  /** Another write cache: whether there is a volatile one, and whether writes can go past it. */
  public QueueLimits withWriteCache(boolean isVolatile, boolean hasForceUnitAccess) {
    Copy copy = new Copy(this);
    copy.volatileWriteCache = isVolatile;
    copy.forceUnitAccess = hasForceUnitAccess;
    return copy.done();
  }

  public QueueLimits withDiscard(boolean supported) {
    Copy copy = new Copy(this);
    copy.discard = supported;
    return copy.done();
  }

  public QueueLimits withRotational(boolean isRotational) {
    Copy copy = new Copy(this);
    copy.rotational = isRotational;
    return copy.done();
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

  /** The limits with some of them changed. */
  private static final class Copy {
    private int logicalBlockSize;
    private int physicalBlockSize;
    private int maxSectors;
    private int maxSegments;
    private int maxSegmentSize;
    private long segmentBoundaryMask;
    private int dmaAlignment;
    private int ioOptimal;
    private int queueDepth;
    private int readaheadBytes;
    private boolean volatileWriteCache;
    private boolean forceUnitAccess;
    private boolean discard;
    private boolean rotational;

    Copy(QueueLimits from) {
      logicalBlockSize = from.logicalBlockSize;
      physicalBlockSize = from.physicalBlockSize;
      maxSectors = from.maxSectors;
      maxSegments = from.maxSegments;
      maxSegmentSize = from.maxSegmentSize;
      segmentBoundaryMask = from.segmentBoundaryMask;
      dmaAlignment = from.dmaAlignment;
      ioOptimal = from.ioOptimal;
      queueDepth = from.queueDepth;
      readaheadBytes = from.readaheadBytes;
      volatileWriteCache = from.volatileWriteCache;
      forceUnitAccess = from.forceUnitAccess;
      discard = from.discard;
      rotational = from.rotational;
    }

    QueueLimits done() {
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
          rotational);
    }
  }
}
