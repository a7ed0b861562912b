package dev.sekiso.filesystems.ext2;

import dev.sekiso.filesystems.block.BufferCache;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SleepingLock;
import dev.sekiso.machine.SleepingReadWriteLock;

/**
 * Blocks that are free in the bitmaps but still belong to a file on the device: they wait here
 * until the device has forgotten their former owner, so that after a power cut no two files hold
 * one block and no repair of the old owner writes into the new one's data.
 *
 * <p>A block enters with {@link #add} when its bit is cleared. {@link #settle} makes the device
 * forget: everything added before is aged, all metadata is written, the device's cache is flushed,
 * and what was aged may be used again. For this to be true, whoever frees blocks holds {@link
 * #freeing} until the metadata in memory no longer leads to them, and {@code settle} excludes that.
 *
 * <p>Locks: a file's tree lock comes before {@link #freeing}; {@code settle} may be called with a
 * tree lock held. The bits of a group are guarded by the group's lock.
 */
final class PendingFrees {

  private final BufferCache buffers;
  private final SleepingReadWriteLock gate;
  private final SleepingLock settling;
  private final FreedGroups blocks;

  PendingFrees(Machine machine, String name, BufferCache buffers, GroupLocks locks) {
    this.buffers = buffers;
    this.blocks = new FreedGroups(locks);
    this.gate = machine.newReadWriteLock("frees of " + name);
    this.settling = machine.newLock("settling frees of " + name);
  }

  /** Held by whoever frees blocks, until memory no longer leads to them. */
  SleepingLock freeing() {
    return gate.readLock();
  }

  /** Notes a freed bit; the group's lock is held. */
  void add(int group, int index, int bitsInGroup) {
    blocks.add(group, index, bitsInGroup);
  }

  /** The bits of a group that must not be given out, or null; the group's lock is held. */
  FreedBits of(int group) {
    return blocks.of(group);
  }

  boolean isEmpty() {
    return blocks.isEmpty();
  }

  /** Makes everything freed so far usable; waits for the device. */
  void settle() throws ErrnoException {
    settling.lock();
    try {
      gate.writeLock().lock();
      try {
        blocks.age();
      } finally {
        gate.writeLock().unlock();
      }
      buffers.writeAll();
      buffers.io().flush();
      blocks.dropAged();
    } finally {
      settling.unlock();
    }
  }
}
