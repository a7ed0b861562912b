package dev.sekiso.writeback;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Tracer;
import dev.sekiso.machine.WaitQueue;
import dev.sekiso.pagecache.MemoryStatus;
import dev.sekiso.vfs.BackingDevice;
import dev.sekiso.vfs.FileOperations;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.SuperBlock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Writeback as Linux does it: dirty inodes wait in lists per device and control group until a
 * flusher, a sync, or want of memory has them written ({@code fs/fs-writeback.c}).
 *
 * <p>This is the door and the register: settings, devices, groups. What is done with an inode is in
 * {@link InodeTracker} and {@link InodeSync}, what happens to groups in {@link ControlGroups}.
 *
 * <p>Locks, outermost first: {@link BackingDevInfo#switching} (held while an inode changes its
 * group, and against that by a sync), this object's monitor (devices come and go, settings change),
 * a device's monitor (its laptop timer), the locks of two {@link DirtyInodes} in order of their
 * writebacks' numbers, a node's monitor, and innermost the monitors of small things that call
 * nobody. But for the first, none is held while a file system, the page cache, a flusher's task or
 * a throttle is waited for.
 */
public final class CgroupWriteback implements Writeback {

  private static final int PERCENT = 100;

  private final Machine machine;
  private final Supplier<MemoryStatus> memory;
  private final Flusher flusher;
  private final DirtyThrottle throttle;
  private final DirtyCounts counts = new DirtyCounts();
  private final DirtyDomain domain;
  private final ControlGroups groups;
  private final InodeTracker inodes;
  private final InodeSync syncs;
  private final WaitQueue completions;
  private final AtomicLong sequences = new AtomicLong();
  private final Map<String, BackingDevInfo> devices = new LinkedHashMap<>();
  private volatile WritebackSettings settings;
  private volatile DeviceCongestion congestion = DeviceCongestion.NONE;
  private volatile int minimumRatios;

  /**
   * @param memory how the page cache's memory stands, usually {@code pageCache::memory}
   * @param flusher a flusher of this layer's own
   * @param throttle a throttle of this layer's own
   */
  public CgroupWriteback(
      Machine machine,
      Supplier<MemoryStatus> memory,
      WritebackSettings settings,
      Flusher flusher,
      DirtyThrottle throttle) {
    this.machine = machine;
    this.memory = memory;
    this.settings = settings;
    this.flusher = flusher;
    this.throttle = throttle;
    this.domain =
        new DirtyDomain(
            machine,
            () -> throttle.limitRule().limits(memory.get(), this.settings),
            counts::dirty,
            counts::writeback);
    this.completions = machine.newWaitQueue("writeback works");
    this.groups = new ControlGroups(this);
    this.inodes = new InodeTracker(this);
    this.syncs = new InodeSync(this);
  }

  Machine machine() {
    return machine;
  }

  Flusher flusher() {
    return flusher;
  }

  DirtyThrottle throttle() {
    return throttle;
  }

  DirtyCounts counts() {
    return counts;
  }

  InodeTracker inodes() {
    return inodes;
  }

  ControlGroups controlGroups() {
    return groups;
  }

  /** A number for each writeback, rising. */
  long nextSequence() {
    return sequences.incrementAndGet();
  }

  WorkCompletion newCompletion() {
    return new WorkCompletion(completions);
  }

  /** Pages that may become dirty. */
  long dirtyable() {
    return memory.get().dirtyable();
  }

  /** The memory all devices share. */
  public DirtyDomain domain() {
    return domain;
  }

  /** Lets the smoothed limit follow, and tells the tracer. */
  void updateDomain(DirtyLimits limits) {
    Tracer tracer = machine.tracer();
    if (domain.update(limits) && tracer.enabled()) {
      tracer.emit(
          Tracepoints.GLOBAL_DIRTY_STATE,
          domain.dirty(),
          domain.writeback(),
          limits.background(),
          limits.limit(),
          domain.smoothedLimit(),
          counts.dirtied(),
          counts.written());
    }
  }

  // Settings and counters

  @Override
  public WritebackSettings settings() {
    return settings;
  }

  @Override
  public void configure(WritebackSettings newSettings) {
    WritebackSettings old;
    synchronized (this) {
      old = settings;
      settings = newSettings;
    }
    changed(old, newSettings);
  }

  @Override
  public void configure(String name, long value) {
    WritebackSettings old;
    WritebackSettings changed;
    synchronized (this) {
      old = settings;
      changed = old.with(name, value);
      settings = changed;
    }
    changed(old, changed);
  }

  private void changed(WritebackSettings old, WritebackSettings now) {
    if (now.dirtyWritebackCentisecs() != 0
        && now.dirtyWritebackCentisecs() != old.dirtyWritebackCentisecs()) {
      startAll(WritebackReason.PERIODIC);
    }
    if (now.dirtytimeExpireSeconds() != old.dirtytimeExpireSeconds()) {
      for (BackingDevInfo device : attached()) {
        device.writebacks().forEach(writeback -> writeback.inodes().timeExpiryChanged());
      }
    }
    if (now.laptopMode() == 0 && old.laptopMode() != 0) {
      attached().forEach(BackingDevInfo::cancelLaptopTimer);
    }
  }

  @Override
  public WritebackCounters counters() {
    return counts.counters(domain.limits());
  }

  @Override
  public List<BdiStatistics> devices() {
    List<BdiStatistics> result = new ArrayList<>();
    for (BackingDevInfo device : attached()) {
      device.writebacks().forEach(writeback -> result.add(writeback.statistics()));
    }
    return result;
  }

  /** Percent of the limit kept for single devices. */
  int minimumRatios() {
    return minimumRatios;
  }

  synchronized void reserveRatio(BackingDevInfo device, int percent) {
    int sum = minimumRatios - device.minimumRatio() + percent;
    if (sum >= PERCENT) {
      throw new IllegalArgumentException(
          "min_ratio "
              + percent
              + " of "
              + device
              + " would keep "
              + sum
              + " % of the dirty limit for single devices; all together must stay below 100 %");
    }
    device.setMinimumRatio(percent);
    minimumRatios = sum;
  }

  @Override
  public void configureDevice(String deviceName, String name, long value) {
    BackingDevInfo device;
    synchronized (this) {
      device = devices.get(deviceName);
    }
    if (device == null) {
      throw new IllegalArgumentException("no device called '" + deviceName + "' is attached");
    }
    device.configure(name, value);
  }

  // Control groups

  @Override
  public void addGroup(Cgroup cgroup, GroupMemory groupMemory) {
    groups.add(cgroup, groupMemory);
  }

  @Override
  public void removeGroup(Cgroup cgroup) {
    groups.remove(cgroup);
  }

  @Override
  public void setWeight(Cgroup cgroup, int weight) {
    groups.setWeight(cgroup, weight);
  }

  @Override
  public List<GroupStatistics> groups() {
    return groups.statistics();
  }

  // Devices

  @Override
  public void setCongestion(DeviceCongestion now) {
    congestion = now;
  }

  DeviceCongestion congestion() {
    return congestion;
  }

  @Override
  public BackingDevice attach(String deviceName) {
    BackingDevInfo device;
    boolean added = false;
    synchronized (this) {
      device = devices.get(deviceName);
      if (device == null) {
        device = new BackingDevInfo(this, deviceName);
        devices.put(deviceName, device);
        added = true;
      }
      device.attachments++;
    }
    if (added) {
      groups.deviceAdded(device);
      Tracer tracer = machine.tracer();
      if (tracer.enabled()) {
        tracer.emit(Tracepoints.WRITEBACK_BDI_REGISTER, deviceName);
      }
    }
    return device;
  }

  @Override
  public void detach(BackingDevice device) {
    if (!(device instanceof BackingDevInfo info)) {
      return;
    }
    synchronized (this) {
      if (devices.get(info.name()) != info) {
        throw new IllegalStateException(info + " is not attached");
      }
      if (--info.attachments > 0) {
        return;
      }
      devices.remove(info.name());
      minimumRatios -= info.minimumRatio();
    }
    info.close();
  }

  @Override
  public void close() {
    List<BackingDevInfo> left;
    synchronized (this) {
      left = attached();
      devices.clear();
      minimumRatios = 0;
    }
    left.forEach(BackingDevInfo::close);
    groups.close();
  }

  synchronized List<BackingDevInfo> attached() {
    return List.copyOf(devices.values());
  }

  @Override
  public void readCompleted(BackingDevice device) {
    if (settings.laptopMode() != 0 && device instanceof BackingDevInfo info) {
      info.readCompleted();
    }
  }

  @Override
  public void syncCompleted() {
    // What the sync wrote needs no second round. Its own reads will set the timer again.
    attached().forEach(BackingDevInfo::cancelLaptopTimer);
  }

  // Inodes

  @Override
  public void inodeDirtied(Inode inode, int flags) {
    inodes.dirtied(inode, flags);
  }

  @Override
  public boolean isDirty(Inode inode) {
    return InodeTracker.isDirty(inode);
  }

  @Override
  public void inodeEvicted(Inode inode) {
    InodeTracker.evicted(inode);
  }

  @Override
  public void wakeFlushers() {
    startAll(WritebackReason.SYNC);
  }

  /** The {@code wakeup_flusher_threads}. Must not wait. */
  void startAll(WritebackReason reason) {
    for (BackingDevInfo device : attached()) {
      device.writebacks().forEach(writeback -> writeback.startAll(reason));
    }
  }

  @Override
  public void startSync(SuperBlock superBlock) {
    startWriting(superBlock, WritebackReason.SYNC);
  }

  @Override
  public void startWriting(SuperBlock superBlock, WritebackReason reason) {
    if (superBlock.backingDevice() instanceof BackingDevInfo device) {
      syncs.start(superBlock, device, reason);
    }
  }

  @Override
  public void syncInodes(SuperBlock superBlock) {
    if (superBlock.backingDevice() instanceof BackingDevInfo device) {
      syncs.writeAndWait(superBlock, device);
    }
  }

  @Override
  public void syncMetadata(Inode inode, FileOperations.SyncScope scope) throws ErrnoException {
    syncs.writeMetadata(inode, scope);
  }

  @Override
  public void writeInode(Inode inode) throws ErrnoException {
    syncs.write(inode);
  }
}
