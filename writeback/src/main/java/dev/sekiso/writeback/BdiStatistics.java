package dev.sekiso.writeback;

/**
 * How writeback of one device and control group stands, with the names of {@code
 * /sys/kernel/debug/bdi/*}{@code /stats}; in pages, bandwidth in pages per second, lists in inodes.
 */
public record BdiStatistics(
    String device,
    String cgroup,
    long bdiWriteback,
    long bdiReclaimable,
    long bdiDirtyThresh,
    long dirtyThresh,
    long backgroundThresh,
    long bdiDirtied,
    long bdiWritten,
    long bdiWriteBandwidth,
    int bDirty,
    int bIo,
    int bMoreIo,
    int bDirtyTime) {}
