package dev.sekiso.filesystems.block;

import static dev.sekiso.filesystems.block.FolioBlocks.statesIfAny;
import static dev.sekiso.filesystems.block.FolioBlocks.zero;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.Folio;
import dev.sekiso.pagecache.PageCache;

/**
 * Brings locked folios in, in index order, remembering the last extent ({@code mpage_readahead},
 * {@code do_mpage_readpage}). What is up to date already is left alone, holes and what lies behind
 * the end of the file become zeroes. Belongs to one task, lives as long as one operation.
 */
final class FolioReader {

  private final BlockMappedFile file;
  private final TransferBatch batch;
  private final BlockRun run;
  private final int blockShift;
  private final int blockSize;

  /** Pages that will be asked for. */
  private final long pages;

  /** The block of the file behind them; unknown before the first. */
  private long endOfInterest = -1;

  /**
   * @param pages how many pages the folios to be read have, 0 for one folio
   */
  FolioReader(BlockMappedFile file, TransferBatch batch, int pages) {
    this.file = file;
    this.batch = batch;
    this.pages = pages;
    this.run = new BlockRun(file);
    this.blockShift = file.blockShift();
    this.blockSize = 1 << blockShift;
  }

  /** Starts to read a folio, which the end of the read unlocks. */
  void read(Folio folio) {
    if (endOfInterest < 0) {
      long length = Math.max(folio.size(), pages << PageCache.PAGE_SHIFT);
      endOfInterest = (folio.position() + length) >> blockShift;
    }
    long size = file.size();
    ReadTransfer transfer = new ReadTransfer(folio, size);
    // What is thrown instead of an errno leaves blocks unread as well.
    Errno error = Errno.EIO;
    try {
      map(folio, transfer, size);
      error = null;
    } catch (ErrnoException e) {
      error = e.errno();
    } finally {
      transfer.end(error);
    }
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
}
