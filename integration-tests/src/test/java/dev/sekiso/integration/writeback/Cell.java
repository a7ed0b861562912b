package dev.sekiso.integration.writeback;

import java.util.ArrayList;
import java.util.List;

/**
 * A place of eight bytes in a file, and what may be found there on the device: what is known to be
 * durable, and whatever was written later. Guarded by its ledger.
 *
 * <p>Who writes one cell of a block has the others written again with it; should that fail, the
 * others are lost as well. So they count as written, with the value they had, unless that may have
 * been lost before.
 */
final class Cell {

  private static final long UNDER_WAY = Long.MAX_VALUE;

  private enum Origin {
    WRITTEN,
    /** Written along with a neighbour, when all before was durable. */
    SAFE_ALONG,
    /** Written along with a neighbour: as good as what was before. */
    ALONG
  }

  /** One value, from the moment its write began; moments are counted over the whole run. */
  private static final class Version {
    final long value;
    final long begun;
    final Origin origin;
    long ended = UNDER_WAY;

    Version(long value, long begun, Origin origin) {
      this.value = value;
      this.begun = begun;
      this.origin = origin;
    }
  }

  private final List<Version> versions = new ArrayList<>();
  private long latest;
  private long settled;

  Cell() {
    begin(0, 0);
    end(0, 0);
  }

  void begin(long value, long now) {
    versions.add(new Version(value, now, Origin.WRITTEN));
    latest = value;
  }

  /** Another cell of the block is being written. */
  void beginNeighbour(long now) {
    versions.add(new Version(settled, now, isSafe() ? Origin.SAFE_ALONG : Origin.ALONG));
  }

  /** The write that began at a moment, of this cell or of its neighbour, has ended. */
  void end(long begun, long now) {
    for (Version version : versions) {
      if (version.begun == begun) {
        version.ended = now;
        settled = version.origin == Origin.WRITTEN ? version.value : settled;
      }
    }
  }

  /**
   * Something has made durable what had been written by a moment; nothing that was begun before
   * another moment counts, because its loss has been told.
   */
  void durable(long writtenBy, long begunAfter) {
    for (int i = versions.size() - 1; i > 0; i--) {
      Version version = versions.get(i);
      if (version.ended <= writtenBy && isWhole(i, begunAfter)) {
        versions.removeIf(other -> other != version && other.ended <= version.begun);
        return;
      }
    }
  }

  /** Whether the version had its value to be written, after any loss that has been told. */
  private boolean isWhole(int index, long begunAfter) {
    for (int i = index; i > 0 && versions.get(i).begun > begunAfter; i--) {
      if (versions.get(i).origin != Origin.ALONG) {
        return true;
      }
    }
    return false;
  }

  boolean mayHold(long value) {
    return versions.stream().anyMatch(version -> version.value == value);
  }

  /** Whether there is but one value that may be found. */
  boolean isCertain() {
    return versions.stream().mapToLong(version -> version.value).distinct().count() == 1;
  }

  /** Whether all that was ever written to the block is known to be durable. */
  boolean isSafe() {
    return versions.size() == 1;
  }

  long latest() {
    return latest;
  }

  @Override
  public String toString() {
    return versions.stream().map(version -> Long.toHexString(version.value)).toList().toString();
  }
}
