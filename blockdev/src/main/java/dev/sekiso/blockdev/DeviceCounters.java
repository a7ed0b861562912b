package dev.sekiso.blockdev;

/**
 * What a device has done since it was made, as {@code /sys/block/…/stat} counts it.
 *
 * <p>A request counts once, when it ends, however many bios it carries and however it ends. A flush
 * somebody asked for counts as a write of no sectors, as in Linux; the flush that the device was
 * sent on behalf of one or many of them counts as a flush. Zeroes written count as writes.
 *
 * @param readRequests reads completed
 * @param readMerges bios merged into a queued read
 * @param readSectors sectors read
 * @param readNanos time from submission to completion, summed over reads
 * @param writeRequests writes completed
 * @param writeMerges bios merged into a queued write
 * @param writeSectors sectors written
 * @param writeNanos time from submission to completion, summed over writes
 * @param flushRequests flushes carried out by the device
 * @param flushNanos time of flushes, summed
 * @param discardRequests discards completed
 * @param discardMerges bios merged into a queued discard
 * @param discardSectors sectors discarded
 * @param discardNanos time from submission to completion, summed over discards
 * @param deviceNanos time between dispatch to the driver and completion, summed over requests
 * @param busyNanos time during which at least one request was in the driver
 * @param inFlight requests not yet completed
 */
public record DeviceCounters(
    long readRequests,
    long readMerges,
    long readSectors,
    long readNanos,
    long writeRequests,
    long writeMerges,
    long writeSectors,
    long writeNanos,
    long flushRequests,
    long flushNanos,
    long discardRequests,
    long discardMerges,
    long discardSectors,
    long discardNanos,
    long deviceNanos,
    long busyNanos,
    int inFlight) {

  /** These and some reads and writes that took no time. */
  DeviceCounters plusUntimed(long reads, long sectorsRead, long writes, long sectorsWritten) {
    return new DeviceCounters(
        readRequests + reads,
        readMerges,
        readSectors + sectorsRead,
        readNanos,
        writeRequests + writes,
        writeMerges,
        writeSectors + sectorsWritten,
        writeNanos,
        flushRequests,
        flushNanos,
        discardRequests,
        discardMerges,
        discardSectors,
        discardNanos,
        deviceNanos,
        busyNanos,
        inFlight);
  }
}
