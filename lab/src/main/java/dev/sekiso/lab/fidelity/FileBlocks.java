package dev.sekiso.lab.fidelity;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.filesystems.block.BlockMappedOperations;
import dev.sekiso.filesystems.block.Extent;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.PageCache;
import java.util.ArrayList;
import java.util.List;

/** Where a file's pages lie on the device, at one time (FIEMAP). Blocks are pages. */
final class FileBlocks {

  static final FileBlocks NONE = new FileBlocks(List.of());

  /** Longest piece that is asked for at once; pieces that touch are joined. */
  private static final long WINDOW = 1 << 20;

  private record Piece(long page, long block, long count) {}

  private final List<Piece> pieces;

  private FileBlocks(List<Piece> pieces) {
    this.pieces = pieces;
  }

  /** Asks the file system, which reads its map of the file if it is not in memory. */
  static FileBlocks of(BlockMappedOperations file) throws ErrnoException {
    List<Piece> pieces = new ArrayList<>();
    long end = (file.size() + PageCache.PAGE_SIZE - 1) >> PageCache.PAGE_SHIFT;
    long page = 0;
    while (page < end) {
      Extent extent = file.map(page, Math.min(WINDOW, end - page));
      if (!extent.isHole()) {
        add(pieces, new Piece(page, extent.start(), extent.count()));
      }
      page += extent.count();
    }
    return new FileBlocks(pieces);
  }

  private static void add(List<Piece> pieces, Piece next) {
    if (!pieces.isEmpty()) {
      Piece last = pieces.getLast();
      if (last.page + last.count == next.page && last.block + last.count == next.block) {
        pieces.set(pieces.size() - 1, new Piece(last.page, last.block, last.count + next.count));
        return;
      }
    }
    pieces.add(next);
  }

  /** A part of the file, in bytes. */
  record Part(long offset, long length) {}

  /**
   * The parts of the file that a run of sectors holds, in the order of the sectors.
   *
   * @param before where the file lay earlier: counts for what is nobody's now
   */
  List<Part> parts(long sector, long sectors, FileBlocks before) {
    List<Part> parts = new ArrayList<>();
    long end = (sector + sectors) << Bio.SECTOR_SHIFT;
    long at = sector << Bio.SECTOR_SHIFT;
    while (at < end) {
      Piece piece = pieceAt(at >> PageCache.PAGE_SHIFT);
      if (piece == null) {
        piece = before.pieceAt(at >> PageCache.PAGE_SHIFT);
      }
      if (piece == null) {
        at = (at & -PageCache.PAGE_SIZE) + PageCache.PAGE_SIZE;
        continue;
      }
      long start = piece.block << PageCache.PAGE_SHIFT;
      long until = Math.min(end, start + (piece.count << PageCache.PAGE_SHIFT));
      parts.add(new Part((piece.page << PageCache.PAGE_SHIFT) + at - start, until - at));
      at = until;
    }
    return parts;
  }

  private Piece pieceAt(long block) {
    for (Piece piece : pieces) {
      if (block >= piece.block && block < piece.block + piece.count) {
        return piece;
      }
    }
    return null;
  }

  /** The sector that holds a byte of the file, -1 when it is in a hole. */
  long sector(long offset) {
    long page = offset >> PageCache.PAGE_SHIFT;
    for (Piece piece : pieces) {
      if (page >= piece.page && page < piece.page + piece.count) {
        long at =
            ((page - piece.page + piece.block) << PageCache.PAGE_SHIFT)
                + (offset & (PageCache.PAGE_SIZE - 1));
        return at >> Bio.SECTOR_SHIFT;
      }
    }
    return -1;
  }
}
