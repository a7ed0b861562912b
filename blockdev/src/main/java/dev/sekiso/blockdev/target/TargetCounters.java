package dev.sekiso.blockdev.target;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.DeviceCounters;

/** Counts the bios a target has carried out; guarded by the target's lock. */
final class TargetCounters {

  private long reads;
  private long readSectors;
  private long readNanos;
  private long writes;
  private long writeSectors;
  private long writeNanos;
  private long flushes;
  private long flushNanos;
  private long discards;
  private long discardSectors;
  private long discardNanos;
  private int inFlight;

  void begin() {
    inFlight++;
  }

  void end(Bio bio, long nanos) {
    inFlight--;
    long sectors = bio.byteCount() >> Bio.SECTOR_SHIFT;
    switch (bio.operation()) {
      case READ -> {
        reads++;
        readSectors += sectors;
        readNanos += nanos;
      }
      case DISCARD -> {
        discards++;
        discardSectors += sectors;
        discardNanos += nanos;
      }
      case WRITE, WRITE_ZEROES, FLUSH -> {
        writes++;
        writeSectors += sectors;
        writeNanos += nanos;
        if (bio.operation() == BioOperation.FLUSH || bio.has(Bio.PREFLUSH)) {
          flushes++;
          flushNanos += nanos;
        }
      }
    }
  }

  DeviceCounters snapshot() {
    return new DeviceCounters(
        reads,
        0,
        readSectors,
        readNanos,
        writes,
        0,
        writeSectors,
        writeNanos,
        flushes,
        flushNanos,
        discards,
        0,
        discardSectors,
        discardNanos,
        readNanos + writeNanos + discardNanos,
        0,
        inFlight);
  }
}
