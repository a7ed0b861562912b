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
      case READ -> read(media, request.sector(), request.segments());
      case WRITE -> write(media, request.sector(), request.segments());
      case DISCARD, WRITE_ZEROES -> media.zero(request.sector(), request.sectors());
      case FLUSH -> {}
    }
  }

  /** Of a bio that is a read or a write. */
  static void carryOut(Bio bio, Media media) {
    if (bio.operation() == BioOperation.READ) {
      read(media, bio.sector(), bio.segments());
    } else {
      write(media, bio.sector(), bio.segments());
    }
  }

  private static void read(Media media, long first, List<MemorySegment> pieces) {
    long sector = first;
    for (int i = 0; i < pieces.size(); i++) {
      MemorySegment piece = pieces.get(i);
      media.read(sector, piece);
      sector += piece.byteSize() >> Bio.SECTOR_SHIFT;
    }
  }

  private static void write(Media media, long first, List<MemorySegment> pieces) {
    long sector = first;
    for (int i = 0; i < pieces.size(); i++) {
      MemorySegment piece = pieces.get(i);
      media.write(sector, piece);
      sector += piece.byteSize() >> Bio.SECTOR_SHIFT;
    }
  }
}
