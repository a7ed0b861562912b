package dev.sekiso.blockdev.driver;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.Request;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Moves a request's data between its memory and media. */
final class Transfers {

  private Transfers() {}

  static void carryOut(Request request, Media media) {
    long sector = request.sector();
    switch (request.operation()) {
      case READ -> {
        List<MemorySegment> pieces = request.segments();
        for (int i = 0; i < pieces.size(); i++) {
          MemorySegment piece = pieces.get(i);
          media.read(sector, piece);
          sector += piece.byteSize() >> Bio.SECTOR_SHIFT;
        }
      }
      case WRITE -> {
        for (MemorySegment piece : request.segments()) {
          media.write(sector, piece);
          sector += piece.byteSize() >> Bio.SECTOR_SHIFT;
        }
      }
      case DISCARD, WRITE_ZEROES -> media.zero(sector, request.sectors());
      case FLUSH -> {}
    }
  }
}
