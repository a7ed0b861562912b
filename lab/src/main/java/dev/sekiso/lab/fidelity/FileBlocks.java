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

  /** The byte of the file that a sector holds, -1 when it holds none of it. */
  long offset(long sector) {
    long at = sector << Bio.SECTOR_SHIFT;
    long block = at >> PageCache.PAGE_SHIFT;
    for (Piece piece : pieces) {
      if (block >= piece.block && block < piece.block + piece.count) {
        return ((block - piece.block + piece.page) << PageCache.PAGE_SHIFT)
            + (at & (PageCache.PAGE_SIZE - 1));
      }
    }
    return -1;
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
