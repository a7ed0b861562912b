package dev.sekiso.filesystems.block;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.machine.Errno;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Gathers pieces of folios that are neighbours on the device into the largest bios possible (the
 * kernel's {@code mpage.c}: a bio is kept open until a piece does not continue it).
 *
 * <p>Belongs to one task. A completion of a bio ends its pieces; it runs in any context and waits
 * for nothing.
 */
final class TransferBatch implements AutoCloseable {

  /** Pieces in one bio (the kernel's BIO_MAX_VECS): 1 MiB of single pages. */
  private static final int MAXIMUM_PIECES = 256;

  private final BlockDevice device;
  private final BioOperation operation;
  private final int flags;
  private List<Piece> pieces = new ArrayList<>();
  private List<MemorySegment> memory = new ArrayList<>();
  private long start;
  private long end;

  TransferBatch(BlockDevice device, BioOperation operation, int flags) {
    this.device = device;
    this.operation = operation;
    this.flags = flags;
  }

  /**
   * Adds a piece of a folio.
   *
   * @param offset byte offset in the folio
   * @param position byte position on the device
   */
  void add(FolioTransfer transfer, int offset, int length, long position) {
    if (!pieces.isEmpty() && (position != end || pieces.size() == MAXIMUM_PIECES)) {
      submit();
    }
    if (pieces.isEmpty()) {
      start = position;
      end = position;
    }
    transfer.begin();
    pieces.add(new Piece(transfer, offset, length));
    memory.add(transfer.folio.data().asSlice(offset, length));
    end += length;
  }

  /** Sends what has been gathered. */
  void submit() {
    if (pieces.isEmpty()) {
      return;
    }
    List<Piece> sent = pieces;
    Bio bio =
        new Bio(operation, flags, start >> Bio.SECTOR_SHIFT, ended -> end(sent, ended.status()));
    for (MemorySegment segment : memory) {
      bio.add(segment);
    }
    pieces = new ArrayList<>();
    memory = new ArrayList<>();
    device.submit(bio);
  }

  private static void end(List<Piece> pieces, Errno status) {
    for (Piece piece : pieces) {
      piece.transfer.pieceEnded(piece.offset, piece.length, status);
      piece.transfer.end(status);
    }
  }

  @Override
  public void close() {
    submit();
  }

  private record Piece(FolioTransfer transfer, int offset, int length) {}
}
