package dev.sekiso.filesystems.block;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.Plug;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Errseq;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.Folio;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.WritebackControl;

/**
 * Blocks of metadata in the page cache of the device they live on (the kernel's buffer cache): what
 * a file system reads and changes here, a reader of the device file sees, and the other way round.
 *
 * <p>A block is brought in alone, not with its page: the rest of the page may be blocks of files,
 * whose truth is in the files' own page caches. For the same reason a block that stops being
 * metadata must be {@linkplain #forget forgotten} before it is given to a file: its dirty memory
 * must never reach the device after the file's data.
 *
 * <p>Locking: a folio is locked while a block of it is read in. Blocks that are up to date are
 * changed under the file system's own locks, without the folio's.
 */
public final class BufferCache {

  private final DeviceIo io;
  private final AddressSpace mapping;
  private final BlockMappedOperations operations;
  private final FolioBlocks blocks;
  private final int blockShift;
  private final int unitShift;

  /**
   * @param mapping the device's own pages
   * @param operations the operations of that mapping, whose unit must not exceed the block
   * @param unitShift log2 of the unit in bytes
   * @param blockShift log2 of the block size in bytes, at most the page's
   */
  public BufferCache(
      DeviceIo io,
      AddressSpace mapping,
      BlockMappedOperations operations,
      int unitShift,
      int blockShift) {
    if (blockShift < unitShift || blockShift > PageCache.PAGE_SHIFT) {
      throw new IllegalArgumentException(
          "blocks of %d bytes on units of %d bytes in pages of %d"
              .formatted(1 << blockShift, 1 << unitShift, PageCache.PAGE_SIZE));
    }
    this.io = io;
    this.mapping = mapping;
    this.operations = operations;
    this.blocks = operations.blocks();
    this.unitShift = unitShift;
    this.blockShift = blockShift;
  }

  public int blockSize() {
    return 1 << blockShift;
  }

  /** Blocks the device holds whole. */
  public long blocks() {
    return io.size() >> blockShift;
  }

  public DeviceIo io() {
    return io;
  }

  /**
   * The block, read if it is not in memory ({@code sb_bread}).
   *
   * @throws ErrnoException EIO when it cannot be read or lies outside the device; ENOMEM when no
   *     memory can be had for it
   */
  public Buffer read(long block) throws ErrnoException {
    checkRange(block);
    while (true) {
      Folio folio = mapping.lookup(pageOf(block));
      if (folio != null) {
        Buffer held = tryHold(folio, block);
        if (held != null) {
          return held;
        }
        folio.lock();
      } else {
        folio = mapping.grab(pageOf(block));
      }
      boolean kept = false;
      try {
        if (folio.mapping() == mapping) {
          bringIn(folio, block);
          kept = true;
          return hold(folio, block);
        }
      } finally {
        folio.unlock();
        if (!kept) {
          folio.put();
        }
      }
    }
  }

  /** The block of a folio that is not locked; null when it is not there, or may be leaving. */
  private Buffer tryHold(Folio folio, long block) {
    BlockStates states = FolioBlocks.statesIfAny(folio);
    if (states == null || !isUpToDate(folio, block) || !states.hold()) {
      return null;
    }
    return new Buffer(this, folio, states, block, offsetIn(folio, block));
  }

  /** The block of a folio that is locked and belongs to the device. */
  private Buffer hold(Folio folio, long block) {
    BlockStates states = blocks.states(folio);
    states.holdLocked();
    return new Buffer(this, folio, states, block, offsetIn(folio, block));
  }

  /**
   * The block if it is in memory. If not, starts to read it and returns null ({@code
   * sb_breadahead}): a {@link #read} that follows finds it, or waits for the rest of it. Does not
   * wait for the read, nor for that of another block of its page, which is left for later; memory
   * and a request it may have to wait for, like any reader ahead. A failure is told by the read
   * that follows, not here.
   */
  public Buffer ahead(long block) {
    if (block < 0 || block >= blocks()) {
      return null;
    }
    Folio folio = mapping.lookup(pageOf(block));
    if (folio != null) {
      Buffer held = tryHold(folio, block);
      if (held != null) {
        return held;
      }
      if (!folio.tryLock()) {
        folio.put();
        return null;
      }
    } else {
      try {
        folio = mapping.grab(pageOf(block));
      } catch (ErrnoException e) {
        // No memory for what nobody has asked for yet.
        return null;
      }
    }
    if (folio.mapping() == mapping && !isUpToDate(folio, block)) {
      startReading(folio, block);
    } else {
      unlockAndLetGo(folio);
    }
    return null;
  }

  /** Reads a block into a locked folio, which the end of the read unlocks. */
  private void startReading(Folio folio, long block) {
    int offset = offsetIn(folio, block);
    Bio bio =
        new Bio(
            BioOperation.READ,
            Bio.METADATA | Bio.PRIORITY | Bio.READAHEAD,
            block << blockShift >> Bio.SECTOR_SHIFT,
            ended -> {
              if (ended.status() == null) {
                markUpToDate(folio, offset);
              }
              unlockAndLetGo(folio);
            });
    io.device().submit(bio.add(folio.data().asSlice(offset, blockSize())));
  }

  private static void unlockAndLetGo(Folio folio) {
    folio.unlock();
    folio.put();
  }

  private void bringIn(Folio folio, long block) throws ErrnoException {
    if (isUpToDate(folio, block)) {
      return;
    }
    int offset = offsetIn(folio, block);
    try {
      io.read(
          block << blockShift,
          folio.data().asSlice(offset, blockSize()),
          Bio.METADATA | Bio.PRIORITY);
    } catch (ErrnoException e) {
      throw new ErrnoException(
          e.errno(),
          "block %d of %s (metadata) cannot be read".formatted(block, io.device().name()),
          e);
    }
    markUpToDate(folio, offset);
  }

  /**
   * The block, filled with zeroes without looking at the device: for metadata that comes into being
   * ({@code sb_getblk} and {@code memset}). Not dirty until marked.
   */
  public Buffer fresh(long block) throws ErrnoException {
    checkRange(block);
    while (true) {
      Folio folio = mapping.grab(pageOf(block));
      boolean kept = false;
      try {
        if (folio.mapping() == mapping) {
          int offset = offsetIn(folio, block);
          folio.data().asSlice(offset, blockSize()).fill((byte) 0);
          markUpToDate(folio, offset);
          kept = true;
          return hold(folio, block);
        }
      } finally {
        folio.unlock();
        if (!kept) {
          folio.put();
        }
      }
    }
  }

  /**
   * The blocks are no longer metadata: changes not yet written are dropped, a write in flight is
   * waited for ({@code bforget}, {@code clean_bdev_aliases}).
   */
  public void forget(long block, long count) {
    for (long b = block; b < block + count; b++) {
      Folio folio = mapping.lookup(pageOf(b));
      if (folio == null) {
        continue;
      }
      try {
        folio.lock();
        try {
          BlockStates states = blocks.states(folio);
          if (states != null) {
            int offset = offsetIn(folio, b);
            states.forget(firstUnit(offset), endUnit(offset));
          }
          folio.waitForWriteback();
        } finally {
          folio.unlock();
        }
      } finally {
        folio.put();
      }
    }
  }

  /**
   * Writes those of the blocks that are dirty, and those whose last write failed, all at once, and
   * waits. So a caller that has been told of a failure may try again, and hears how that went.
   *
   * @param blocks in rising order
   * @throws ErrnoException EIO when one of them could not be written
   */
  public void write(long[] blocks) throws ErrnoException {
    for (long block : blocks) {
      tryAgain(block);
    }
    try (Plug plug = io.device().plug()) {
      forEachRange(blocks, this::startWrite);
    }
    forEachRange(
        blocks,
        (first, last) ->
            mapping.waitForWriteback(first >> PageCache.PAGE_SHIFT, last >> PageCache.PAGE_SHIFT));
    for (long block : blocks) {
      if (hasFailed(block)) {
        throw new ErrnoException(
            Errno.EIO,
            "block %d of %s (metadata) cannot be written".formatted(block, io.device().name()));
      }
    }
  }

  private void startWrite(long firstByte, long lastByte) throws ErrnoException {
    operations.writePages(
        mapping, WritebackControl.integrity(firstByte, lastByte), Bio.METADATA | Bio.PRIORITY);
  }

  /** Writes every dirty block of the device and waits ({@code sync_blockdev}). */
  public void writeAll() throws ErrnoException {
    mapping.writeAndWait(0, Long.MAX_VALUE);
  }

  private boolean hasFailed(long block) {
    Folio folio = mapping.lookup(pageOf(block));
    if (folio == null) {
      return false;
    }
    try {
      return hasFailed(folio, block);
    } finally {
      folio.put();
    }
  }

  private boolean hasFailed(Folio folio, long block) {
    BlockStates states = FolioBlocks.statesIfAny(folio);
    int offset = offsetIn(folio, block);
    return states != null && states.hasFailed(firstUnit(offset), endUnit(offset));
  }

  /** A failed write has left the block clean, with its contents in memory. */
  private void tryAgain(long block) {
    Folio folio = mapping.lookup(pageOf(block));
    if (folio == null) {
      return;
    }
    try {
      if (hasFailed(folio, block)) {
        markDirty(folio, offsetIn(folio, block));
      }
    } finally {
      folio.put();
    }
  }

  void markDirty(Folio folio, int offset) {
    blocks.markDirty(folio, firstUnit(offset), endUnit(offset));
  }

  void markDirty(Folio folio, int offset, Errseq owner) {
    BlockStates states = blocks.states(folio);
    if (states != null) {
      states.own(firstUnit(offset), endUnit(offset), owner);
    }
    markDirty(folio, offset);
  }

  private boolean isUpToDate(Folio folio, long block) {
    int offset = offsetIn(folio, block);
    return blocks.isUpToDate(folio, firstUnit(offset), endUnit(offset));
  }

  private void markUpToDate(Folio folio, int offset) {
    blocks.markUpToDate(folio, firstUnit(offset), endUnit(offset));
  }

  /** The first unit of a block, by the block's place in its folio in bytes. */
  private int firstUnit(int offset) {
    return offset >> unitShift;
  }

  private int endUnit(int offset) {
    return (offset + blockSize()) >> unitShift;
  }

  private long pageOf(long block) {
    return block << blockShift >> PageCache.PAGE_SHIFT;
  }

  private int offsetIn(Folio folio, long block) {
    return (int) ((block << blockShift) - folio.position());
  }

  private void checkRange(long block) throws ErrnoException {
    if (block < 0 || block >= blocks()) {
      throw new ErrnoException(
          Errno.EIO,
          "block %d lies outside %s, which has %d blocks of %d bytes"
              .formatted(block, io.device().name(), blocks(), blockSize()));
    }
  }

  private interface RangeAction {
    void apply(long firstByte, long lastByte) throws ErrnoException;
  }

  /** Hands over runs of blocks that are neighbours or share a page, as byte ranges. */
  private void forEachRange(long[] blocks, RangeAction action) throws ErrnoException {
    int i = 0;
    while (i < blocks.length) {
      int last = i;
      while (last + 1 < blocks.length && pageOf(blocks[last + 1]) <= pageOf(blocks[last]) + 1) {
        last++;
      }
      action.apply(blocks[i] << blockShift, ((blocks[last] + 1) << blockShift) - 1);
      i = last + 1;
    }
  }
}
