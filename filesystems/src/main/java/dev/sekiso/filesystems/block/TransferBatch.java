package dev.sekiso.filesystems.block;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.machine.Errno;

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

  /** The bio that is open, and the last of its pieces; null when there is none. */
  private Bio bio;

  private Piece last;
  private int count;
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
    if (bio != null && (position != end || count == MAXIMUM_PIECES)) {
      submit();
    }
    Piece piece = new Piece(transfer, offset, length);
    if (bio == null) {
      bio = new Bio(operation, flags, position >> Bio.SECTOR_SHIFT, piece);
      end = position;
    } else {
      last.next = piece;
    }
    last = piece;
    count++;
    transfer.begin();
    bio.add(transfer.memory(offset, length));
    end += length;
  }

  /** Sends what has been gathered. */
  void submit() {
    Bio sent = bio;
    if (sent != null) {
      bio = null;
      last = null;
      count = 0;
      device.submit(sent);
    }
  }

  @Override
  public void close() {
    submit();
  }

  /** A piece and those behind it in one bio, all of which end with the bio. */
  private static final class Piece implements Bio.Completion {
    private final FolioTransfer transfer;
    private final int offset;
    private final int length;
    private Piece next;

    Piece(FolioTransfer transfer, int offset, int length) {
      this.transfer = transfer;
      this.offset = offset;
      this.length = length;
    }

    @Override
    public void completed(Bio ended) {
      Errno status = ended.status();
      for (Piece piece = this; piece != null; piece = piece.next) {
        piece.transfer.pieceEnded(piece.offset, piece.length, status);
        piece.transfer.end(status);
      }
    }
  }
}
