package dev.sekiso.blockdev.driver;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.Request;
import dev.sekiso.blockdev.driver.WriteBuffer.Parcel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;

/** A solid-state disk in motion; see {@link SsdModel} for how it behaves. */
final class SsdMechanism implements Mechanism {

  private static final int SECTORS_PER_4K = 8;

  private record Piece(Parcel parcel, long sector, long sectors) {}

  private record Flush(Request request, long upTo) {}

  private final Host host;
  private final SsdModel model;
  private final SplittableRandom chance;
  private final int pageSectors;
  private final long[] dieFree;
  private final long[] channelFree;
  private long linkFree;
  private int nextDie;
  private final Deque<Request> waitingForRoom = new ArrayDeque<>();
  private final Deque<Piece> unprogrammed = new ArrayDeque<>();
  private final List<Flush> flushes = new ArrayList<>();
  private long unprogrammedSectors;

  SsdMechanism(Host host, SsdModel model, long seed) {
    this.host = host;
    this.model = model;
    this.chance = new SplittableRandom(seed);
    this.pageSectors = model.pageBytes() >> Bio.SECTOR_SHIFT;
    this.dieFree = new long[model.dies()];
    this.channelFree = new long[model.channels()];
  }

  @Override
  public void accept(Request request) {
    switch (request.operation()) {
      case READ -> read(request);
      case WRITE -> {
        waitingForRoom.add(request);
        admit();
      }
      case FLUSH -> flush(request, host.buffer().lastNumber());
      case DISCARD -> {
        host.buffer().discard(request.sector(), request.sectors());
        host.completeAt(host.now() + model.commandNanos(), request);
      }
      case WRITE_ZEROES -> throw new IllegalStateException("WRITE_ZEROES was not offered");
    }
  }

  private void read(Request request) {
    boolean small = request.sectors() <= SECTORS_PER_4K;
    long ready = host.now() + (small ? model.command4kNanos() : model.commandNanos());
    if (!host.buffer().covers(request.sector(), request.sectors())) {
      ready = readPages(request, ready);
    }
    host.completeAt(overLink(ready, request.byteCount()), request);
  }

  private long readPages(Request request, long from) {
    long last = from;
    for (long sector = request.sector(); sector < request.endSector(); ) {
      long end = Math.min(request.endSector(), (sector / pageSectors + 1) * pageSectors);
      int die = (int) (sector / pageSectors % dieFree.length);
      long sensed = Math.max(from, dieFree[die]) + sensing(end - sector <= SECTORS_PER_4K);
      dieFree[die] = sensed;
      last = Math.max(last, overChannel(die, sensed, (end - sector) << Bio.SECTOR_SHIFT));
      sector = end;
    }
    return last;
  }

  /** The pages of a cell are fast and slow by turns; which one it is is chance. */
  private long sensing(boolean small) {
    boolean fast = chance.nextBoolean();
    if (small) {
      return fast ? model.read4kFastNanos() : model.read4kSlowNanos();
    }
    return fast ? model.readFastNanos() : model.readSlowNanos();
  }

  private long overChannel(int die, long from, long bytes) {
    int channel = die % channelFree.length;
    long done =
        Math.max(from, channelFree[channel]) + SsdModel.nanos(bytes, model.channelBytesPerSecond());
    channelFree[channel] = done;
    return done;
  }

  private long overLink(long from, long bytes) {
    linkFree =
        Math.max(from, linkFree)
            + model.linkNanos()
            + SsdModel.nanos(bytes, model.linkBytesPerSecond());
    return linkFree;
  }

  /** Takes writes in as long as there is room; the last one may stick out. */
  private void admit() {
    WriteBuffer buffer = host.buffer();
    while (!waitingForRoom.isEmpty() && buffer.bytes() < model.bufferBytes()) {
      Request request = waitingForRoom.remove();
      long fourKs = (request.sectors() + SECTORS_PER_4K - 1) / SECTORS_PER_4K;
      long done =
          overLink(host.now(), request.byteCount())
              + model.writeNanos()
              + fourKs * model.writePer4kNanos();
      Parcel parcel = buffer.store(request);
      unprogrammed.add(new Piece(parcel, parcel.sector, parcel.sectors));
      unprogrammedSectors += parcel.sectors;
      while (unprogrammedSectors >= pageSectors) {
        program(done);
      }
      if (request.has(Bio.FORCE_UNIT_ACCESS)) {
        flush(request, parcel.number);
      } else {
        host.completeAt(done, request);
      }
    }
  }

  /** Sends up to a page of data to the next die. */
  private void program(long from) {
    List<Piece> page = new ArrayList<>();
    long room = pageSectors;
    while (room > 0 && !unprogrammed.isEmpty()) {
      Piece piece = unprogrammed.removeFirst();
      long taken = Math.min(room, piece.sectors);
      page.add(new Piece(piece.parcel, piece.sector, taken));
      if (taken < piece.sectors) {
        unprogrammed.addFirst(new Piece(piece.parcel, piece.sector + taken, piece.sectors - taken));
      }
      room -= taken;
    }
    long sectors = pageSectors - room;
    unprogrammedSectors -= sectors;
    int die = nextDie++ % dieFree.length;
    long there = overChannel(die, from, sectors << Bio.SECTOR_SHIFT);
    dieFree[die] = Math.max(there, dieFree[die]) + model.programNanos();
    host.at(dieFree[die], () -> programmed(page));
  }

  private void programmed(List<Piece> page) {
    for (Piece piece : page) {
      host.buffer().land(piece.parcel, piece.sector, piece.sectors);
    }
    flushes.removeIf(flush -> {
      boolean done = host.buffer().landed(flush.upTo);
      if (done) {
        host.completeAt(host.now(), flush.request);
      }
      return done;
    });
    admit();
  }

  /** Ends the request when all writes up to a number are on the media. */
  private void flush(Request request, long upTo) {
    if (host.buffer().landed(upTo)) {
      host.completeAt(host.now() + model.writeNanos(), request);
      return;
    }
    while (unprogrammedSectors > 0) {
      program(host.now());
    }
    flushes.add(new Flush(request, upTo));
  }
}
