package dev.sekiso.blockdev;

import dev.sekiso.machine.Cgroup;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the bios of a device by the control group they are for ({@code blk_cgroup_bio_start}). The
 * root's are not counted: they are the rest of the device's. What a group has done is kept as long
 * as the device, also when the group is gone, for the groups above it.
 *
 * <p>Without a lock, from any context.
 */
final class GroupIoCounts {

  private final Map<Cgroup, Counts> groups = new ConcurrentHashMap<>();

  /** One operation's bios and their bytes. */
  private static final class Count {
    private final LongAdder bios = new LongAdder();
    private final LongAdder bytes = new LongAdder();

    void add(Bio bio) {
      bios.increment();
      bytes.add(bio.byteCount());
    }
  }

  private static final class Counts {
    private final Count reads = new Count();
    private final Count writes = new Count();
    private final Count discards = new Count();

    void add(Bio bio) {
      switch (bio.operation()) {
        case READ -> reads.add(bio);
        case DISCARD -> discards.add(bio);
        // A flush counts as a write of nothing.
        case WRITE, WRITE_ZEROES, FLUSH -> writes.add(bio);
      }
    }

    GroupIo snapshot() {
      return new GroupIo(
          reads.bytes.sum(),
          writes.bytes.sum(),
          discards.bytes.sum(),
          reads.bios.sum(),
          writes.bios.sum(),
          discards.bios.sum());
    }
  }

  void submitted(Bio bio) {
    Cgroup group = bio.context().cgroup();
    if (group != Cgroup.ROOT) {
      groups.computeIfAbsent(group, key -> new Counts()).add(bio);
    }
  }

  /** What was for the group, or for one below it. */
  GroupIo of(Cgroup group) {
    GroupIo sum = GroupIo.NONE;
    for (Map.Entry<Cgroup, Counts> entry : groups.entrySet()) {
      if (isWithin(entry.getKey(), group)) {
        sum = sum.plus(entry.getValue().snapshot());
      }
    }
    return sum;
  }

  private static boolean isWithin(Cgroup lower, Cgroup upper) {
    for (Cgroup at = lower; at != null; at = at.parent()) {
      if (at == upper) {
        return true;
      }
    }
    return false;
  }
}
