package dev.sekiso.filesystems.ext2;

/**
 * The bits of one group that were freed and must not be given out yet, in two ages: {@link #fresh}
 * collects, {@link #aging} waits for the device. Guarded by the group's lock.
 */
final class FreedBits {

  private long[] fresh;
  private long[] aging;

  long word(int index) {
    return (fresh == null ? 0 : fresh[index]) | (aging == null ? 0 : aging[index]);
  }

  void add(int index, int bitsInGroup) {
    if (fresh == null) {
      fresh = new long[(bitsInGroup + 63) >> 6];
    }
    fresh[index >> 6] |= 1L << index;
  }

  void age() {
    if (aging == null) {
      aging = fresh;
    } else if (fresh != null) {
      for (int i = 0; i < aging.length; i++) {
        aging[i] |= fresh[i];
      }
    }
    fresh = null;
  }

  void dropAged() {
    aging = null;
  }

  boolean isEmpty() {
    return fresh == null && aging == null;
  }
}
