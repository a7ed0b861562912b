package dev.sekiso.filesystems.ext2;

import dev.sekiso.filesystems.block.Buffer;
import dev.sekiso.filesystems.ext2.ReservationWindows.Range;
import dev.sekiso.filesystems.ext2.ReservationWindows.Window;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.lang.foreign.MemorySegment;

/**
 * Gives out and takes back blocks ({@code fs/ext2/balloc.c}).
 *
 * <p>A search begins at the goal, in the goal's group, and goes through the groups once around. A
 * file with a reservation window takes from its window while the goal lies in it, else moves the
 * window to the goal. If windows leave no room the search is repeated without them; if only pending
 * frees are left, they are settled first.
 *
 * <p>Locking: bits and counters change together under the group's monitor; bitmaps are read in
 * before it is taken.
 */
final class BlockAllocator {

  /** A run of blocks that now belong to the caller. */
  record Run(long first, int count) {}

  private final Volume volume;
  private final Geometry geometry;
  private final ReservationWindows windows = new ReservationWindows();

  BlockAllocator(Volume volume) {
    this.volume = volume;
    this.geometry = volume.geometry();
  }

  ReservationWindows windows() {
    return windows;
  }

  /**
   * Allocates a contiguous run.
   *
   * @param goal wished first block; anything outside the file system means the beginning
   * @param wanted most blocks to allocate; as many of them as follow each other are
   * @param window the file's window, or null
   * @throws ErrnoException ENOSPC, EIO, EUCLEAN
   */
  Run allocate(long goal, int wanted, Window window) throws ErrnoException {
    checkSpace();
    long start =
        goal > geometry.firstDataBlock() && goal < geometry.blocks()
            ? goal
            : geometry.firstDataBlock();
    boolean reserves =
        window != null && volume.options().reservation() == MountOptions.Reservation.ON;
    while (true) {
      boolean pending = !volume.pendingFrees().isEmpty();
      Run run = reserves ? search(start, wanted, window) : null;
      if (run == null) {
        run = search(start, wanted, null);
      }
      if (run != null) {
        return run;
      }
      if (!pending) {
        throw noSpace();
      }
      volume.pendingFrees().settle();
    }
  }

  private void checkSpace() throws ErrnoException {
    long free = volume.freeBlocks().get();
    if (free <= 0 || (free <= volume.reservedBlocks() && !volume.mayUseReserve())) {
      throw noSpace();
    }
  }

  private ErrnoException noSpace() {
    return new ErrnoException(
        Errno.ENOSPC,
        "%s has %d of %d blocks free, %d of them for the super user; remove something"
            .formatted(
                volume.superBlock().id(),
                Math.max(0, volume.freeBlocks().get()),
                geometry.blocks(),
                volume.reservedBlocks()));
  }

  private Run search(long goal, int wanted, Window window) throws ErrnoException {
    int goalGroup = geometry.groupOfBlock(goal);
    for (int i = 0; i <= geometry.groups(); i++) {
      int group = (goalGroup + i) % geometry.groups();
      if (volume.descriptors().freeBlocks(group) == 0) {
        continue;
      }
      int from = i == 0 ? geometry.indexInGroup(goal) : 0;
      int to = i == geometry.groups() ? geometry.indexInGroup(goal) : geometry.blocksIn(group);
      Run run = searchGroup(group, from, to, wanted, window);
      if (run != null) {
        return run;
      }
    }
    return null;
  }

  private Run searchGroup(int group, int from, int to, int wanted, Window window)
      throws ErrnoException {
    try (Buffer buffer = volume.buffers().read(volume.descriptors().blockBitmap(group))) {
      int at = from;
      while (at < to) {
        Run run =
            window == null
                ? take(buffer, group, at, to, wanted)
                : takeFromWindow(buffer, group, at, to, wanted, window);
        if (run == null) {
          return null;
        }
        int bad = firstSystemBlock(group, run);
        if (bad < 0) {
          return run;
        }
        at = geometry.indexInGroup(run.first()) + bad + 1;
        reportSystemBlock(group, run, bad);
      }
      return null;
    }
  }

  /** Takes from the window if the place lies in it, else moves the window there first. */
  private Run takeFromWindow(
      Buffer buffer, int group, int from, int to, int wanted, Window window) {
    long groupFirst = geometry.firstBlock(group);
    MemorySegment bits = buffer.data();
    for (int attempt = 0; attempt < 2; attempt++) {
      Range range = windows.range(window);
      if (range != null
          && range.first() <= groupFirst + from
          && groupFirst + from <= range.last()
          && range.last() < groupFirst + to) {
        int end = (int) (range.last() + 1 - groupFirst);
        Run run = take(buffer, group, from, end, wanted);
        if (run != null) {
          windows.used(window, run.count());
          return run;
        }
      }
      synchronized (volume.locks().of(group)) {
        if (!windows.place(window, bits, volume.pendingFrees().of(group), groupFirst, from, to)) {
          return null;
        }
      }
      range = windows.range(window);
      if (range == null) {
        return null;
      }
      int first = (int) (range.first() - groupFirst);
      Run run = take(buffer, group, first, (int) (range.last() + 1 - groupFirst), wanted);
      if (run != null) {
        windows.used(window, run.count());
        return run;
      }
    }
    return null;
  }

  /** Takes the first free run in a part of a group. */
  private Run take(Buffer buffer, int group, int from, int to, int wanted) {
    MemorySegment bits = buffer.data();
    synchronized (volume.locks().of(group)) {
      FreedBits busy = volume.pendingFrees().of(group);
      int first = Bitmap.nextClear(bits, busy, from, to);
      if (first >= to) {
        return null;
      }
      int end = Bitmap.nextSet(bits, busy, first, Math.min(to, first + wanted));
      Bitmap.setRange(bits, first, end);
      volume.descriptors().changeFreeBlocks(group, first - end);
      volume.freeBlocks().addAndGet(first - end);
      buffer.markDirty();
      volume.descriptors().markDirty(group);
      return new Run(geometry.firstBlock(group) + first, end - first);
    }
  }

  private int firstSystemBlock(int group, Run run) {
    for (int i = 0; i < run.count(); i++) {
      if (volume.descriptors().isSystemBlock(group, run.first() + i)) {
        return i;
      }
    }
    return -1;
  }

  /** The bitmap called a block free that is not: it stays marked, the rest goes back. */
  private void reportSystemBlock(int group, Run run, int bad) throws ErrnoException {
    long block = run.first() + bad;
    if (bad > 0) {
      release(group, run.first(), bad);
    }
    if (run.count() > bad + 1) {
      release(group, block + 1, run.count() - bad - 1);
    }
    ErrnoException error =
        volume.corrupt(
            "the block bitmap of group %d calls block %d free, which holds metadata"
                .formatted(group, block));
    if (volume.superBlock().isReadOnly()) {
      throw error;
    }
  }

  // Taking back

  /**
   * Frees blocks; they can be used again once the device has forgotten who had them. Blocks that
   * cannot be freed are reported as corruption and skipped.
   */
  void free(long first, long count) throws ErrnoException {
    if (first <= geometry.firstDataBlock() || count < 1 || first + count > geometry.blocks()) {
      volume.corrupt("blocks %d to %d cannot be freed".formatted(first, first + count - 1));
      return;
    }
    long at = first;
    long end = first + count;
    while (at < end) {
      int group = geometry.groupOfBlock(at);
      long groupEnd = geometry.firstBlock(group) + geometry.blocksIn(group);
      int here = (int) (Math.min(end, groupEnd) - at);
      clear(group, at, here, true);
      at += here;
    }
  }

  /** Gives back blocks that were allocated and never used: at once. */
  void release(int group, long first, int count) throws ErrnoException {
    clear(group, first, count, false);
  }

  /** As {@link #release(int, long, int)} for a run within one group. */
  void release(Run run) throws ErrnoException {
    release(geometry.groupOfBlock(run.first()), run.first(), run.count());
  }

  private void clear(int group, long first, int count, boolean pending) throws ErrnoException {
    int freed = 0;
    long wrong = -1;
    String reason = "";
    try (Buffer buffer = volume.buffers().read(volume.descriptors().blockBitmap(group))) {
      MemorySegment bits = buffer.data();
      synchronized (volume.locks().of(group)) {
        for (int i = 0; i < count; i++) {
          int index = geometry.indexInGroup(first + i);
          if (volume.descriptors().isSystemBlock(group, first + i)) {
            wrong = first + i;
            reason = "holds metadata of the group";
          } else if (!Bitmap.isSet(bits, index)) {
            wrong = first + i;
            reason = "is free already";
          } else {
            Bitmap.clear(bits, index);
            if (pending) {
              volume.pendingFrees().add(group, index, geometry.blockSize() * 8);
            }
            freed++;
          }
        }
        volume.descriptors().changeFreeBlocks(group, freed);
        volume.freeBlocks().addAndGet(freed);
        buffer.markDirty();
        volume.descriptors().markDirty(group);
      }
    }
    if (wrong >= 0) {
      volume.corrupt("block %d was to be freed and %s".formatted(wrong, reason));
    }
  }
}
