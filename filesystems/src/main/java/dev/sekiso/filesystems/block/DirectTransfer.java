package dev.sekiso.filesystems.block;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.Plug;
import dev.sekiso.blockdev.QueueLimits;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.AddressSpaceOperations.Transfer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Data between the caller's memory and the device, past the page cache (the kernel's {@code
 * iomap_dio_rw}).
 *
 * <p>Position, length and address must be multiples of what the device asks for. Reads end at the
 * end of the file and see holes as zeroes. A write fills no hole inside the file: a reader of the
 * cache could see the device's old content meanwhile; it stops there and the caller goes through
 * the cache. Behind the end of the file it allocates, zeroes what it does not cover of its first
 * and last block, and makes the file longer once the data has arrived.
 */
final class DirectTransfer {

  private static final int MAXIMUM_BIO = 1 << 20;

  private final BlockMappedFile file;
  private final DeviceIo io;
  private final int blockShift;

  DirectTransfer(BlockMappedFile file, DeviceIo io) {
    this.file = file;
    this.io = io;
    this.blockShift = file.blockShift();
  }

  int transfer(Transfer direction, long position, MemorySegment memory) throws ErrnoException {
    checkAlignment(position, memory);
    return direction == Transfer.READ ? read(position, memory) : write(position, memory);
  }

  private void checkAlignment(long position, MemorySegment memory) throws ErrnoException {
    QueueLimits limits = io.device().limits();
    long block = limits.logicalBlockSize() - 1L;
    long address = Math.max(1, limits.dmaAlignment()) - 1L;
    if (!memory.isNative()
        || ((position | memory.byteSize()) & block) != 0
        || (memory.address() & address) != 0) {
      throw new ErrnoException(
          Errno.EINVAL,
          ("direct I/O on %s of %d bytes at %d: position and length must be multiples of %d and the"
                  + " memory native and aligned to %d bytes")
              .formatted(
                  io.device().name(),
                  memory.byteSize(),
                  position,
                  limits.logicalBlockSize(),
                  limits.dmaAlignment()));
    }
  }

  private int read(long position, MemorySegment memory) throws ErrnoException {
    long size = file.size();
    if (position >= size) {
      return 0;
    }
    long wanted = Math.min(memory.byteSize(), size - position);
    long granule = io.device().limits().logicalBlockSize();
    long end = position + Math.min(memory.byteSize(), (wanted + granule - 1) & -granule);
    try (DeviceIo.Batch batch = io.batch("direct read")) {
      try (Plug plug = io.device().plug()) {
        submitReads(batch, position, end, memory);
      }
      batch.await();
    }
    return (int) wanted;
  }

  private void submitReads(DeviceIo.Batch batch, long position, long end, MemorySegment memory)
      throws ErrnoException {
    BlockRun run = new BlockRun(file);
    long at = position;
    try (Gatherer gatherer = new Gatherer(batch, BioOperation.READ, memory)) {
      while (at < end) {
        long bytes = seek(run, at, end, false);
        if (run.isHole()) {
          memory.asSlice(at - position, bytes).fill((byte) 0);
        } else {
          gatherer.add(at - position, bytes, deviceByte(run, at));
        }
        at += bytes;
      }
    }
  }

  private int write(long position, MemorySegment memory) throws ErrnoException {
    long size = file.size();
    long at;
    try (Arena arena = Arena.ofShared();
        DeviceIo.Batch batch = io.batch("direct write")) {
      try (Plug plug = io.device().plug()) {
        at = submitWrites(arena, batch, position, size, memory);
      }
      batch.await();
    }
    if (at > size && at > position) {
      file.grown(at);
    }
    return (int) (at - position);
  }

  /** Submits as much as needs no hole filled; gives the position behind it. */
  private long submitWrites(
      Arena arena, DeviceIo.Batch batch, long position, long size, MemorySegment memory)
      throws ErrnoException {
    long end = position + memory.byteSize();
    long at = position;
    BlockRun run = new BlockRun(file);
    try (Gatherer gatherer = new Gatherer(batch, BioOperation.WRITE, memory)) {
      while (at < end) {
        boolean inside = (at >> blockShift) << blockShift < size;
        long bytes;
        try {
          bytes = seek(run, at, end, !inside);
        } catch (ErrnoException e) {
          if (at == position) {
            throw e;
          }
          return at;
        }
        if (run.isHole()) {
          return at;
        }
        if (run.isFresh()) {
          zeroAround(arena, batch, run, at, bytes, end);
        }
        gatherer.add(at - position, bytes, deviceByte(run, at));
        at += bytes;
      }
    }
    return at;
  }

  /** Zeroes what a write leaves of the first and last of blocks that were just allocated. */
  private void zeroAround(
      Arena arena, DeviceIo.Batch batch, BlockRun run, long at, long bytes, long end) {
    int mask = (1 << blockShift) - 1;
    int before = (int) (at & mask);
    if (before > 0) {
      MemorySegment zeroes = arena.allocate(before, 4096);
      batch.add(BioOperation.WRITE, 0, deviceByte(run, at) - before, zeroes);
    }
    long last = at + bytes;
    int after = (int) (-last & mask);
    if (last == end && after > 0) {
      MemorySegment zeroes = arena.allocate(after, 4096);
      batch.add(BioOperation.WRITE, 0, deviceByte(run, last - 1) + 1, zeroes);
    }
  }

  private long seek(BlockRun run, long at, long end, boolean allocate) throws ErrnoException {
    long block = at >> blockShift;
    long interest = ((end - 1) >> blockShift) - block + 1;
    if (allocate) {
      run.allocate(block, interest);
    } else {
      run.seek(block, interest);
    }
    long runEnd = (block + run.left(block)) << blockShift;
    return Math.min(end, runEnd) - at;
  }

  private long deviceByte(BlockRun run, long at) {
    return (run.at(at >> blockShift) << blockShift) + (at & ((1L << blockShift) - 1));
  }

  /**
   * Makes bios as large as may be of pieces that lie next to each other on the device, however many
   * runs the file's map tells them in.
   */
  private static final class Gatherer implements AutoCloseable {
    private final DeviceIo.Batch batch;
    private final BioOperation operation;
    private final MemorySegment memory;

    /** What has been gathered: a part of the memory, and where it goes. */
    private long offset;

    private long length;
    private long device;

    Gatherer(DeviceIo.Batch batch, BioOperation operation, MemorySegment memory) {
      this.batch = batch;
      this.operation = operation;
      this.memory = memory;
    }

    void add(long pieceOffset, long bytes, long deviceByte) {
      if (pieceOffset != offset + length || deviceByte != device + length) {
        send();
      }
      long done = 0;
      while (done < bytes) {
        if (length == 0) {
          offset = pieceOffset + done;
          device = deviceByte + done;
        }
        long taken = Math.min(bytes - done, MAXIMUM_BIO - length);
        length += taken;
        done += taken;
        if (length == MAXIMUM_BIO) {
          send();
        }
      }
    }

    private void send() {
      if (length > 0) {
        batch.add(operation, Bio.SYNC, device, memory.asSlice(offset, length));
        length = 0;
      }
    }

    @Override
    public void close() {
      send();
    }
  }
}
