package dev.sekiso.filesystems.block;

import dev.sekiso.filesystems.block.BlockMappedOperations.Tracking;
import dev.sekiso.pagecache.Folio;

/**
 * What is known of the blocks of one file's folios: which hold the file's data, which have changed
 * (the folio side of {@code fs/buffer.c}).
 *
 * <p>When a block is as large as a folio, the folio's own flags say everything. Otherwise, with
 * small blocks or with a folio of several pages, {@link BlockStates} hangs off the folio, from the
 * first time its blocks differ, and says which blocks are up to date and which are dirty; a dirty
 * folio without it is dirty all over.
 *
 * <p>Locking: the states of a folio are attached under this object's monitor, and stay until it
 * leaves memory: as long as anybody holds a reference, they say which of its blocks are there. The
 * page cache's short locks are taken inside the monitor.
 */
final class FolioBlocks {

  private final BlockMappedFile file;
  private final Tracking tracking;
  private final int blockShift;

  FolioBlocks(BlockMappedFile file, Tracking tracking) {
    this.file = file;
    this.tracking = tracking;
    this.blockShift = file.blockShift();
  }

  /** The folio's block states, null when its flags say it all. */
  static BlockStates statesIfAny(Folio folio) {
    return (BlockStates) folio.fileSystemData();
  }

  /** The folio's block states, made if absent; null when a block fills the folio. */
  synchronized BlockStates states(Folio folio) {
    int units = folio.size() >> blockShift;
    if (units <= 1 && tracking == Tracking.SMALL_BLOCKS) {
      return null;
    }
    BlockStates states = statesIfAny(folio);
    if (states == null) {
      states = new BlockStates(units);
      if (folio.isUpToDate()) {
        states.markUpToDate(0, units);
        if (folio.isDirty()) {
          states.markDirty(0, units);
        }
      }
      folio.setFileSystemData(states);
    }
    return states;
  }

  boolean isUpToDate(Folio folio, int unit) {
    return isUpToDate(folio, unit, unit + 1);
  }

  boolean isUpToDate(Folio folio, int fromUnit, int toUnit) {
    if (folio.isUpToDate()) {
      return true;
    }
    BlockStates states = statesIfAny(folio);
    return states != null && states.isUpToDate(fromUnit, toUnit);
  }

  /** Whether the blocks that a part of the folio touches are up to date. */
  boolean isPartUpToDate(Folio folio, int offset, int length) {
    BlockStates states = statesIfAny(folio);
    int end = (int) Math.min(folio.size(), (long) offset + length);
    int blockSize = 1 << blockShift;
    return states != null
        && length > 0
        && states.isUpToDate(offset >> blockShift, (end + blockSize - 1) >> blockShift);
  }

  /** Blocks of a locked folio now hold the file's data. */
  void markUpToDate(Folio folio, int fromUnit, int toUnit) {
    if (folio.isUpToDate()) {
      return;
    }
    BlockStates states = states(folio);
    if (states == null) {
      folio.markUpToDate();
      return;
    }
    states.markUpToDate(fromUnit, toUnit);
    if (states.isUpToDate()) {
      folio.markUpToDate();
    }
  }

  /** Blocks of a folio (locked, or referenced and up to date there) have changed. */
  void markDirty(Folio folio, int fromUnit, int toUnit) {
    boolean wasClean =
        isWhole(folio, fromUnit, toUnit)
            ? markAllDirty(folio)
            : markSomeDirty(folio, fromUnit, toUnit);
    if (wasClean) {
      file.dirtied();
    }
  }

  private boolean markSomeDirty(Folio folio, int fromUnit, int toUnit) {
    BlockStates states = states(folio);
    if (states == null) {
      return markDirtyWithoutStates(folio);
    }
    states.markDirty(fromUnit, toUnit);
    if (!folio.isUpToDate() && states.isUpToDate()) {
      folio.markUpToDate();
    }
    return folio.markDirty();
  }

  private boolean markAllDirty(Folio folio) {
    int units = folio.size() >> blockShift;
    return units > 1 ? markBlocksDirty(folio, units) : markDirtyWithoutStates(folio);
  }

  /**
   * Page tables tell of stores without the folio's lock, while its holder may be about to attach
   * the states: either they are found, or whoever makes them finds the folio dirty all over.
   */
  private synchronized boolean markBlocksDirty(Folio folio, int units) {
    BlockStates states = statesIfAny(folio);
    if (states != null) {
      states.markDirty(0, units);
    }
    return markDirtyWithoutStates(folio);
  }

  private static boolean markDirtyWithoutStates(Folio folio) {
    if (!folio.isUpToDate()) {
      folio.markUpToDate();
    }
    return folio.markDirty();
  }

  /** Whether a change of these blocks leaves no difference between the folio's blocks. */
  private boolean isWhole(Folio folio, int fromUnit, int toUnit) {
    return tracking == Tracking.SMALL_BLOCKS
        && fromUnit == 0
        && toUnit == folio.size() >> blockShift;
  }

  /**
   * Blocks wholly within a part of a locked folio no longer have to be written; nor, unless all of
   * the folio goes, to be read: that part has been zeroed, and zeroes is what it is.
   */
  void forget(Folio folio, int offset, int length) {
    boolean stays = length < folio.size();
    BlockStates states = statesIfAny(folio);
    if (states == null && stays && (folio.isDirty() || !folio.isUpToDate())) {
      // One state holds for all of it, and no longer does.
      states = states(folio);
    }
    if (states == null) {
      return;
    }
    int from = (offset + (1 << blockShift) - 1) >> blockShift;
    int to = (offset + length) >> blockShift;
    if (from < to) {
      states.forget(from, to);
      if (stays) {
        markUpToDate(folio, from, to);
      }
    }
  }

  static void zero(Folio folio, int from, int to) {
    if (to > from) {
      folio.data().asSlice(from, to - from).fill((byte) 0);
    }
  }
}
