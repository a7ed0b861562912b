package dev.sekiso.blockdev.driver;

import dev.sekiso.blockdev.Bio;

/** Where sectors are on a {@link HddModel}, and how long the head takes from one to another. */
final class HddGeometry {

  /** Arriving this little late still catches the sector: rounding, not physics. */
  private static final long LATE_NANOS = 1_000;

  private final HddModel model;
  private final long revolution;
  private final long tracksPerZone;
  private final int[] sectorsPerTrack;
  private final long[] zoneStart;

  HddGeometry(HddModel model, long deviceSectors) {
    this.model = model;
    this.revolution = model.revolutionNanos();
    this.sectorsPerTrack = new int[model.zones()];
    long perTrackOfAll = 0;
    for (int zone = 0; zone < model.zones(); zone++) {
      double outwards = model.zones() == 1 ? 1 : 1 - (double) zone / (model.zones() - 1);
      double rate =
          model.innerBytesPerSecond()
              + outwards * (model.outerBytesPerSecond() - model.innerBytesPerSecond());
      sectorsPerTrack[zone] =
          Math.max(1, (int) Math.round(rate * revolution / 1e9 / Bio.SECTOR_SIZE));
      perTrackOfAll += sectorsPerTrack[zone];
    }
    long capacity = Math.max(model.sectors(), deviceSectors);
    this.tracksPerZone = (capacity + perTrackOfAll - 1) / perTrackOfAll;
    this.zoneStart = new long[model.zones() + 1];
    for (int zone = 0; zone < model.zones(); zone++) {
      zoneStart[zone + 1] = zoneStart[zone] + tracksPerZone * sectorsPerTrack[zone];
    }
  }

  private int zone(long sector) {
    int low = 0;
    int high = sectorsPerTrack.length - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (zoneStart[middle] <= sector) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private long track(long sector) {
    int zone = zone(sector);
    return zone * tracksPerZone + (sector - zoneStart[zone]) / sectorsPerTrack[zone];
  }

  /** When, in each revolution, the sector comes under the head. */
  private long angle(long sector) {
    int zone = zone(sector);
    long inZone = sector - zoneStart[zone];
    long inTrack = inZone % sectorsPerTrack[zone];
    long skewed = Math.floorMod(track(sector) * model.switchNanos(), revolution);
    return (skewed + inTrack * revolution / sectorsPerTrack[zone]) % revolution;
  }

  /**
   * When the head is over a sector.
   *
   * @param now when it sets out
   * @param from the sector it is behind
   */
  long reach(long now, long from, long sector, boolean write) {
    long arrival = now + seek(from, sector, write);
    long wait = Math.floorMod(angle(sector) - arrival, revolution);
    return wait > revolution - LATE_NANOS ? arrival : arrival + wait;
  }

  /** How long the head moves, settling included, until it is on the sector's track. */
  long seek(long from, long sector, boolean write) {
    long here = track(from);
    long there = track(sector);
    if (here == there) {
      return 0;
    }
    long settle = write ? model.writeSettleNanos() : 0;
    long cylinders = Math.abs(here / model.heads() - there / model.heads());
    if (there == here + 1) {
      // The skew is made for this.
      return model.switchNanos();
    }
    double stroke = (double) cylinders * model.heads() / (tracksPerZone * model.zones());
    double travel = (model.fullStrokeNanos() - model.switchNanos()) * Math.sqrt(stroke);
    return model.switchNanos() + (long) travel + settle;
  }

  /** How long so many sectors take to pass under the head, switches between tracks included. */
  long pass(long first, long count) {
    long nanos = 0;
    long sector = first;
    long left = count;
    while (left > 0) {
      int zone = zone(sector);
      int perTrack = sectorsPerTrack[zone];
      long inTrack = (sector - zoneStart[zone]) % perTrack;
      long taken = Math.min(left, perTrack - inTrack);
      nanos += taken * revolution / perTrack;
      left -= taken;
      sector += taken;
      if (left > 0) {
        nanos += model.switchNanos();
      }
    }
    return nanos;
  }

  /** How many sectors pass under the head in a time, at most so many. */
  long passed(long first, long nanos, long most) {
    long low = 0;
    long high = most;
    while (low < high) {
      long middle = (low + high + 1) >>> 1;
      if (pass(first, middle) <= nanos) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }
}
