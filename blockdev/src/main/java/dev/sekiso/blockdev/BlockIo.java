package dev.sekiso.blockdev;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.WaitQueue;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Reads and writes a device and waits for it: for callers that have nothing else to do meanwhile
 * ({@code submit_bio_wait}, {@code blkdev_issue_flush}, {@code blkdev_issue_discard}, {@code
 * blkdev_issue_zeroout}). Safe for any number of tasks at once; not for interrupt context.
 */
public final class BlockIo {

  private final Machine machine;
  private final BlockDevice device;

  public BlockIo(Machine machine, BlockDevice device) {
    this.machine = Objects.requireNonNull(machine, "machine");
    this.device = Objects.requireNonNull(device, "device");
  }

  /** The device underneath. */
  public BlockDevice device() {
    return device;
  }

  /** Fills the memory from the device. */
  public void read(long sector, MemorySegment memory) throws ErrnoException {
    transfer(BioOperation.READ, Bio.SYNC, sector, memory);
  }

  /** Writes the memory; durable only after {@link #flush} if the device has a volatile cache. */
  public void write(long sector, MemorySegment memory) throws ErrnoException {
    transfer(BioOperation.WRITE, Bio.SYNC, sector, memory);
  }

  /** Writes the memory; durable on return. */
  public void writeDurably(long sector, MemorySegment memory) throws ErrnoException {
    transfer(BioOperation.WRITE, Bio.SYNC | Bio.FORCE_UNIT_ACCESS, sector, memory);
  }

  /** Makes all writes that have returned durable. */
  public void flush() throws ErrnoException {
    await(new Waiting(BioOperation.FLUSH, Bio.SYNC, 0), 0, null);
  }

  /** Tells the device that the contents of the range are no longer needed. */
  public void discard(long sector, long sectors) throws ErrnoException {
    await(new Waiting(BioOperation.DISCARD, Bio.SYNC, sector), sectors, null);
  }

  /** Fills the range with zeroes. */
  public void writeZeroes(long sector, long sectors) throws ErrnoException {
    await(new Waiting(BioOperation.WRITE_ZEROES, Bio.SYNC, sector), sectors, null);
  }

  private void transfer(BioOperation operation, int flags, long sector, MemorySegment memory)
      throws ErrnoException {
    await(new Waiting(operation, flags, sector), 0, memory);
  }

  private void await(Waiting waiting, long sectors, MemorySegment memory) throws ErrnoException {
    if (memory != null) {
      waiting.bio.add(memory);
    } else if (waiting.bio.operation() != BioOperation.FLUSH) {
      waiting.bio.length(sectors << Bio.SECTOR_SHIFT);
    }
    device.submit(waiting.bio);
    waiting.await();
  }

  /** One bio and the task that waits for it. */
  private final class Waiting implements Bio.Completion {

    private final Bio bio;
    private final WaitQueue queue = machine.newWaitQueue("I/O on " + device.name());
    private volatile boolean ended;

    Waiting(BioOperation operation, int flags, long sector) {
      bio = new Bio(operation, flags, sector, this);
    }

    @Override
    public void completed(Bio completed) {
      ended = true;
      queue.wakeAll();
    }

    void await() throws ErrnoException {
      if (!ended) {
        queue.await(bio, () -> ended);
      }
      ErrnoException failure = bio.failure();
      if (failure != null) {
        throw new ErrnoException(failure.errno(), bio + " on " + device.name(), failure);
      }
    }
  }
}
