package dev.sekiso.blockdev.driver;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.Request;
import java.lang.foreign.MemorySegment;

/** Moves a request's data between its memory and media. */
final class Transfers {

  private Transfers() {}

  static void carryOut(Request request, Media media) {
    long sector = request.sector();
    switch (request.operation()) {
      case READ -> {
        for (MemorySegment piece : request.segments()) {
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
