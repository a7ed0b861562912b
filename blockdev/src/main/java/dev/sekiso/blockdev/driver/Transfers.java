package dev.sekiso.blockdev.driver;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BioOperation;
import dev.sekiso.blockdev.Request;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Moves a request's or a bio's data between its memory and media. */
final class Transfers {

  private Transfers() {}

  static void carryOut(Request request, Media media) {
    switch (request.operation()) {
      case READ, WRITE -> move(request.operation(), request.sector(), request.segments(), media);
      case DISCARD, WRITE_ZEROES -> media.zero(request.sector(), request.sectors());
      case FLUSH -> {}
    }
  }

  /** Of a bio that is a read or a write. */
  static void carryOut(Bio bio, Media media) {
    move(bio.operation(), bio.sector(), bio.segments(), media);
  }

  private static void move(
      BioOperation operation, long first, List<MemorySegment> pieces, Media media) {
    long sector = first;
    for (int i = 0; i < pieces.size(); i++) {
      MemorySegment piece = pieces.get(i);
      if (operation == BioOperation.READ) {
        media.read(sector, piece);
      } else {
        media.write(sector, piece);
      }
      sector += piece.byteSize() >> Bio.SECTOR_SHIFT;
    }
  }
}
