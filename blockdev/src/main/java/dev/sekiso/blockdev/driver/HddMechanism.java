package dev.sekiso.blockdev.driver;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.Request;
import dev.sekiso.blockdev.driver.WriteBuffer.Parcel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;

/**
 * A hard disk in motion; see {@link HddModel}.
 *
 * <p>One thing at a time: when the arm is free it takes, of the reads that wait, the one it can
 * reach first, unless the oldest has lost patience. Writes go to the cache and are put on the
 * platter when there is nothing to read, when the cache is half full, or for a flush, each time the
 * one that can be reached first of those next in sector order. After a read the head stays and the
 * disk reads on into its buffer until something else is to be done.
 */
final class HddMechanism implements Mechanism {

  /** How many cached writes are weighed against each other. */
  private static final int WEIGHED = 32;

  private record Flush(Request request, long upTo) {}

  private record Waiting(Request request, long since) {}

  private final Host host;
  private final HddModel model;
  private final HddGeometry geometry;
  private final List<Waiting> reads = new ArrayList<>();
  private final TreeSet<Parcel> cached =
      new TreeSet<>(
          Comparator.<Parcel>comparingLong(parcel -> parcel.sector)
              .thenComparingLong(parcel -> parcel.number));
  private final Deque<Request> waitingForRoom = new ArrayDeque<>();
  private final List<Flush> flushes = new ArrayList<>();
  private long busyUntil;
  private boolean busy;
  private long head;

  /** What is being put on the platter, null when nothing is; and when its first sector came by. */
  private Parcel landing;

  private long landingSince;

  /** What is in the read buffer: from here … */
  private long bufferedFrom;

  /** … to here, passed at {@link #bufferedAt}, and on, as time goes by, while reading on. */
  private long bufferedTo;

  private long bufferedAt;
  private boolean readingOn;

  HddMechanism(Host host, HddModel model, long deviceSectors) {
    this.host = host;
    this.model = model;
    this.geometry = new HddGeometry(model, deviceSectors);
  }

  @Override
  public void accept(Request request) {
    switch (request.operation()) {
      case READ -> read(request);
      case WRITE -> {
        waitingForRoom.add(request);
        admit();
      }
      case FLUSH -> flush(request);
      case DISCARD, WRITE_ZEROES ->
          throw new IllegalStateException(request.operation() + " was not offered");
    }
  }

  private long overLink(long bytes) {
    return SsdModel.nanos(bytes, model.linkBytesPerSecond());
  }

  // ---------------------------------------------------------------------------------------- reads

  private void read(Request request) {
    long soonest = host.now() + model.commandNanos() + overLink(request.byteCount());
    boolean begun = request.sector() >= bufferedFrom && request.sector() <= readTo();
    if (host.buffer().covers(request.sector(), request.sectors())
        || (begun && request.endSector() <= readTo())) {
      host.completeAt(soonest, request);
    } else if (begun && readingOn && request.endSector() <= bufferedTo + readAheadSectors()) {
      long passed = bufferedAt + geometry.pass(bufferedTo, request.endSector() - bufferedTo);
      bufferedTo = request.endSector();
      bufferedAt = passed;
      head = bufferedTo;
      host.completeAt(Math.max(passed, soonest), request);
      occupyUntil(passed);
    } else {
      reads.add(new Waiting(request, host.now()));
      next();
    }
  }

  private long readAheadSectors() {
    return model.readAheadBytes() >> Bio.SECTOR_SHIFT;
  }

  /** How far the buffer reaches by now. */
  private long readTo() {
    if (!readingOn || host.now() < bufferedAt) {
      return bufferedTo;
    }
    long limit = readAheadSectors();
    return bufferedTo + geometry.passed(bufferedTo, host.now() - bufferedAt, limit);
  }

  private void stopReadingOn() {
    long reached = readTo();
    if (readingOn) {
      head = reached;
    }
    bufferedTo = reached;
    readingOn = false;
  }

  // --------------------------------------------------------------------------------------- writes

  private void admit() {
    WriteBuffer buffer = host.buffer();
    while (!waitingForRoom.isEmpty()) {
      Request request = waitingForRoom.peek();
      if (buffer.bytes() > 0 && buffer.bytes() + request.byteCount() > model.cacheBytes()) {
        break;
      }
      waitingForRoom.remove();
      cached.add(buffer.store(request));
      host.completeAt(host.now() + model.commandNanos() + overLink(request.byteCount()), request);
    }
    next();
  }

  private void flush(Request request) {
    long upTo = host.buffer().lastNumber();
    if (host.buffer().landed(upTo)) {
      host.completeAt(host.now() + model.commandNanos(), request);
    } else {
      flushes.add(new Flush(request, upTo));
      next();
    }
  }

  private boolean writesAreDue() {
    return reads.isEmpty()
        || !flushes.isEmpty()
        || !waitingForRoom.isEmpty()
        || host.buffer().bytes() > model.cacheBytes() / 2;
  }

  // ------------------------------------------------------------------------------------- movement

  private void occupyUntil(long time) {
    busy = true;
    busyUntil = time;
    host.at(
        time,
        () -> {
          // More may have been read in one go meanwhile.
          if (host.now() >= busyUntil) {
            busy = false;
            next();
          }
        });
  }

  private void next() {
    if (busy || (reads.isEmpty() && cached.isEmpty())) {
      return;
    }
    stopReadingOn();
    long now = host.now();
    Waiting read = nextRead(now);
    Parcel write = writesAreDue() ? nextWrite(now) : null;
    boolean impatient = read != null && now - read.since > model.patienceNanos();
    if (write != null
        && (read == null
            || (!impatient && reach(now, write.sector, true) < reachRead(now, read)))) {
      startWrite(now, write);
    } else {
      startRead(now, read);
    }
  }

  private long reach(long now, long sector, boolean write) {
    return geometry.reach(now, head, sector, write);
  }

  private long reachRead(long now, Waiting read) {
    return reach(Math.max(now, read.since + model.commandNanos()), read.request.sector(), false);
  }

  private Waiting nextRead(long now) {
    if (reads.isEmpty() || now - reads.getFirst().since > model.patienceNanos()) {
      return reads.isEmpty() ? null : reads.getFirst();
    }
    return reads.stream().min(Comparator.comparingLong(read -> reachRead(now, read))).get();
  }

  private Parcel nextWrite(long now) {
    Parcel best = null;
    long soonest = Long.MAX_VALUE;
    int weighed = 0;
    for (Parcel parcel : cached.tailSet(Parcel.marker(head))) {
      long time = reach(now, parcel.sector, true);
      if (time < soonest) {
        soonest = time;
        best = parcel;
      }
      if (++weighed == WEIGHED) {
        break;
      }
    }
    return best == null && !cached.isEmpty() ? cached.first() : best;
  }

  private void startRead(long now, Waiting read) {
    reads.remove(read);
    Request request = read.request;
    long begin = reachRead(now, read);
    long end = begin + geometry.pass(request.sector(), request.sectors());
    long soonest = read.since + model.commandNanos() + overLink(request.byteCount());
    head = request.endSector();
    bufferedFrom = request.sector();
    bufferedTo = request.endSector();
    bufferedAt = end;
    readingOn = true;
    host.completeAt(Math.max(end, soonest), request);
    occupyUntil(end);
  }

  private void startWrite(long now, Parcel parcel) {
    cached.remove(parcel);
    landing = parcel;
    landingSince = reach(now, parcel.sector, true);
    long end = landingSince + geometry.pass(parcel.sector, parcel.sectors);
    head = parcel.sector + parcel.sectors;
    busy = true;
    busyUntil = end;
    host.at(
        end,
        () -> {
          busy = false;
          landing = null;
          host.buffer().land(parcel, parcel.sector, parcel.sectors);
          landed();
          admit();
        });
  }

  /** A write stops at the sector under the head. */
  @Override
  public void powerLost() {
    if (landing != null && host.now() > landingSince) {
      long passed = geometry.passed(landing.sector, host.now() - landingSince, landing.sectors);
      host.buffer().land(landing, landing.sector, passed);
    }
  }

  private void landed() {
    for (Iterator<Flush> all = flushes.iterator(); all.hasNext(); ) {
      Flush flush = all.next();
      if (host.buffer().landed(flush.upTo)) {
        all.remove();
        host.completeAt(host.now(), flush.request);
      }
    }
  }
}
