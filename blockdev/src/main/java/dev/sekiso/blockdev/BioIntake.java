package dev.sekiso.blockdev;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/**
 * What happens to a bio before it becomes requests: it is checked, relieved of flags the device has
 * no use for, and cut into parts the device can take ({@code submit_bio_noacct}, {@code
 * __bio_split_to_limits}).
 *
 * <p>Errors, as Linux gives them: beyond the end of the device, or not whole logical blocks: EIO;
 * memory that isn't aligned as the device asks: EINVAL; a write to a read-only device: EPERM; a
 * discard the device has not: EOPNOTSUPP; a bio with NO_WAIT that would have to be cut: EAGAIN.
 *
 * <p>All but the last part of a cut bio are marked NO_MERGE: they are full. WRITE_ZEROES for a
 * driver that lacks it is sent as writes of zeroes.
 */
final class BioIntake {

  /** Takes what can be made a request. */
  @FunctionalInterface
  interface Parts {
    void take(Bio part, int segments, boolean mayWait);
  }

  /** Zeroes to write; each write repeats this piece. */
  private static final int ZERO_BYTES = 64 << 10;

  private final String device;
  private final BlockDriver driver;
  private final long sectors;
  private final Supplier<QueueLimits> limits;
  private final BlockTracepoints traces;
  private final Parts parts;
  private volatile MemorySegment zeroes;

  BioIntake(
      String device,
      BlockDriver driver,
      Supplier<QueueLimits> limits,
      BlockTracepoints traces,
      Parts parts) {
    this.device = device;
    this.driver = driver;
    this.sectors = driver.sectors();
    this.limits = limits;
    this.traces = traces;
    this.parts = parts;
  }

  void accept(Bio bio, boolean mayWait) {
    QueueLimits now = limits.get();
    ErrnoException problem = check(bio, now);
    if (problem != null) {
      bio.fail(problem);
      return;
    }
    if (!now.volatileWriteCache()) {
      bio.strip(Bio.PREFLUSH | Bio.FORCE_UNIT_ACCESS);
      if (bio.byteCount() == 0) {
        bio.complete(null);
        return;
      }
    }
    traces.bioQueue(bio);
    switch (bio.operation()) {
      case READ, WRITE -> cut(bio, now, mayWait);
      case WRITE_ZEROES -> {
        if (driver.supports(BioOperation.WRITE_ZEROES)) {
          parts.take(bio, 0, mayWait);
        } else {
          writeZeroes(bio, now, mayWait);
        }
      }
      case FLUSH, DISCARD -> parts.take(bio, 0, mayWait);
    }
  }

  private ErrnoException check(Bio bio, QueueLimits now) {
    if (bio.operation() == BioOperation.FLUSH) {
      return bio.byteCount() == 0
          ? null
          : error(Errno.EINVAL, bio, "a flush has no length: leave length() out");
    }
    boolean emptyFlush = bio.operation() == BioOperation.WRITE && bio.has(Bio.PREFLUSH);
    if (bio.byteCount() == 0) {
      return emptyFlush ? null : error(Errno.EINVAL, bio, "it has no data: add memory or a length");
    }
    if (bio.operation() != BioOperation.READ && driver.readOnly()) {
      return error(Errno.EPERM, bio, "the device is read-only");
    }
    int block = now.logicalBlockSize();
    long first = bio.sector();
    if (((first << Bio.SECTOR_SHIFT) & (block - 1)) != 0 || (bio.byteCount() & (block - 1)) != 0) {
      return error(
          Errno.EIO,
          bio,
          "it is not made of whole logical blocks of %d bytes (%d bytes from byte %d)"
              .formatted(block, bio.byteCount(), first << Bio.SECTOR_SHIFT));
    }
    long count = bio.byteCount() >> Bio.SECTOR_SHIFT;
    if (first < 0 || count > sectors || first > sectors - count) {
      return error(
          Errno.EIO,
          bio,
          "it is beyond the end of the device, which has %d sectors".formatted(sectors));
    }
    if (bio.operation() == BioOperation.DISCARD && !driver.supports(BioOperation.DISCARD)) {
      return error(Errno.EOPNOTSUPP, bio, "the device has no discard");
    }
    return null;
  }

  private ErrnoException error(Errno errno, Bio bio, String why) {
    return new ErrnoException(errno, bio + " on " + device + ": " + why);
  }

  private void cut(Bio bio, QueueLimits now, boolean mayWait) {
    if (bio.byteCount() == 0) {
      parts.take(bio, 0, mayWait);
      return;
    }
    BioSplitter.Cut cut = BioSplitter.cut(bio, 0, bio.sector(), now);
    if (cut.error() == null && cut.bytes() == bio.byteCount()) {
      parts.take(bio, cut.segments(), mayWait);
      return;
    }
    if (cut.error() == null && bio.has(Bio.NO_WAIT)) {
      bio.fail(
          error(Errno.EAGAIN, bio, "it is too large for one request and may not wait to be split"));
      return;
    }
    BioChain chain = new BioChain(bio);
    long offset = 0;
    while (offset < bio.byteCount()) {
      long sector = bio.sector() + (offset >> Bio.SECTOR_SHIFT);
      cut = BioSplitter.cut(bio, offset, sector, now);
      if (cut.error() != null) {
        chain.fail(error(Errno.EINVAL, bio, cut.error()));
        break;
      }
      boolean last = offset + cut.bytes() == bio.byteCount();
      int flags = last ? bio.flags() : bio.flags() | Bio.NO_MERGE;
      Bio part = bio.part(offset, cut.bytes(), flags, sector, chain.fork());
      if (!last) {
        traces.split(part, part.endSector());
      }
      parts.take(part, cut.segments(), mayWait);
      offset += cut.bytes();
    }
    chain.join();
  }

  /** {@code __blkdev_issue_zero_pages}. */
  private void writeZeroes(Bio bio, QueueLimits now, boolean mayWait) {
    MemorySegment zero = zeroes();
    BioChain chain = new BioChain(bio);
    long largest = (long) now.maxSectors() << Bio.SECTOR_SHIFT;
    for (long offset = 0; offset < bio.byteCount(); ) {
      long wanted = Math.min(bio.byteCount() - offset, largest);
      long sector = bio.sector() + (offset >> Bio.SECTOR_SHIFT);
      Bio write = bio.derive(BioOperation.WRITE, bio.flags(), sector, chain.fork());
      for (long left = wanted; left > 0; ) {
        long take = Math.min(left, ZERO_BYTES);
        write.add(take == ZERO_BYTES ? zero : zero.asSlice(0, take));
        left -= take;
      }
      cut(write, now, mayWait);
      offset += wanted;
    }
    chain.join();
  }

  private MemorySegment zeroes() {
    MemorySegment zero = zeroes;
    if (zero == null) {
      zero = Arena.ofAuto().allocate(ZERO_BYTES, 4096).asReadOnly();
      zeroes = zero;
    }
    return zero;
  }
}
