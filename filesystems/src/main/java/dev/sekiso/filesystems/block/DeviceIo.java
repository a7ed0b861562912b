package dev.sekiso.filesystems.block;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.WaitQueue;
import java.lang.foreign.MemorySegment;

/**
 * Bios one waits for: submit, sleep, look at the result ({@code submit_bio_wait}).
 *
 * <p>Positions are bytes on the device, multiples of its logical block size.
 */
public final class DeviceIo {

  /** {@code UINT_MAX}: what the length of a bio can tell, in bytes. */
  private static final long LARGEST_BIO = 0xFFFF_FFFFL;

  private final Machine machine;
  private final BlockDevice device;

  public DeviceIo(Machine machine, BlockDevice device) {
    this.machine = machine;
    this.device = device;
  }

  public Machine machine() {
    return machine;
  }

  public BlockDevice device() {
    return device;
  }

  /** The device's size in bytes. */
  public long size() {
    return device.sectors() << Bio.SECTOR_SHIFT;
  }

  /** Reads into native memory and waits. */
  public void read(long position, MemorySegment memory, int flags) throws ErrnoException {
    try (Batch batch = new Batch("read")) {
      batch.add(BioOperation.READ, flags, position, memory);
      batch.await();
    }
  }

  /** Writes from native memory and waits; not durable before {@link #flush}. */
  public void write(long position, MemorySegment memory, int flags) throws ErrnoException {
    try (Batch batch = new Batch("write")) {
      batch.add(BioOperation.WRITE, flags, position, memory);
      batch.await();
    }
  }

  /** Makes everything written before durable ({@code blkdev_issue_flush}). */
  public void flush() throws ErrnoException {
    try (Batch batch = new Batch("flush")) {
      batch.submit(BioOperation.FLUSH, Bio.SYNC, 0, null);
      batch.await();
    }
  }

  /**
   * Tells the device that a range is no longer needed and waits ({@code blkdev_issue_discard}). A
   * bio takes at most 4 GiB less a physical block, as its length has 32 bits in the kernel.
   *
   * @throws ErrnoException EOPNOTSUPP when the device has no discard; EIO
   */
  public void discard(long position, long length) throws ErrnoException {
    long largest = LARGEST_BIO & -(long) device.limits().physicalBlockSize();
    try (Batch batch = new Batch("discard")) {
      for (long done = 0; done < length; done += largest) {
        batch.discard(position + done, Math.min(largest, length - done));
      }
      batch.await();
    }
  }

  /** Starts a batch of bios to be awaited together. */
  Batch batch(String what) {
    return new Batch(what);
  }

  /**
   * Several bios in flight at once and one wait for all; costs nothing until the first. Closing
   * waits for what is in flight, so that no memory is handed back while a device still uses it.
   */
  final class Batch implements AutoCloseable {
    private final String what;
    private WaitQueue done;
    private int inFlight;
    private Errno error;
    private long errorPosition;

    Batch(String what) {
      this.what = what;
    }

    void add(BioOperation operation, int flags, long position, MemorySegment memory) {
      submit(operation, flags, position, memory);
    }

    void discard(long position, long length) {
      device.submit(prepare(BioOperation.DISCARD, 0, position).length(length));
    }

    private void submit(BioOperation operation, int flags, long position, MemorySegment memory) {
      Bio bio = prepare(operation, flags, position);
      if (memory != null) {
        bio.add(memory);
      }
      device.submit(bio);
    }

    /** A bio that counts as in flight from now on. */
    private Bio prepare(BioOperation operation, int flags, long position) {
      if (done == null) {
        done = machine.newWaitQueue(device.name() + " " + what);
      }
      synchronized (this) {
        inFlight++;
      }
      return new Bio(
          operation,
          // Of reads it is not said that they are waited for (bread); of writes it is.
          operation == BioOperation.READ ? flags : flags | Bio.SYNC,
          position >> Bio.SECTOR_SHIFT,
          ended -> completed(ended.status(), position));
    }

    private void completed(Errno status, long position) {
      synchronized (this) {
        inFlight--;
        if (status != null && error == null) {
          error = status;
          errorPosition = position;
        }
      }
      done.wakeAll();
    }

    private synchronized boolean isIdle() {
      return inFlight == 0;
    }

    /** Waits for all and throws the first error. */
    void await() throws ErrnoException {
      if (done == null) {
        return;
      }
      done.await(what, this::isIdle);
      synchronized (this) {
        if (error != null) {
          Errno reported = error;
          error = null;
          throw new ErrnoException(
              reported,
              "%s of %s at byte %d failed; see what the device reports"
                  .formatted(what, device.name(), errorPosition));
        }
      }
    }

    @Override
    public void close() {
      if (!isIdle()) {
        done.await(what, this::isIdle);
      }
    }
  }
}
