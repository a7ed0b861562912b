package dev.sekiso.blockdev;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.util.concurrent.atomic.LongAdder;

/**
 * The short way past a queue's requests to a {@link BioDriver}. A bio that takes it counts as one
 * request, of which no time is measured: it has none to wait for, and reading a clock twice would
 * be a good part of what it takes.
 *
 * <p>Without a lock; the counters are striped.
 */
final class BioWay {

  private final String device;
  private final BioDriver driver;
  private final LongAdder reads = new LongAdder();
  private final LongAdder sectorsRead = new LongAdder();
  private final LongAdder writes = new LongAdder();
  private final LongAdder sectorsWritten = new LongAdder();

  BioWay(String device, BioDriver driver) {
    this.device = device;
    this.driver = driver;
  }

  /** Whether a bio may take it: data, and nothing that must come before or after. */
  static boolean suits(Bio bio) {
    return (bio.operation() == BioOperation.READ || bio.operation() == BioOperation.WRITE)
        && !FlushSequencer.concerns(bio);
  }

  /** Carries a bio out and ends it. */
  void take(Bio bio) {
    ErrnoException failure;
    try {
      failure = driver.carryOut(bio);
    } catch (RuntimeException e) {
      failure = new ErrnoException(Errno.EIO, bio + " on " + device + ": the driver failed", e);
    }
    boolean isRead = bio.operation() == BioOperation.READ;
    (isRead ? reads : writes).increment();
    (isRead ? sectorsRead : sectorsWritten).add(bio.byteCount() >> Bio.SECTOR_SHIFT);
    if (failure == null) {
      bio.complete(null);
    } else {
      bio.fail(failure);
    }
  }

  /** A queue's counters and these. */
  DeviceCounters plus(DeviceCounters queue) {
    return queue.plusUntimed(reads.sum(), sectorsRead.sum(), writes.sum(), sectorsWritten.sum());
  }
}
