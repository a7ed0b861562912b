package dev.sekiso.filesystems.ext2;

import java.util.concurrent.ConcurrentHashMap;

/**
 * Bits of all groups' bitmaps that were freed and must not be given out before the device has
 * forgotten what they stood for. A group is here only while it has such bits. The bits of a group
 * are guarded by the group's lock.
 */
final class FreedGroups {

  private final GroupLocks locks;
  private final ConcurrentHashMap<Integer, FreedBits> groups = new ConcurrentHashMap<>();

  FreedGroups(GroupLocks locks) {
    this.locks = locks;
  }

  /** Notes a freed bit; the group's lock is held. */
  void add(int group, int index, int bitsInGroup) {
    groups.computeIfAbsent(group, g -> new FreedBits()).add(index, bitsInGroup);
  }

  /** The bits of a group that must not be given out, or null; the group's lock is held. */
  FreedBits of(int group) {
    return groups.get(group);
  }

  boolean isEmpty() {
    return groups.isEmpty();
  }

  /** What was added up to now waits for the device from here on. */
  void age() {
    groups.forEach((group, bits) -> {
      synchronized (locks.of(group)) {
        bits.age();
      }
    });
  }

  /** What was aged may be used again. */
  void dropAged() {
    groups.forEach((group, bits) -> {
      synchronized (locks.of(group)) {
        bits.dropAged();
        if (bits.isEmpty()) {
          groups.remove(group, bits);
        }
      }
    });
  }
}
