package dev.sekiso.filesystems.block;

import static dev.sekiso.filesystems.block.FolioBlocks.statesIfAny;
import static dev.sekiso.filesystems.block.FolioBlocks.zero;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.Folio;

/**
 * Writes dirty folios back, in index order, remembering the last extent ({@code mpage_writepages},
 * {@code __block_write_full_folio}). Only dirty blocks within the file go, holes under them are
 * given blocks. Belongs to one task, lives as long as one operation.
 */
final class FolioWriter {

  private final BlockMappedFile file;
  private final TransferBatch batch;
  private final BlockRun run;
  private final int blockShift;
  private final int blockSize;

  FolioWriter(BlockMappedFile file, TransferBatch batch) {
    this.file = file;
    this.batch = batch;
    this.run = new BlockRun(file);
    this.blockShift = file.blockShift();
    this.blockSize = 1 << blockShift;
  }

  /** Starts to write a locked folio whose dirty flag has been cleared, and unlocks it. */
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
    // What is thrown instead of an errno leaves blocks unwritten as well.
    Errno error = Errno.EIO;
    try {
      mapDirty(transfer, dirty, units);
      error = null;
    } catch (ErrnoException e) {
      error = e.errno();
    } finally {
      folio.unlock();
      transfer.end(error);
    }
  }

  private void mapDirty(WriteTransfer transfer, long[] dirty, int units) throws ErrnoException {
    int unit = 0;
    while (unit < units) {
      int from = dirty == null ? unit : BlockStates.nextSet(dirty, unit, units);
      int to = dirty == null ? units : BlockStates.nextClear(dirty, from, units);
      if (from < to) {
        map(transfer, from, to);
      }
      unit = Math.max(to, from);
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
}
