package dev.sekiso.filesystems.block;

import static dev.sekiso.filesystems.block.FolioBlocks.zero;

import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.Folio;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/**
 * A store into a file's folio ({@code __block_write_begin}, {@code block_write_end}): before it,
 * blocks are allocated, and those it covers in part are read or zeroed; after it, what it changed
 * is dirty. A store that breaks off leaves no block that shows what the device happens to hold
 * there.
 *
 * <p>Locking: the folio is locked from {@link #begin} to {@link #end}, and belongs, as {@link
 * #fresh} does, to the holder of the inode's lock: a file has one writer at a time.
 */
final class BlockStore {

  private final BlockMappedFile file;
  private final DeviceIo io;
  private final FolioBlocks blocks;
  private final int blockShift;
  private final int blockSize;

  /** Blocks of the folio, by number in it, that the store in progress has allocated. */
  private final BitSet fresh = new BitSet();

  BlockStore(BlockMappedFile file, DeviceIo io, FolioBlocks blocks) {
    this.file = file;
    this.io = io;
    this.blocks = blocks;
    this.blockShift = file.blockShift();
    this.blockSize = 1 << blockShift;
  }

  void begin(Folio folio, long position, int length) throws ErrnoException {
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
        if (blocks.isUpToDate(folio, unit)) {
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
    blocks.markUpToDate(folio, unit, unit + 1);
  }

  /**
   * A store has failed after blocks were allocated for it: they must not show what the device
   * happens to hold there, so they become zeroes ({@code folio_zero_new_buffers}).
   */
  private void keepFresh(Folio folio) {
    for (int unit = fresh.nextSetBit(0); unit >= 0; unit = fresh.nextSetBit(unit + 1)) {
      zero(folio, unit << blockShift, (unit + 1) << blockShift);
      blocks.markDirty(folio, unit, unit + 1);
    }
    fresh.clear();
  }

  void end(Folio folio, long position, int length, int copied) {
    int from = (int) (position - folio.position());
    int end = from + copied;
    if (copied < length) {
      repairShortCopy(folio, end, from + length);
    }
    int firstUnit = from >> blockShift;
    int endUnit = (end + blockSize - 1) >> blockShift;
    if (copied > 0 && copied < length && !blocks.isUpToDate(folio, endUnit - 1)) {
      endUnit--;
    }
    if (endUnit > firstUnit && copied > 0) {
      blocks.markDirty(folio, firstUnit, endUnit);
    }
    fresh.clear();
    if (copied > 0 && position + copied > file.size()) {
      file.grown(position + copied);
    }
  }

  /** The source gave less than promised: makes whole again what was to be overwritten. */
  private void repairShortCopy(Folio folio, int copiedTo, int promisedTo) {
    for (int unit = copiedTo >> blockShift; unit << blockShift < promisedTo; unit++) {
      if (blocks.isUpToDate(folio, unit)) {
        continue;
      }
      int start = Math.max(copiedTo, unit << blockShift);
      int end = (unit + 1) << blockShift;
      if (fresh.get(unit)) {
        zero(folio, start, end);
        blocks.markDirty(folio, unit, unit + 1);
      } else if (start > unit << blockShift) {
        rereadTail(folio, unit, start);
      }
    }
  }

  private void rereadTail(Folio folio, int unit, int start) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment whole = arena.allocate(blockSize, 4096);
      long block = (folio.position() >> blockShift) + unit;
      io.read(file.map(block, 1).start() << blockShift, whole, 0);
      int within = start - (unit << blockShift);
      MemorySegment.copy(whole, within, folio.data(), start, blockSize - within);
      blocks.markUpToDate(folio, unit, unit + 1);
    } catch (ErrnoException e) {
      file.writebackFailed(e.errno());
    }
  }
}
