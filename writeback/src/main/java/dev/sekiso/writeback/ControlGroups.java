package dev.sekiso.writeback;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.SleepingLock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The control groups that have writeback of their own, and the hand-over of inodes between them.
 *
 * <p>A group added gets a {@link BdiWriteback} on every device, there and to come. Inodes attach to
 * that of the nearest group above the task that dirties them first. A group removed takes nothing
 * with it: its writebacks go offline, what is dirty in them moves to the nearest group above
 * ({@code cleanup_offline_cgwb}), and inodes that are clean follow when they are dirtied next.
 *
 * <p>{@code changes} is held while a group comes or goes, and while a device gets the groups there
 * are; finding one takes no lock.
 */
final class ControlGroups {

  private static final int MOST_WEIGHT = 10_000;

  private final CgroupWriteback layer;
  private final Map<Cgroup, WritebackGroup> groups = new ConcurrentHashMap<>();
  private final InodeSwitcher switcher;
  private final SleepingLock changes;

  ControlGroups(CgroupWriteback layer) {
    this.layer = layer;
    this.switcher = new InodeSwitcher(layer.machine());
    this.changes = layer.machine().newLock("control groups of writeback");
  }

  /** The nearest group from here up that has writeback of its own, or null for the root's. */
  WritebackGroup nearest(Cgroup cgroup) {
    if (groups.isEmpty()) {
      return null;
    }
    for (Cgroup at = cgroup; at != null; at = at.parent()) {
      WritebackGroup group = groups.get(at);
      if (group != null) {
        return group;
      }
    }
    return null;
  }

  InodeSwitcher switcher() {
    return switcher;
  }

  void add(Cgroup cgroup, GroupMemory memory) {
    if (cgroup.parent() == null) {
      throw new IllegalArgumentException("the root group has writeback always");
    }
    changes.lock();
    try {
      WritebackGroup group = new WritebackGroup(layer, cgroup, memory);
      if (groups.putIfAbsent(cgroup, group) != null) {
        throw new IllegalArgumentException(cgroup + " has writeback of its own already");
      }
      switcher.start();
      layer.attached().forEach(device -> device.add(group));
    } finally {
      changes.unlock();
    }
  }

  void remove(Cgroup cgroup) {
    changes.lock();
    try {
      WritebackGroup group = groups.remove(cgroup);
      if (group == null) {
        throw new IllegalArgumentException(cgroup + " has no writeback of its own");
      }
      for (BackingDevInfo device : layer.attached()) {
        BdiWriteback writeback = device.unbind(group);
        if (writeback != null) {
          handOver(writeback);
          device.drop(writeback);
          groups.values().forEach(other -> other.foreign().forget(writeback));
        }
      }
    } finally {
      changes.unlock();
    }
  }

  /** Moves every inode that is dirty, one at a time, then ends the flusher. */
  private static void handOver(BdiWriteback writeback) {
    BackingDevInfo device = writeback.device();
    DirtyInodes inodes = writeback.inodes();
    device.switching().readLock().lock();
    try {
      inodes.lock();
      writeback.setOffline();
      InodeNode node = inodes.any();
      inodes.unlock();
      while (node != null) {
        if (!InodeSwitcher.move(node, writeback.heir())) {
          // It leaves memory: whoever evicts it takes it off.
          device.awaitWritten(node);
          writeback.machine().yieldProcessor();
        }
        inodes.lock();
        node = inodes.any();
        inodes.unlock();
      }
    } finally {
      device.switching().readLock().unlock();
    }
    writeback.close();
  }

  void deviceAdded(BackingDevInfo device) {
    changes.lock();
    try {
      groups.values().forEach(device::add);
    } finally {
      changes.unlock();
    }
  }

  void setWeight(Cgroup cgroup, int weight) {
    if (weight < 1 || weight > MOST_WEIGHT) {
      throw new IllegalArgumentException(
          "the weight of " + cgroup + " must be from 1 to " + MOST_WEIGHT + ", not " + weight);
    }
    WritebackGroup group = groups.get(cgroup);
    if (group == null) {
      throw new IllegalArgumentException(cgroup + " has no writeback of its own");
    }
    group.setWeight(weight);
  }

  List<GroupStatistics> statistics() {
    List<GroupStatistics> result = new ArrayList<>();
    List<WritebackGroup> all = new ArrayList<>(groups.values());
    all.sort((a, b) -> a.cgroup().path().compareTo(b.cgroup().path()));
    for (WritebackGroup group : all) {
      List<GroupStatistics.Device> devices = new ArrayList<>();
      for (BackingDevInfo device : layer.attached()) {
        for (BdiWriteback writeback : device.writebacks()) {
          if (writeback.cgroup() == group.cgroup()) {
            devices.add(
                new GroupStatistics.Device(
                    device.name(),
                    writeback.dirtied(),
                    writeback.written(),
                    writeback.averageWriteBandwidth()));
          }
        }
      }
      DirtyLimits limits = group.domain().limits();
      result.add(
          new GroupStatistics(
              group.cgroup().path(),
              group.domain().dirty(),
              group.domain().writeback(),
              limits.limit(),
              limits.background(),
              group.weight(),
              devices));
    }
    return result;
  }

  void close() {
    switcher.close();
  }
}
