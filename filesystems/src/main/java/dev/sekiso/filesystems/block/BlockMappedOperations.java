package dev.sekiso.filesystems.block;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.Plug;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.AddressSpaceOperations;
import dev.sekiso.pagecache.Folio;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.ReadaheadControl;
import dev.sekiso.pagecache.WritebackControl;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/**
 * Pages of a file from and to the blocks of a device: the kernel's {@code fs/mpage.c} and the folio
 * side of {@code fs/buffer.c}, for any {@link BlockMappedFile}.
 *
 * <p>When a block is as large as a folio, the folio's own flags say everything. Otherwise, with
 * small blocks or with a folio of several pages, {@link BlockStates} hangs off the folio, from the
 * first time its blocks differ, and says which blocks are up to date and which are dirty; a dirty
 * folio without it is dirty all over. A large folio whose blocks lie in a row goes in one piece.
 *
 * <p>Locking: everything here runs with the folio locked, as the page cache promises, except the
 * completions, and except that page tables and {@link BufferCache} tell of changes to blocks of
 * folios that are only referenced. {@link #fresh} belongs to the holder of the inode's lock (one
 * writer at a time). The states of a folio are attached under this object's monitor, and stay until
 * it leaves memory: as long as anybody holds a reference, they say which of its blocks are there.
 * The page cache's short locks are taken inside the monitor.
 */
public final class BlockMappedOperations implements AddressSpaceOperations {

  /** How far ahead of a window the way to its data is looked up, in windows of its length. */
  private static final int WINDOWS_EXPECTED = 4;

  private final BlockMappedFile file;
  private final DeviceIo io;
  private final int blockShift;
  private final int blockSize;
  private final DirectTransfer direct;
  private final Tracking tracking;

  /** Blocks of the folio, by number in it, that the store in progress has allocated. */
  private final BitSet fresh = new BitSet();

  /** Which folios get a state per block. */
  public enum Tracking {
    /** Those with more than one block: for the others the folio's flags say it all. */
    SMALL_BLOCKS,
    /** All: blocks are also changed, and forgotten, without their folio's lock. */
    ALL_BLOCKS
  }

  public BlockMappedOperations(BlockMappedFile file, DeviceIo io, Tracking tracking) {
    this.file = file;
    this.tracking = tracking;
    this.io = io;
    this.blockShift = file.blockShift();
    this.blockSize = 1 << blockShift;
    this.direct = new DirectTransfer(file, io);
  }

  @Override
  public int maximumFolioOrder() {
    return file.maximumFolioOrder();
  }

  @Override
  public long size() {
    return file.size();
  }

  /**
   * Where a file's block lies ({@code bmap}), with the blocks that follow it on the device.
   *
   * @param maximum most blocks of interest, at least 1
   */
  public Extent map(long block, long maximum) throws ErrnoException {
    return file.map(block, maximum);
  }

  // Reading

  @Override
  public boolean isReadCongested() {
    return io.device().isReadCongested();
  }

  @Override
  public void readFolio(Folio folio) {
    try (TransferBatch batch = new TransferBatch(io.device(), BioOperation.READ, 0)) {
      new Reader(batch, 0).read(folio);
    }
  }

  @Override
  public void readahead(ReadaheadControl control) {
    try (Plug plug = io.device().plug();
        TransferBatch batch = new TransferBatch(io.device(), BioOperation.READ, Bio.READAHEAD)) {
      expectMore(control);
      Reader reader = new Reader(batch, control.pagesLeft());
      Folio folio = control.next();
      while (folio != null) {
        reader.read(folio);
        folio = control.next();
      }
    }
  }

  /**
   * Whoever reads ahead will go on: what it takes to find the next windows is brought in before the
   * data of this one, or the next one would wait for it behind that data, and the device for the
   * next one. Not on a device that spins, where going there and back costs more than the wait.
   */
  private void expectMore(ReadaheadControl control) {
    if (io.device().limits().rotational()) {
      return;
    }
    int shift = PageCache.PAGE_SHIFT - blockShift;
    long next = (control.index() + control.pagesLeft()) << shift;
    long endOfFile = (file.size() + blockSize - 1) >> blockShift;
    long count = Math.min((long) WINDOWS_EXPECTED * control.pagesLeft() << shift, endOfFile - next);
    if (count <= 0) {
      return;
    }
    try {
      file.expect(next, count);
    } catch (ErrnoException e) {
      // Nobody has asked for these blocks yet; who does will be told.
    }
  }

  /** Reads folios in index order, remembering the last extent. */
  private final class Reader {
    private final TransferBatch batch;
    private final BlockRun run;
    private long endOfInterest;

    Reader(TransferBatch batch, int pages) {
      this.batch = batch;
      this.run = new BlockRun(file);
      this.endOfInterest = -1L - pages;
    }

    void read(Folio folio) {
      if (endOfInterest < 0) {
        long pages = -1 - endOfInterest;
        endOfInterest = (folio.position() + Math.max(folio.size(), pages << 12)) >> blockShift;
      }
      long size = file.size();
      ReadTransfer transfer = new ReadTransfer(folio, size);
      Errno error = null;
      try {
        map(folio, transfer, size);
      } catch (ErrnoException e) {
        error = e.errno();
      } catch (RuntimeException e) {
        transfer.end(Errno.EIO);
        throw e;
      }
      transfer.end(error);
    }

    private void map(Folio folio, ReadTransfer transfer, long size) throws ErrnoException {
      long first = folio.position() >> blockShift;
      int units = folio.size() >> blockShift;
      long endOfFile = (size + blockSize - 1) >> blockShift;
      BlockStates states = statesIfAny(folio);
      int unit = 0;
      while (unit < units) {
        int next = states == null ? units : states.nextUpToDate(unit);
        if (next > unit) {
          unit = mapRun(folio, transfer, first, unit, next, endOfFile);
        } else {
          unit = states.nextStale(unit);
        }
      }
    }

    private int mapRun(
        Folio folio, ReadTransfer transfer, long first, int from, int to, long endOfFile)
        throws ErrnoException {
      long block = first + from;
      long limit = Math.min(first + to, endOfFile);
      if (block >= limit) {
        zero(folio, from << blockShift, to << blockShift);
        return to;
      }
      long interest = Math.max(limit, Math.min(endOfFile, endOfInterest));
      run.seek(block, interest - block);
      int count = (int) Math.min(limit - block, run.left(block));
      if (run.isHole()) {
        zero(folio, from << blockShift, (from + count) << blockShift);
      } else {
        batch.add(transfer, from << blockShift, count << blockShift, run.at(block) << blockShift);
      }
      return from + count;
    }
  }

  /** A folio on its way in. */
  private final class ReadTransfer extends FolioTransfer {
    private final long size;

    ReadTransfer(Folio folio, long size) {
      super(folio);
      this.size = size;
    }

    /** What the device holds behind the end of the file is nobody's data: it reads as zeroes. */
    @Override
    void finished(Errno firstError) {
      if (firstError == null) {
        long tail = size - folio.position();
        if (tail < folio.size()) {
          int from = (int) Math.max(0, tail);
          int to = Math.min(folio.size(), (from + blockSize - 1) & -blockSize);
          zero(folio, from, to);
        }
        BlockStates states = statesIfAny(folio);
        if (states != null) {
          states.markUpToDate(0, states.units());
        }
      }
      folio.endRead(firstError);
    }
  }

  // Writing into the cache

  @Override
  public void writeBegin(Folio folio, long position, int length) throws ErrnoException {
    int from = (int) (position - folio.position());
    int to = from + length;
    fresh.clear();
    if (length == 0) {
      return;
    }
    try (DeviceIo.Batch reads = io.batch("read before write")) {
      int firstRead = -1;
      int lastRead = -1;
      long size = file.size();
      BlockRun run = new BlockRun(file);
      int lastUnit = (to - 1) >> blockShift;
      for (int unit = from >> blockShift; unit <= lastUnit; unit++) {
        long block = (folio.position() >> blockShift) + unit;
        run.allocate(block, lastUnit - unit + 1L);
        if (isUpToDate(folio, unit)) {
          continue;
        }
        int start = unit << blockShift;
        int end = start + blockSize;
        if (run.isFresh() || (block << blockShift) >= size) {
          fresh.set(unit);
          zero(folio, start, Math.max(start, from));
          zero(folio, Math.min(end, to), end);
        } else if (from > start || to < end) {
          reads.add(
              BioOperation.READ,
              0,
              run.at(block) << blockShift,
              folio.data().asSlice(start, blockSize));
          firstRead = firstRead < 0 ? unit : firstRead;
          lastRead = unit;
        }
      }
      if (firstRead >= 0) {
        reads.await();
        finishRead(folio, firstRead, size);
        finishRead(folio, lastRead, size);
      }
    } catch (ErrnoException e) {
      keepFresh(folio);
      throw e;
    }
  }

  private void finishRead(Folio folio, int unit, long size) {
    long end = folio.position() + ((long) (unit + 1) << blockShift);
    if (size < end) {
      zero(folio, (int) (size - folio.position()), (unit + 1) << blockShift);
    }
    markUpToDate(folio, unit, unit + 1);
  }

  /**
   * A store has failed after blocks were allocated for it: they must not show what the device
   * happens to hold there, so they become zeroes ({@code folio_zero_new_buffers}).
   */
  private void keepFresh(Folio folio) {
    for (int unit = fresh.nextSetBit(0); unit >= 0; unit = fresh.nextSetBit(unit + 1)) {
      zero(folio, unit << blockShift, (unit + 1) << blockShift);
      markDirty(folio, unit, unit + 1);
    }
    fresh.clear();
  }

  @Override
  public void writeEnd(Folio folio, long position, int length, int copied) {
    int from = (int) (position - folio.position());
    int end = from + copied;
    if (copied < length) {
      repairShortCopy(folio, end, from + length);
    }
    int firstUnit = from >> blockShift;
    int endUnit = (end + blockSize - 1) >> blockShift;
    if (copied > 0 && copied < length && !isUpToDate(folio, endUnit - 1)) {
      endUnit--;
    }
    if (endUnit > firstUnit && copied > 0) {
      markDirty(folio, firstUnit, endUnit);
    }
    fresh.clear();
    if (copied > 0 && position + copied > file.size()) {
      file.grown(position + copied);
    }
  }

  /** The source gave less than promised: makes whole again what was to be overwritten. */
  private void repairShortCopy(Folio folio, int copiedTo, int promisedTo) {
    for (int unit = copiedTo >> blockShift; unit << blockShift < promisedTo; unit++) {
      if (isUpToDate(folio, unit)) {
        continue;
      }
      int start = Math.max(copiedTo, unit << blockShift);
      int end = (unit + 1) << blockShift;
      if (fresh.get(unit)) {
        zero(folio, start, end);
        markDirty(folio, unit, unit + 1);
      } else if (start > unit << blockShift) {
        rereadTail(folio, unit, start);
      }
    }
  }

  private void rereadTail(Folio folio, int unit, int start) {
    try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofShared()) {
      MemorySegment whole = arena.allocate(blockSize, 4096);
      long block = (folio.position() >> blockShift) + unit;
      io.read(file.map(block, 1).start() << blockShift, whole, 0);
      int within = start - (unit << blockShift);
      MemorySegment.copy(whole, within, folio.data(), start, blockSize - within);
      markUpToDate(folio, unit, unit + 1);
    } catch (ErrnoException e) {
      file.writebackFailed(e.errno());
    }
  }

  @Override
  public void makeWritable(Folio folio) throws ErrnoException {
    long size = file.size();
    long first = folio.position() >> blockShift;
    long endOfFile = (size + blockSize - 1) >> blockShift;
    int units = (int) Math.min(folio.size() >> blockShift, endOfFile - first);
    BlockRun run = new BlockRun(file);
    for (int unit = 0; unit < units; unit++) {
      run.allocate(first + unit, units - unit);
    }
    if (units > 0) {
      dirtyFolio(folio);
    }
  }

  /**
   * Where a store through a mapping went nobody knows, so all blocks are dirty; those behind the
   * end of the file, too, since the file may grow over them while the page is writable. Only what
   * then lies within the file is written, in blocks that are allocated at the latest when they are.
   */
  @Override
  public void dirtyFolio(Folio folio) {
    if (folio.mapping() != null) {
      markDirty(folio, 0, folio.size() >> blockShift);
    }
  }

  // Writing back

  @Override
  public void writePages(AddressSpace mapping, WritebackControl control) throws ErrnoException {
    writePages(mapping, control, 0);
  }

  void writePages(AddressSpace mapping, WritebackControl control, int flags) throws ErrnoException {
    int all = flags;
    if (control.syncMode() == WritebackControl.SyncMode.ALL) {
      all |= Bio.SYNC;
    } else if (control.isBackground()) {
      all |= Bio.BACKGROUND;
    }
    try (Plug plug = io.device().plug();
        TransferBatch batch = new TransferBatch(io.device(), BioOperation.WRITE, all)) {
      Writer writer = new Writer(batch);
      mapping.writeDirty(control, writer::write);
    }
  }

  /** Writes dirty folios in index order, remembering the last extent. */
  private final class Writer {
    private final TransferBatch batch;
    private final BlockRun run = new BlockRun(file);

    Writer(TransferBatch batch) {
      this.batch = batch;
    }

    void write(Folio folio) {
      long size = file.size();
      long left = size - folio.position();
      if (left <= 0) {
        folio.unlock();
        return;
      }
      if (left < folio.size()) {
        zero(folio, (int) left, folio.size());
      }
      int units = (int) Math.min(folio.size(), left + blockSize - 1) >> blockShift;
      BlockStates states = statesIfAny(folio);
      long[] dirty = states == null ? null : states.takeDirty();
      WriteTransfer transfer = new WriteTransfer(folio, states);
      folio.startWriteback();
      Errno error = null;
      try {
        int unit = 0;
        while (unit < units) {
          int from = dirty == null ? unit : BlockStates.nextSet(dirty, unit, units);
          int to = dirty == null ? units : BlockStates.nextClear(dirty, from, units);
          if (from < to) {
            map(transfer, from, to);
          }
          unit = Math.max(to, from);
        }
      } catch (ErrnoException e) {
        error = e.errno();
      } finally {
        folio.unlock();
        transfer.end(error);
      }
    }

    private void map(WriteTransfer transfer, int from, int to) throws ErrnoException {
      long first = transfer.folio.position() >> blockShift;
      int unit = from;
      while (unit < to) {
        long block = first + unit;
        run.seek(block, Math.max(to - unit, BlockRun.WINDOW));
        if (run.isHole()) {
          run.allocate(block, to - unit);
        }
        int count = (int) Math.min(to - unit, run.left(block));
        batch.add(transfer, unit << blockShift, count << blockShift, run.at(block) << blockShift);
        unit += count;
      }
    }
  }

  /** A folio on its way out. */
  private final class WriteTransfer extends FolioTransfer {
    private final BlockStates states;

    WriteTransfer(Folio folio, BlockStates states) {
      super(folio);
      this.states = states;
    }

    @Override
    void pieceEnded(int offset, int length, Errno status) {
      if (states != null) {
        states.written(offset >> blockShift, (offset + length) >> blockShift, status);
      }
    }

    @Override
    void finished(Errno firstError) {
      if (firstError != null) {
        file.writebackFailed(firstError);
      }
      folio.endWriteback(firstError);
    }
  }

  // What is known of a folio

  /** Whether the blocks of a part are up to date ({@code block_is_partially_uptodate}). */
  @Override
  public boolean isPartiallyUpToDate(Folio folio, int offset, int length) {
    BlockStates states = statesIfAny(folio);
    int end = (int) Math.min(folio.size(), (long) offset + length);
    return states != null
        && length > 0
        && states.isUpToDate(offset >> blockShift, (end + blockSize - 1) >> blockShift);
  }

  @Override
  public void invalidateFolio(Folio folio, int offset, int length) {
    BlockStates states = statesIfAny(folio);
    if (states == null && length < folio.size() && folio.isDirty()) {
      // It is dirty all over, and a part of it no longer is.
      states = states(folio);
    }
    if (states == null) {
      return;
    }
    int from = (offset + blockSize - 1) >> blockShift;
    int to = (offset + length) >> blockShift;
    if (from < to) {
      states.forget(from, to);
    }
  }

  @Override
  public int transferDirectly(Transfer direction, long position, MemorySegment memory)
      throws ErrnoException {
    return direct.transfer(direction, position, memory);
  }

  private static BlockStates statesIfAny(Folio folio) {
    return (BlockStates) folio.fileSystemData();
  }

  /** The folio's block states, made if absent; null when a block fills the folio. */
  synchronized BlockStates states(Folio folio) {
    int units = folio.size() >> blockShift;
    if (units <= 1 && tracking == Tracking.SMALL_BLOCKS) {
      return null;
    }
    BlockStates states = statesIfAny(folio);
    if (states == null) {
      states = new BlockStates(units);
      if (folio.isUpToDate()) {
        states.markUpToDate(0, units);
        if (folio.isDirty()) {
          states.markDirty(0, units);
        }
      }
      folio.setFileSystemData(states);
    }
    return states;
  }

  boolean isUpToDate(Folio folio, int unit) {
    return isUpToDate(folio, unit, unit + 1);
  }

  boolean isUpToDate(Folio folio, int fromUnit, int toUnit) {
    if (folio.isUpToDate()) {
      return true;
    }
    BlockStates states = statesIfAny(folio);
    return states != null && states.isUpToDate(fromUnit, toUnit);
  }

  /** Blocks of a locked folio now hold the file's data. */
  void markUpToDate(Folio folio, int fromUnit, int toUnit) {
    if (folio.isUpToDate()) {
      return;
    }
    BlockStates states = states(folio);
    if (states == null) {
      folio.markUpToDate();
      return;
    }
    states.markUpToDate(fromUnit, toUnit);
    if (states.isUpToDate()) {
      folio.markUpToDate();
    }
  }

  /** Blocks of a folio (locked, or referenced and up to date there) have changed. */
  void markDirty(Folio folio, int fromUnit, int toUnit) {
    boolean wasClean =
        isWhole(folio, fromUnit, toUnit)
            ? markAllDirty(folio)
            : markSomeDirty(folio, fromUnit, toUnit);
    if (wasClean) {
      file.dirtied();
    }
  }

  private boolean markSomeDirty(Folio folio, int fromUnit, int toUnit) {
    BlockStates states = states(folio);
    if (states == null) {
      return markDirtyWithoutStates(folio);
    }
    states.markDirty(fromUnit, toUnit);
    if (!folio.isUpToDate() && states.isUpToDate()) {
      folio.markUpToDate();
    }
    return folio.markDirty();
  }

  private boolean markAllDirty(Folio folio) {
    int units = folio.size() >> blockShift;
    return units > 1 ? markBlocksDirty(folio, units) : markDirtyWithoutStates(folio);
  }

  /**
   * Page tables tell of stores without the folio's lock, while its holder may be about to attach
   * the states: either they are found, or whoever makes them finds the folio dirty all over.
   */
  private synchronized boolean markBlocksDirty(Folio folio, int units) {
    BlockStates states = statesIfAny(folio);
    if (states != null) {
      states.markDirty(0, units);
    }
    return markDirtyWithoutStates(folio);
  }

  private static boolean markDirtyWithoutStates(Folio folio) {
    if (!folio.isUpToDate()) {
      folio.markUpToDate();
    }
    return folio.markDirty();
  }

  /** Whether a change of these blocks leaves no difference between the folio's blocks. */
  private boolean isWhole(Folio folio, int fromUnit, int toUnit) {
    return tracking == Tracking.SMALL_BLOCKS
        && fromUnit == 0
        && toUnit == folio.size() >> blockShift;
  }

  private static void zero(Folio folio, int from, int to) {
    if (to > from) {
      folio.data().asSlice(from, to - from).fill((byte) 0);
    }
  }
}
