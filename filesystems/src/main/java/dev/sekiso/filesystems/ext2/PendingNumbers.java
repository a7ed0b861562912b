package dev.sekiso.filesystems.ext2;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SleepingLock;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Inode numbers that are free in the bitmaps but may still have a name on the device: they wait
 * here until the device has forgotten the name, so that after a power cut no old name leads to
 * another file that got the number, of which e2fsck would keep the wrong name.
 *
 * <p>A name leaves the device in one of two ways: the block of its directory is written, or the
 * directory itself is stored as one without links. So directories that have lost names are noted
 * ({@link #nameLost}, before the number can be freed) until one of the two has happened. {@link
 * #settle} lets the numbers freed so far age, writes the directories noted until then, has {@link
 * PendingFrees} write all metadata and flush, and lets what was aged be used again. Numbers age
 * before the directories are looked up: whoever frees a number has noted the directory, so the
 * directory of an aged number is among them. One that has left memory is not: it was clean, or its
 * end is in the inode table.
 *
 * <p>Locks: {@code settle} is called with no folio and no tree lock held; inode locks may be. The
 * bits of a group are guarded by the group's lock, the directories by this object's monitor.
 */
final class PendingNumbers {

  private final Volume volume;
  private final SleepingLock settling;
  private final FreedGroups numbers;

  /** Directories that have lost names since the last settlement began, by number. */
  private final TreeMap<Long, Ext2Inode> fresh = new TreeMap<>();

  /** Those before it; empty unless it is under way or has failed. */
  private final TreeMap<Long, Ext2Inode> aging = new TreeMap<>();

  PendingNumbers(Volume volume) {
    this.volume = volume;
    this.settling =
        volume.machine().newLock("settling inode numbers of " + volume.superBlock().id());
    this.numbers = new FreedGroups(volume.locks());
  }

  /** A name has just left a directory in memory. */
  synchronized void nameLost(Ext2Inode directory) {
    fresh.put(directory.number(), directory);
  }

  /** A directory leaves memory, with all that has to be known of it in the inode table. */
  synchronized void forget(Ext2Inode inode) {
    fresh.remove(inode.number(), inode);
    aging.remove(inode.number(), inode);
  }

  /** Notes a freed number; the group's lock is held. */
  void add(int group, int index, int bitsInGroup) {
    numbers.add(group, index, bitsInGroup);
  }

  /** The numbers of a group that must not be given out, or null; the group's lock is held. */
  FreedBits of(int group) {
    return numbers.of(group);
  }

  boolean isEmpty() {
    return numbers.isEmpty();
  }

  /** Makes every number freed so far, and every block, usable; waits for the device. */
  void settle(InodeTable table) throws ErrnoException {
    settling.lock();
    try {
      numbers.age();
      for (Ext2Inode directory : ageDirectories()) {
        write(directory, table);
      }
      volume.pendingFrees().settle();
      numbers.dropAged();
      dropAgedDirectories();
    } finally {
      settling.unlock();
    }
  }

  private synchronized List<Ext2Inode> ageDirectories() {
    aging.putAll(fresh);
    fresh.clear();
    return new ArrayList<>(aging.values());
  }

  private synchronized void dropAgedDirectories() {
    aging.clear();
  }

  /**
   * The number of a directory without links is not given out before the next settlement, so its
   * place in the table is still its own. Its reference is not taken: the last one to go would end
   * it here, which has to wait while the file system is being frozen.
   */
  private static void write(Ext2Inode directory, InodeTable table) throws ErrnoException {
    if (directory.links() == 0) {
      table.store(directory);
    } else if (directory.tryGet()) {
      try {
        directory.addressSpace().writeAndWait(0, Long.MAX_VALUE);
      } finally {
        directory.put();
      }
    }
  }
}
