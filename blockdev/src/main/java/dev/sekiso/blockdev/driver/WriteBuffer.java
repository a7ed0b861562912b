package dev.sekiso.blockdev.driver;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.Request;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a modelled disk has taken but not yet put on its media; guarded by its driver's lock. Lost
 * when the power goes.
 *
 * <p>Each write is a parcel with a number. Parcels land on the media piece by piece, in any order;
 * a sector of an older parcel that lands after a newer one has landed is dropped.
 */
final class WriteBuffer {

  /** A write's data. */
  static final class Parcel {
    final long number;
    final long sector;
    final long sectors;
    private final MemorySegment data;
    private long unlanded;

    private Parcel(long number, long sector, MemorySegment data) {
      this.number = number;
      this.sector = sector;
      this.sectors = data.byteSize() >> Bio.SECTOR_SHIFT;
      this.data = data;
      this.unlanded = sectors;
    }

    /** What stands before all parcels of a sector in order of sectors. */
    static Parcel marker(long sector) {
      return new Parcel(-1, sector, MemorySegment.ofArray(new byte[0]));
    }

    MemorySegment slice(long at, long count) {
      return data.asSlice((at - sector) << Bio.SECTOR_SHIFT, count << Bio.SECTOR_SHIFT);
    }

    boolean hasLanded() {
      return unlanded == 0;
    }
  }

  private static final class Sector {
    Parcel newest;
    int pending;
    long landed;
  }

  private final Media media;
  private final Map<Long, Sector> sectors = new HashMap<>();
  private final TreeMap<Long, Parcel> parcels = new TreeMap<>();
  private long lastNumber;
  private long bytes;

  WriteBuffer(Media media) {
    this.media = media;
  }

  /** Bytes that have not landed. */
  long bytes() {
    return bytes;
  }

  /** The number of the last write taken. */
  long lastNumber() {
    return lastNumber;
  }

  /** Whether all writes up to a number have landed. */
  boolean landed(long number) {
    return parcels.isEmpty() || parcels.firstKey() > number;
  }

  Parcel store(Request request) {
    MemorySegment data = MemorySegment.ofArray(new byte[Math.toIntExact(request.byteCount())]);
    long at = 0;
    for (MemorySegment piece : request.segments()) {
      MemorySegment.copy(piece, 0, data, at, piece.byteSize());
      at += piece.byteSize();
    }
    Parcel parcel = new Parcel(++lastNumber, request.sector(), data);
    parcels.put(parcel.number, parcel);
    bytes += data.byteSize();
    for (long sector = parcel.sector; sector < parcel.sector + parcel.sectors; sector++) {
      Sector entry = sectors.computeIfAbsent(sector, _ -> new Sector());
      entry.newest = parcel;
      entry.pending++;
    }
    return parcel;
  }

  /** Puts a piece of a parcel on the media. */
  void land(Parcel parcel, long first, long count) {
    long runStart = first;
    for (long sector = first; sector < first + count; sector++) {
      Sector entry = sectors.get(sector);
      boolean stale = entry.landed > parcel.number;
      if (!stale) {
        entry.landed = parcel.number;
      } else {
        write(parcel, runStart, sector);
        runStart = sector + 1;
      }
      if (--entry.pending == 0) {
        sectors.remove(sector);
      }
    }
    write(parcel, runStart, first + count);
    bytes -= count << Bio.SECTOR_SHIFT;
    parcel.unlanded -= count;
    if (parcel.unlanded == 0) {
      parcels.remove(parcel.number);
    }
  }

  private void write(Parcel parcel, long from, long to) {
    if (to > from) {
      media.write(from, parcel.slice(from, to - from));
    }
  }

  /** Forgets what a range held; what is still to land there will not. */
  void discard(long first, long count) {
    long number = ++lastNumber;
    media.zero(first, count);
    if (sectors.isEmpty()) {
      return;
    }
    for (long sector = first; sector < first + count; sector++) {
      Sector entry = sectors.get(sector);
      if (entry != null) {
        entry.landed = number;
        entry.newest = null;
      }
    }
  }

  /** Whether a range is here altogether. */
  boolean covers(long first, long count) {
    if (sectors.size() < count) {
      return false;
    }
    for (long sector = first; sector < first + count; sector++) {
      Sector entry = sectors.get(sector);
      if (entry == null || entry.newest == null) {
        return false;
      }
    }
    return true;
  }

  /** Reads from the media and lays what is here over it. */
  void read(long first, MemorySegment target) {
    media.read(first, target);
    if (sectors.isEmpty()) {
      return;
    }
    long count = target.byteSize() >> Bio.SECTOR_SHIFT;
    for (long i = 0; i < count; i++) {
      Sector entry = sectors.get(first + i);
      if (entry != null && entry.newest != null) {
        MemorySegment.copy(
            entry.newest.slice(first + i, 1), 0, target, i << Bio.SECTOR_SHIFT, Bio.SECTOR_SIZE);
      }
    }
  }
}
