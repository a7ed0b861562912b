package dev.sekiso.filesystems.block;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.Plug;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.AddressSpaceOperations;
import dev.sekiso.pagecache.Folio;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.ReadaheadControl;
import dev.sekiso.pagecache.WritebackControl;
import java.lang.foreign.MemorySegment;

/**
 * Pages of a file from and to the blocks of a device: the kernel's {@code fs/mpage.c} and the folio
 * side of {@code fs/buffer.c}, for any {@link BlockMappedFile}. {@link FolioReader} brings folios
 * in, {@link BlockStore} lets them be stored to, {@link FolioWriter} writes them back, {@link
 * DirectTransfer} goes past them; {@link FolioBlocks} knows their blocks.
 *
 * <p>Locking: everything here runs with the folio locked, as the page cache promises, except the
 * completions, and except that page tables and {@link BufferCache} tell of changes to blocks of
 * folios that are only referenced.
 */
public final class BlockMappedOperations implements AddressSpaceOperations {

  /** How far ahead of a window the way to its data is looked up, in windows of its length. */
  private static final int WINDOWS_EXPECTED = 4;

  /** The least window that tells of a reader who may go on: a page read at random is alone. */
  private static final int LEAST_WINDOW = 4;

  private final BlockMappedFile file;
  private final DeviceIo io;
  private final int blockShift;
  private final FolioBlocks blocks;
  private final BlockStore store;
  private final DirectTransfer direct;

  /** Which folios get a state per block. */
  public enum Tracking {
    /** Those with more than one block: for the others the folio's flags say it all. */
    SMALL_BLOCKS,
    /** All: blocks are also changed, and forgotten, without their folio's lock. */
    ALL_BLOCKS
  }

  public BlockMappedOperations(BlockMappedFile file, DeviceIo io, Tracking tracking) {
    this.file = file;
    this.io = io;
    this.blockShift = file.blockShift();
    this.blocks = new FolioBlocks(file, tracking);
    this.store = new BlockStore(file, io, blocks);
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

  /** What is known of the blocks of the file's folios. */
  FolioBlocks blocks() {
    return blocks;
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
  public boolean isWriteCongested() {
    return io.device().isWriteCongested();
  }

  @Override
  public boolean letsReclaimWrite() {
    return file.letsReclaimWrite();
  }

  @Override
  public void readFolio(Folio folio) {
    try (TransferBatch batch = new TransferBatch(io.device(), BioOperation.READ, 0)) {
      new FolioReader(file, batch, 0).read(folio);
    }
  }

  @Override
  public void readahead(ReadaheadControl control) {
    try (Plug plug = io.device().plug();
        TransferBatch batch = new TransferBatch(io.device(), BioOperation.READ, Bio.READAHEAD)) {
      expectMore(control);
      FolioReader reader = new FolioReader(file, batch, control.pagesLeft());
      Folio folio = control.next();
      while (folio != null) {
        reader.read(folio);
        folio = control.next();
      }
    }
  }

  /**
   * Whoever reads ahead in earnest will go on: what it takes to find the next windows is brought in
   * before the data of this one, or the next one would wait for it behind that data, and the device
   * for the next one. Not on a device that spins, where going there and back costs more than the
   * wait.
   */
  private void expectMore(ReadaheadControl control) {
    if (control.pagesLeft() < LEAST_WINDOW || io.device().limits().rotational()) {
      return;
    }
    int shift = PageCache.PAGE_SHIFT - blockShift;
    long next = (control.index() + control.pagesLeft()) << shift;
    long endOfFile = (file.size() + (1 << blockShift) - 1) >> blockShift;
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

  /** Whether the blocks of a part are up to date ({@code block_is_partially_uptodate}). */
  @Override
  public boolean isPartiallyUpToDate(Folio folio, int offset, int length) {
    return blocks.isPartUpToDate(folio, offset, length);
  }

  // Writing into the cache

  @Override
  public void writeBegin(Folio folio, long position, int length) throws ErrnoException {
    store.begin(folio, position, length);
  }

  @Override
  public void writeEnd(Folio folio, long position, int length, int copied) {
    store.end(folio, position, length, copied);
  }

  @Override
  public void makeWritable(Folio folio) throws ErrnoException {
    long first = folio.position() >> blockShift;
    long endOfFile = (file.size() + (1 << blockShift) - 1) >> blockShift;
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
      blocks.markDirty(folio, 0, folio.size() >> blockShift);
    }
  }

  @Override
  public void invalidateFolio(Folio folio, int offset, int length) {
    blocks.forget(folio, offset, length);
  }

  /** Not while a buffer in it is held ({@code try_to_free_buffers}). */
  @Override
  public boolean releaseFolio(Folio folio) {
    BlockStates states = FolioBlocks.statesIfAny(folio);
    return states == null || states.leave();
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
      FolioWriter writer = new FolioWriter(file, batch);
      mapping.writeDirty(control, writer::write);
    }
  }

  @Override
  public int transferDirectly(Transfer direction, long position, MemorySegment memory)
      throws ErrnoException {
    return direct.transfer(direction, position, memory);
  }
}
