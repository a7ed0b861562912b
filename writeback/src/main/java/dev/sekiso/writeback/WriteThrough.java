package dev.sekiso.writeback;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.pagecache.MemoryStatus;
import dev.sekiso.vfs.BackingDevice;
import dev.sekiso.vfs.FileOperations;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.SuperBlock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.function.Supplier;

/**
 * Writeback that leaves nothing dirty: the other implementation of the layer, to see what the real
 * one buys, and to check it against.
 *
 * <p>A task that has written a page writes the inode with all its dirty pages, and waits, before
 * its call goes on ({@code DirtyListener.balance}). What becomes dirty where nobody may wait
 * (attributes, stores into mappings, the device's own pages) is written by a helper task of the
 * device within a millisecond. The errors of both are kept for {@code fsync} and {@code syncfs}, as
 * always.
 *
 * <p>The settings are kept and shown, and control groups remembered; there is nothing for them to
 * govern.
 */
public final class WriteThrough implements Writeback {

  private final Machine machine;
  private final Supplier<MemoryStatus> memory;
  private final DirtyCounts counts = new DirtyCounts();
  private final Set<Cgroup> groups = new CopyOnWriteArraySet<>();
  private final Map<String, WriteThroughDevice> devices = new LinkedHashMap<>();
  private volatile WritebackSettings settings;

  public WriteThrough(Machine machine, Supplier<MemoryStatus> memory, WritebackSettings settings) {
    this.machine = machine;
    this.settings = settings;
    this.memory = memory;
  }

  @Override
  public WritebackSettings settings() {
    return settings;
  }

  @Override
  public synchronized void configure(WritebackSettings newSettings) {
    settings = newSettings;
  }

  @Override
  public synchronized void configure(String name, long value) {
    settings = settings.with(name, value);
  }

  @Override
  public WritebackCounters counters() {
    return counts.counters(limits());
  }

  @Override
  public void configureDevice(String deviceName, String name, long value) {
    throw new IllegalArgumentException(
        "nothing stays dirty on " + deviceName + ", so there is no " + name + " to set");
  }

  @Override
  public void addGroup(Cgroup cgroup, GroupMemory groupMemory) {
    groups.add(cgroup);
  }

  @Override
  public void removeGroup(Cgroup cgroup) {
    if (!groups.remove(cgroup)) {
      throw new IllegalArgumentException(cgroup + " was not added");
    }
  }

  /** Whoever writes waits, congested or not. */
  @Override
  public void setCongestion(DeviceCongestion congestion) {}

  @Override
  public void setWeight(Cgroup cgroup, int weight) {}

  @Override
  public List<GroupStatistics> groups() {
    return groups.stream()
        .map(group -> new GroupStatistics(group.path(), 0, 0, 0, 0, 0, List.of()))
        .toList();
  }

  private DirtyLimits limits() {
    return LimitRule.DIRTYABLE.limits(memory.get(), settings);
  }

  @Override
  public List<BdiStatistics> devices() {
    DirtyLimits limits = limits();
    List<BdiStatistics> result = new ArrayList<>();
    attached().forEach(device -> result.add(device.statistics(limits)));
    return result;
  }

  private synchronized List<WriteThroughDevice> attached() {
    return List.copyOf(devices.values());
  }

  @Override
  public synchronized BackingDevice attach(String deviceName) {
    WriteThroughDevice device =
        devices.computeIfAbsent(deviceName, name -> new WriteThroughDevice(machine, counts, name));
    device.attachments++;
    return device;
  }

  @Override
  public void detach(BackingDevice device) {
    if (!(device instanceof WriteThroughDevice mine)) {
      return;
    }
    synchronized (this) {
      if (devices.get(mine.name()) != mine) {
        throw new IllegalStateException(mine.name() + " is not attached");
      }
      if (--mine.attachments > 0) {
        return;
      }
      devices.remove(mine.name());
    }
    mine.end();
  }

  @Override
  public void close() {
    List<WriteThroughDevice> left;
    synchronized (this) {
      left = attached();
      devices.clear();
    }
    left.forEach(WriteThroughDevice::end);
  }

  @Override
  public void inodeDirtied(Inode inode, int flags) {
    if (inode.writebackState() instanceof WriteThroughDevice.Node node) {
      node.device().mark(node, flags);
    } else if (inode.superBlock().backingDevice() instanceof WriteThroughDevice device) {
      device.mark(device.node(inode), flags);
    }
  }

  @Override
  public boolean isDirty(Inode inode) {
    return inode.writebackState() instanceof WriteThroughDevice.Node node && node.isActive();
  }

  @Override
  public void inodeEvicted(Inode inode) {
    if (inode.writebackState() instanceof WriteThroughDevice.Node node) {
      node.device().evict(node);
    }
  }

  @Override
  public void wakeFlushers() {
    attached().forEach(WriteThroughDevice::ring);
  }

  @Override
  public void startSync(SuperBlock superBlock) {
    startWriting(superBlock, WritebackReason.SYNC);
  }

  @Override
  public void startWriting(SuperBlock superBlock, WritebackReason reason) {
    if (superBlock.backingDevice() instanceof WriteThroughDevice device) {
      device.ring();
    }
  }

  @Override
  public void syncInodes(SuperBlock superBlock) {
    if (superBlock.backingDevice() instanceof WriteThroughDevice device) {
      device.sync(superBlock);
    }
  }

  /** Takes the pages along, which would be written within a millisecond anyway. */
  @Override
  public void syncMetadata(Inode inode, FileOperations.SyncScope scope) throws ErrnoException {
    if (inode.writebackState() instanceof WriteThroughDevice.Node node && node.isDirtyFor(scope)) {
      writeInode(inode);
    }
  }

  @Override
  public void writeInode(Inode inode) throws ErrnoException {
    if (inode.writebackState() instanceof WriteThroughDevice.Node node) {
      ErrnoException error = node.device().write(node);
      if (error != null) {
        throw error;
      }
    }
  }

  @Override
  public void syncCompleted() {}

  @Override
  public void readCompleted(BackingDevice device) {}
}
