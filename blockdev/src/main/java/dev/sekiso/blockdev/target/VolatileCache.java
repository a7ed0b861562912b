package dev.sekiso.blockdev.target;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.BlockIo;
import dev.sekiso.blockdev.DeviceCounters;
import dev.sekiso.blockdev.Plug;
import dev.sekiso.blockdev.QueueLimits;
import dev.sekiso.blockdev.internal.Trampoline;
import dev.sekiso.blockdev.target.CacheBlocks.Block;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.locks.ReentrantLock;

/**
 * {@code volatile-cache}: a disk's write cache that forgets. Writes complete once they are in the
 * cache; a flush, or FUA, moves them to the device below and makes them durable there.
 *
 * <p><b>What a power cut leaves.</b> A real cache writes back what and when it likes, in any order,
 * sector by sector. So does this one: when a write arrives, the seed decides which of its blocks go
 * down at once, all, none, the first few, or any; the rest stay until a flush, or until the cache
 * is full and the oldest must go. When the power fails the cache is gone, and the device below
 * holds what had gone down: some subset of what was not flushed, some of it older versions, a write
 * perhaps only in part. Nothing has to be done at that moment, so it works over any device, and
 * what is below is reopened on a new machine like any device.
 *
 * <p><b>Promises kept.</b> Reads see what was written. A flush that succeeds has made durable every
 * write that had completed before it was submitted. A FUA write that succeeds is durable. Errors of
 * the device below fail the flush, or the write that needed the room; the data stays in the cache
 * and goes with the next flush.
 *
 * <p><b>Blocks.</b> The cache works in the logical blocks of the device below ({@link
 * CacheBlocks}). {@link CacheWrite} brings them in, {@link CacheWriteback} takes them down. A block
 * may be in flight to the device while a newer version of it arrives; the newer waits for the older
 * to land before it follows.
 *
 * <p><b>Locking.</b> {@code lock} guards the blocks, the chance, and the line of writes waiting for
 * room; data is copied into and out of the cache under it. The device below and completions are
 * called without it, through a {@link Trampoline}, so that they may come back.
 */
public final class VolatileCache implements BlockDevice {

  /** 16 MiB: the cache of a desktop disk (Hitachi Deskstar 7K500). */
  public static final long DEFAULT_BYTES = 16L << 20;

  private final Machine machine;
  private final String name;
  private final BlockDevice below;
  private final QueueLimits limits;
  private final int blockBytes;
  private final Trampoline trampoline = new Trampoline();

  private final ReentrantLock lock = new ReentrantLock();
  private final SplittableRandom chance;
  private final CacheBlocks blocks;
  private final CacheWriteback writeback;
  private final Deque<CacheWrite> waitingForRoom = new ArrayDeque<>();
  private final TargetCounters counters = new TargetCounters();
  private boolean evicting;

  /**
   * A cache of the default size.
   *
   * @param seed chooses what survives a power cut
   */
  public VolatileCache(Machine machine, String name, BlockDevice below, long seed) {
    this(machine, name, below, seed, DEFAULT_BYTES);
  }

  /**
   * @param seed chooses what survives a power cut
   * @param bytes size of the cache
   */
  public VolatileCache(Machine machine, String name, BlockDevice below, long seed, long bytes) {
    this.machine = Objects.requireNonNull(machine, "machine");
    this.name = Objects.requireNonNull(name, "name");
    this.below = Objects.requireNonNull(below, "below");
    QueueLimits lower = below.limits();
    this.blockBytes = lower.logicalBlockSize();
    if (bytes < blockBytes) {
      throw new IllegalArgumentException(
          "a cache of " + bytes + " bytes does not hold one block of " + blockBytes);
    }
    this.limits = lower.withWriteCache(true, true).withDiscard(false);
    this.chance = new SplittableRandom(seed);
    this.blocks =
        new CacheBlocks(bytes / blockBytes, blockBytes, Math.max(blockBytes, lower.dmaAlignment()));
    this.writeback = new CacheWriteback(below, lock, blocks, trampoline);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long sectors() {
    return below.sectors();
  }

  @Override
  public QueueLimits limits() {
    return limits;
  }

  @Override
  public boolean readOnly() {
    return below.readOnly();
  }

  @Override
  public Plug plug() {
    return below.plug();
  }

  @Override
  public boolean isReadCongested() {
    return below.isReadCongested();
  }

  @Override
  public boolean isWriteCongested() {
    return below.isWriteCongested();
  }

  @Override
  public DeviceCounters counters() {
    lock.lock();
    try {
      return counters.snapshot();
    } finally {
      lock.unlock();
    }
  }

  /** Blocks that would be lost, or not, if the power failed now. */
  public long unflushedBlocks() {
    lock.lock();
    try {
      return blocks.size();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void submit(Bio bio) {
    trampoline.run(() -> accept(bio));
  }

  private void accept(Bio bio) {
    ErrnoException problem = problem(bio);
    if (problem != null) {
      bio.fail(problem);
      return;
    }
    long start = machine.nanoTime();
    lock.lock();
    try {
      counters.begin();
    } finally {
      lock.unlock();
    }
    Bio.Completion end = done -> end(bio, done.failure(), start);
    switch (bio.operation()) {
      case READ -> read(bio, end);
      case FLUSH -> flush(bio, failure -> end(bio, failure, start));
      case WRITE, WRITE_ZEROES -> {
        if (bio.has(Bio.PREFLUSH)) {
          flush(
              bio,
              failure -> {
                if (failure != null || bio.byteCount() == 0) {
                  end(bio, failure, start);
                } else {
                  admit(new CacheWrite(bio, start, blocks));
                }
              });
        } else {
          admit(new CacheWrite(bio, start, blocks));
        }
      }
      case DISCARD -> throw new IllegalStateException("refused before");
    }
  }

  private ErrnoException problem(Bio bio) {
    String where = bio + " on " + name + ": ";
    if (!machine.powered()) {
      return new ErrnoException(Errno.EIO, where + "the power is off");
    }
    if (bio.operation() == BioOperation.DISCARD) {
      return new ErrnoException(Errno.EOPNOTSUPP, where + "the device has no discard");
    }
    if (bio.operation() != BioOperation.READ && bio.byteCount() > 0 && below.readOnly()) {
      return new ErrnoException(Errno.EPERM, where + "the device is read-only");
    }
    if (bio.operation() == BioOperation.FLUSH || (bio.byteCount() == 0 && bio.has(Bio.PREFLUSH))) {
      return null;
    }
    if (bio.byteCount() == 0) {
      return new ErrnoException(Errno.EINVAL, where + "it has no data: add memory or a length");
    }
    long firstByte = bio.sector() << Bio.SECTOR_SHIFT;
    if (((firstByte | bio.byteCount()) & (blockBytes - 1)) != 0) {
      return new ErrnoException(
          Errno.EIO, where + "it is not made of whole logical blocks of " + blockBytes + " bytes");
    }
    if (bio.sector() < 0 || bio.endSector() > below.sectors()) {
      return new ErrnoException(
          Errno.EIO, where + "it is beyond the end, which is sector " + below.sectors());
    }
    return null;
  }

  private void end(Bio bio, ErrnoException failure, long start) {
    if (!machine.powered()) {
      return;
    }
    lock.lock();
    try {
      counters.end(bio, machine.nanoTime() - start);
    } finally {
      lock.unlock();
    }
    trampoline.run(() -> {
      if (failure == null) {
        bio.complete(null);
      } else {
        bio.fail(failure);
      }
    });
  }

  // ---------------------------------------------------------------------------------------- reads

  /** Reads below, then lays over it what was in the cache when the read came. */
  private void read(Bio bio, Bio.Completion end) {
    long first = blocks.firstOf(bio);
    long count = bio.byteCount() / blockBytes;
    List<Block> newer;
    lock.lock();
    try {
      newer = blocks.pin(first, count);
    } finally {
      lock.unlock();
    }
    below.submit(
        bio.part(
            0,
            bio.byteCount(),
            bio.flags(),
            bio.sector(),
            done -> {
              boolean madeRoom;
              lock.lock();
              try {
                for (Block block : newer) {
                  if (done.failure() == null) {
                    blocks.copyOut(block, bio.segments(), (block.number - first) * blockBytes);
                  }
                  blocks.unpin(block);
                }
                madeRoom = !newer.isEmpty() && !waitingForRoom.isEmpty();
              } finally {
                lock.unlock();
              }
              end.completed(done);
              if (madeRoom) {
                trampoline.run(this::admitWaiting);
              }
            }));
  }

  // --------------------------------------------------------------------------------------- writes

  private void admit(CacheWrite write) {
    lock.lock();
    try {
      waitingForRoom.add(write);
    } finally {
      lock.unlock();
    }
    admitWaiting();
  }

  /** Lets in what there is room for, in order of arrival, and makes room for the rest. */
  private void admitWaiting() {
    while (true) {
      CacheWrite admitted;
      List<Block> goingDown;
      lock.lock();
      try {
        admitted = waitingForRoom.peek();
        if (admitted == null) {
          return;
        }
        if (admitted.proceed()) {
          waitingForRoom.remove();
          goingDown = admitted.isDurable() ? admitted.taken() : admitted.eager(chance);
        } else {
          admitted = null;
          goingDown = evicting ? List.of() : blocks.oldest(Math.max(1, blocks.capacity() / 8));
          // Without any, all room is in the hands of reads, the last of which comes back here.
          evicting |= !goingDown.isEmpty();
        }
      } finally {
        lock.unlock();
      }
      if (admitted == null) {
        if (!goingDown.isEmpty()) {
          writeback.start(goingDown, 0, this::evicted);
        }
        return;
      }
      settle(admitted, goingDown);
    }
  }

  /** A write is in the cache: it is done, or done when it is durable. */
  private void settle(CacheWrite write, List<Block> goingDown) {
    if (write.isDurable()) {
      writeback.startDurably(
          write.bio, goingDown, failure -> end(write.bio, failure, write.startNanos));
    } else {
      writeback.start(goingDown, 0, failure -> {});
      end(write.bio, null, write.startNanos);
    }
  }

  private void evicted(ErrnoException failure) {
    CacheWrite refused = null;
    lock.lock();
    try {
      evicting = false;
      if (failure != null) {
        refused = waitingForRoom.poll();
      }
    } finally {
      lock.unlock();
    }
    if (refused != null) {
      end(refused.bio, failure, refused.startNanos);
    }
    trampoline.run(this::admitWaiting);
  }

  // -------------------------------------------------------------------------------------- flushes

  private void flush(Bio cause, CacheWriteback.Outcome outcome) {
    List<Block> all;
    lock.lock();
    try {
      all = blocks.all();
    } finally {
      lock.unlock();
    }
    writeback.startDurably(cause, all, outcome);
  }

  /** Flushes, so that an orderly end loses nothing, and closes what is below. */
  @Override
  public void close() throws ErrnoException {
    try {
      if (machine.powered() && unflushedBlocks() > 0) {
        new BlockIo(machine, this).flush();
      }
    } finally {
      below.close();
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
