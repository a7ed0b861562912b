package dev.sekiso.writeback;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Tracer;
import dev.sekiso.machine.WaitQueue;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.MemoryStatus;
import dev.sekiso.pagecache.WritebackControl;
import dev.sekiso.vfs.BackingDevice;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.SuperBlock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Writeback as Linux does it: dirty inodes wait in lists per device and control group until a
 * flusher, a sync, or want of memory has them written ({@code fs/fs-writeback.c}).
 *
 * <p>Locks, outermost first: this object's monitor (devices come and go, settings change), a
 * device's monitor (its writebacks and laptop timer), the lock of a {@link BdiWriteback}, a node's
 * monitor, the monitor of {@link InodesUnderWriteback}. None is held while a file system, the page
 * cache, a flusher's task or a throttle is waited for.
 */
public final class CgroupWriteback implements Writeback {

  private final Machine machine;
  private final Flusher flusher;
  private final DirtyThrottle throttle;
  private final DirtyDomain domain;
  private final WaitQueue completions;
  private final Map<String, BackingDevInfo> devices = new LinkedHashMap<>();
  private volatile WritebackSettings settings;
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
    this.settings = settings;
    this.flusher = flusher;
    this.throttle = throttle;
    this.domain = new DirtyDomain(machine, memory, () -> this.settings);
    this.completions = machine.newWaitQueue("writeback works");
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

  /** The memory all devices share. */
  public DirtyDomain domain() {
    return domain;
  }

  // Settings and counters

  @Override
  public WritebackSettings settings() {
    return settings;
  }

  @Override
  public void configure(WritebackSettings newSettings) {
    boolean intervalChanged;
    boolean laptopEnded;
    synchronized (this) {
      WritebackSettings old = settings;
      settings = newSettings;
      intervalChanged =
          newSettings.dirtyWritebackCentisecs() != 0
              && newSettings.dirtyWritebackCentisecs() != old.dirtyWritebackCentisecs();
      laptopEnded = newSettings.laptopMode() == 0 && old.laptopMode() != 0;
    }
    if (intervalChanged) {
      startAll(WritebackReason.PERIODIC);
    }
    if (laptopEnded) {
      attached().forEach(BackingDevInfo::cancelLaptopTimer);
    }
  }

  @Override
  public void configure(String name, long value) {
    synchronized (this) {
      configure(settings.with(name, value));
    }
  }

  @Override
  public WritebackCounters counters() {
    return domain.counters();
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
    if (sum >= 100) {
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

  // Devices

  @Override
  public synchronized BackingDevice attach(String deviceName) {
    BackingDevInfo device = devices.get(deviceName);
    if (device == null) {
      device = new BackingDevInfo(this, deviceName);
      devices.put(deviceName, device);
      Tracer tracer = machine.tracer();
      if (tracer.enabled()) {
        tracer.emit(Tracepoints.WRITEBACK_BDI_REGISTER, deviceName);
      }
    }
    device.attachments++;
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
  }

  private synchronized List<BackingDevInfo> attached() {
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

  // Marking

  @Override
  public void inodeDirtied(Inode inode, int flags) {
    InodeNode node = find(inode);
    if (node == null) {
      if (!(inode.superBlock().backingDevice() instanceof BackingDevInfo device)) {
        return;
      }
      node = node(inode, device);
    }
    markDirty(node, flags);
  }

  /**
   * The {@code __mark_inode_dirty} of an inode that is known. From any context; waits for nothing.
   */
  void markDirty(InodeNode node, int flags) {
    int old = node.flags;
    if ((old & flags) == flags) {
      return;
    }
    Tracer tracer = machine.tracer();
    if (tracer.enabled()) {
      traceMark(tracer, node, old, flags);
    }
    boolean firstHere;
    BdiWriteback writeback = node.lockWriteback();
    try {
      firstHere = mark(writeback, node, flags);
    } finally {
      writeback.unlock();
    }
    if (firstHere) {
      writeback.wakeLater();
    }
  }

  private boolean mark(BdiWriteback writeback, InodeNode node, int flags) {
    int old = node.flags;
    int marked = old | flags;
    if ((marked & InodeNode.DIRTY_METADATA) != 0) {
      // The times go along with the metadata.
      marked &= ~Inode.DIRTY_TIME;
    }
    if (marked == old) {
      return false;
    }
    node.flags = marked;
    if ((marked & ~old & Inode.DIRTY_TIME) != 0) {
      node.timeDirtiedWhen = machine.nanoTime();
    }
    if (node.freeing || node.queued || (old & InodeNode.DIRTY) != 0) {
      return false;
    }
    writeback.stamp(node);
    boolean timesOnly = (marked & InodeNode.DIRTY) == 0;
    boolean first = writeback.move(node, timesOnly ? writeback.dirtyTime : writeback.dirty);
    Tracer tracer = machine.tracer();
    if (tracer.enabled()) {
      tracer.emit(
          Tracepoints.WRITEBACK_DIRTY_INODE_ENQUEUE,
          writeback.device().name(),
          node.inode.number(),
          marked,
          node.inode.mode(),
          node.dirtiedWhen);
    }
    return first;
  }

  private static void traceMark(Tracer tracer, InodeNode node, int state, int flags) {
    String name = node.writeback.device().name();
    tracer.emit(Tracepoints.WRITEBACK_MARK_INODE_DIRTY, name, node.inode.number(), state, flags);
    if ((flags & InodeNode.DIRTY_METADATA) != 0) {
      tracer.emit(Tracepoints.WRITEBACK_DIRTY_INODE, name, node.inode.number(), state, flags);
    }
  }

  /** The inode's node, made and attached to the running task's group if there is none. */
  InodeNode node(Inode inode, BackingDevInfo device) {
    InodeNode known = find(inode);
    if (known != null) {
      return known;
    }
    synchronized (inode) {
      known = find(inode);
      if (known == null) {
        known = new InodeNode(inode, device.current(), device.underWriteback(inode.superBlock()));
        inode.setWritebackState(known);
      }
      return known;
    }
  }

  private static InodeNode find(Inode inode) {
    return inode.writebackState() instanceof InodeNode node ? node : null;
  }

  @Override
  public boolean isDirty(Inode inode) {
    InodeNode node = find(inode);
    return node != null
        && ((node.flags & InodeNode.DIRTY_ALL) != 0
            || node.syncing
            || node.hasPagesUnderWriteback());
  }

  @Override
  public void inodeEvicted(Inode inode) {
    InodeNode node = find(inode);
    if (node == null) {
      return;
    }
    BdiWriteback writeback = node.lockWriteback();
    node.freeing = true;
    if (!node.syncing) {
      writeback.remove(node);
    }
    writeback.unlock();
    writeback.device().awaitWritten(node);
    writeback = node.lockWriteback();
    writeback.remove(node);
    node.flags = 0;
    writeback.unlock();
  }

  // Starting and waiting

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
    if (superBlock.backingDevice() instanceof BackingDevInfo device) {
      WorkCompletion completion = new WorkCompletion(completions);
      for (BdiWriteback writeback : device.writebacks()) {
        if (writeback.hasDirtyIo()) {
          long pages = device.split(writeback, writeback.dirtyPagesAndInodes());
          writeback.queue(
              new WritebackWork(
                  WritebackWork.Kind.ALL, WritebackReason.SYNC, superBlock, pages, completion));
          writeback.assist();
        }
      }
      completion.await();
    }
  }

  @Override
  public void syncInodes(SuperBlock superBlock) {
    if (superBlock.backingDevice() instanceof BackingDevInfo device) {
      WorkCompletion completion = new WorkCompletion(completions);
      for (BdiWriteback writeback : device.writebacks()) {
        if (writeback.dirtyInodes() > 0) {
          writeback.queue(
              new WritebackWork(
                  WritebackWork.Kind.INTEGRITY,
                  WritebackReason.SYNC,
                  superBlock,
                  WritebackWork.ALL_PAGES,
                  completion));
          writeback.assist();
        }
      }
      completion.await();
      for (InodeNode node : device.underWriteback(superBlock).snapshot()) {
        AddressSpace mapping = node.mapping();
        if (mapping != null) {
          mapping.waitForWriteback(0, Long.MAX_VALUE);
        }
      }
    }
  }

  @Override
  public void writeInode(Inode inode) throws ErrnoException {
    InodeNode node = find(inode);
    if (node == null || !claim(node)) {
      return;
    }
    WritebackControl control = WritebackControl.integrity(0, Long.MAX_VALUE);
    InodeWriter writer = new InodeWriter(machine, node, control, InodeWriter.Pages.WAIT);
    try {
      writer.write(settings.timeExpiryNanos());
    } finally {
      release(node);
    }
    if (writer.failure() != null) {
      throw writer.failure();
    }
    if (writer.error() != null) {
      throw writer.error();
    }
  }

  /** Waits until nobody else writes the inode, then takes it if it is worth it. */
  private boolean claim(InodeNode node) {
    while (true) {
      BdiWriteback writeback = node.lockWriteback();
      try {
        if (node.freeing) {
          return false;
        }
        if (!node.syncing) {
          boolean pending =
              (node.flags & InodeNode.DIRTY_ALL) != 0
                  || node.metadataUnconfirmed
                  || node.hasPagesUnderWriteback();
          node.syncing = pending;
          return pending;
        }
      } finally {
        writeback.unlock();
      }
      writeback.device().awaitWritten(node);
    }
  }

  private static void release(InodeNode node) {
    boolean firstHere = false;
    BdiWriteback writeback = node.lockWriteback();
    try {
      if (node.freeing || node.flags == 0) {
        writeback.remove(node);
      } else if (!node.queued) {
        if ((node.flags & InodeNode.DIRTY) != 0) {
          firstHere = writeback.redirty(node);
        } else {
          writeback.stamp(node);
          writeback.move(node, writeback.dirtyTime);
        }
      }
      node.syncing = false;
    } finally {
      writeback.unlock();
    }
    writeback.device().inodeWritten();
    if (firstHere) {
      writeback.wakeLater();
    }
  }
}
