package dev.sekiso.blockdev;

/** Keeps a device's counters; guarded by the device's lock. */
final class Accounting {

  /** One direction's counts. */
  private static final class Line {
    long requests;
    long merges;
    long sectors;
    long nanos;
  }

  private final Line reads = new Line();
  private final Line writes = new Line();
  private final Line discards = new Line();
  private long flushRequests;
  private long flushNanos;
  private long deviceNanos;
  private long busyNanos;
  private long busySince;
  private int inDriver;

  private Line line(BioOperation operation) {
    return switch (operation) {
      case READ -> reads;
      case DISCARD -> discards;
      case WRITE, WRITE_ZEROES, FLUSH -> writes;
    };
  }

  void merged(BioOperation operation) {
    line(operation).merges++;
  }

  int inDriver() {
    return inDriver;
  }

  void issued(Request request, long now) {
    request.setIssueNanos(now);
    if (inDriver++ == 0) {
      busySince = now;
    }
  }

  void returned(Request request, long now) {
    deviceNanos += now - request.issueNanos();
    if (--inDriver == 0) {
      busyNanos += now - busySince;
    }
  }

  void flushed(Request flush, long now) {
    flushRequests++;
    flushNanos += now - flush.startNanos();
  }

  void ended(Request request, long now) {
    Line line = line(request.operation());
    line.requests++;
    line.sectors += request.sectors();
    line.nanos += now - request.startNanos();
  }

  DeviceCounters snapshot(long now, int inFlight) {
    return new DeviceCounters(
        reads.requests,
        reads.merges,
        reads.sectors,
        reads.nanos,
        writes.requests,
        writes.merges,
        writes.sectors,
        writes.nanos,
        flushRequests,
        flushNanos,
        discards.requests,
        discards.merges,
        discards.sectors,
        discards.nanos,
        deviceNanos,
        busyNanos + (inDriver > 0 ? now - busySince : 0),
        inFlight);
  }
}
