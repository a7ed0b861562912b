package dev.sekiso.blockdev;

/**
 * What a device has done since it was made, as {@code /sys/block/…/stat} counts it.
 *
 * @param readRequests reads completed
 * @param readMerges bios merged into a queued read
 * @param readSectors sectors read
 * @param readNanos time from submission to completion, summed over reads
 * @param writeRequests writes completed
 * @param writeMerges bios merged into a queued write
 * @param writeSectors sectors written
 * @param writeNanos time from submission to completion, summed over writes
 * @param flushRequests flushes completed
 * @param flushNanos time of flushes, summed
 * @param discardRequests discards completed
 * @param discardSectors sectors discarded
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
    long discardSectors,
    long deviceNanos,
    long busyNanos,
    int inFlight) {}
