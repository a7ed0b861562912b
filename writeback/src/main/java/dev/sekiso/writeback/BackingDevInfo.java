package dev.sekiso.writeback;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.SleepingReadWriteLock;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.machine.Timer;
import dev.sekiso.machine.Tracer;
import dev.sekiso.machine.WaitQueue;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.DirtyListener;
import dev.sekiso.vfs.BackingDevice;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.SuperBlock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A device as writeback knows it (the kernel's {@code struct backing_dev_info}): one {@link
 * BdiWriteback} per control group, the root's first. File systems get it from {@code attach} and
 * hand it to the page cache as the {@link DirtyListener} of every address space on the device.
 *
 * <p>A page belongs to the writeback of its inode: the address space's host. A dirty page of an
 * address space whose host is no {@link Inode} is counted, but no flusher can find it.
 */
public final class BackingDevInfo implements BackingDevice, DirtyListener {

  private static final int PERCENT = 100;

  /** 4 MiB, three requests of the largest default size. */
  private static final long LEAST_UNDER_WRITEBACK = 1024;

  private final CgroupWriteback layer;
  private final String name;
  private final List<BdiWriteback> writebacks = new CopyOnWriteArrayList<>();
  private final Map<Cgroup, BdiWriteback> byGroup = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<SuperBlock, InodesUnderWriteback> superBlocks =
      new ConcurrentHashMap<>();
  private final WaitQueue inodeWritten;
  private final SleepingReadWriteLock switching;
  private final WeightedShares shares;
  private final BdiWriteback root;
  private volatile int minimumRatio;
  private volatile int maximumRatio = PERCENT;
  private volatile boolean strictlyLimited;
  private Timer laptopTimer;

  /** How many super blocks have it; guarded by the layer. */
  int attachments;

  BackingDevInfo(CgroupWriteback layer, String name) {
    this.layer = layer;
    this.name = name;
    this.inodeWritten = layer.machine().newWaitQueue("inodes being written to " + name);
    this.switching = layer.machine().newReadWriteLock("inodes of " + name + " changing group");
    this.shares =
        new WeightedShares(
            layer.machine(),
            layer.machine().newWaitQueue("turns at writing " + name),
            this::enoughUnderWriteback);
    this.root = new BdiWriteback(layer, this, Cgroup.ROOT, null);
    writebacks.add(root);
  }

  @Override
  public String name() {
    return name;
  }

  /** The writebacks of the device, the root group's first. */
  public List<BdiWriteback> writebacks() {
    return List.copyOf(writebacks);
  }

  // Control groups; changed by one task at a time

  void add(WritebackGroup group) {
    if (!byGroup.containsKey(group.cgroup())) {
      BdiWriteback made = new BdiWriteback(layer, this, group.cgroup(), group);
      writebacks.add(made);
      byGroup.put(group.cgroup(), made);
    }
  }

  /** Lets no more inodes attach to a group's writeback, and returns it. */
  BdiWriteback unbind(WritebackGroup group) {
    return byGroup.remove(group.cgroup());
  }

  /** Forgets a writeback that has been emptied. */
  void drop(BdiWriteback writeback) {
    writebacks.remove(writeback);
    shares.forget(writeback);
  }

  /** The writeback of the nearest group from here up that has one. */
  BdiWriteback nearest(Cgroup group) {
    if (!byGroup.isEmpty()) {
      for (Cgroup at = group; at != null; at = at.parent()) {
        BdiWriteback candidate = byGroup.get(at);
        if (candidate != null) {
          return candidate;
        }
      }
    }
    return root;
  }

  /** That of the running task's group. */
  BdiWriteback current() {
    return nearest(TaskContext.current().cgroup());
  }

  boolean hasGroups() {
    return !byGroup.isEmpty();
  }

  /** Held for reading while an inode changes its group, for writing by a sync. */
  SleepingReadWriteLock switching() {
    return switching;
  }

  WeightedShares shares() {
    return shares;
  }

  // Settings

  /** Percent of the dirty limit kept for this device ({@code min_ratio}). */
  public int minimumRatio() {
    return minimumRatio;
  }

  /** Percent of the dirty limit this device may use ({@code max_ratio}). */
  public int maximumRatio() {
    return maximumRatio;
  }

  /** Whether its part of the limit binds even while all are below theirs ({@code strict_limit}). */
  public boolean isStrictlyLimited() {
    return strictlyLimited;
  }

  /**
   * Sets both ratios.
   *
   * @throws IllegalArgumentException if they are not 0 ≤ minimum ≤ maximum ≤ 100, or if all
   *     devices' minimum ratios would add up to 100 or more
   */
  public void setRatios(int minimum, int maximum) {
    if (minimum < 0 || maximum > PERCENT || minimum > maximum) {
      throw new IllegalArgumentException(
          "ratios of "
              + name
              + " must be 0 <= min_ratio <= max_ratio <= 100, not "
              + minimum
              + " and "
              + maximum);
    }
    layer.reserveRatio(this, minimum);
    maximumRatio = maximum;
  }

  /** Has its part of the limit bind at all times, or only while all are over theirs. */
  public void setStrictlyLimited(boolean strict) {
    strictlyLimited = strict;
  }

  void setMinimumRatio(int percent) {
    minimumRatio = percent;
  }

  /** Sets what {@code /sys/class/bdi/NAME} has under that name. */
  void configure(String setting, long value) {
    switch (setting) {
      case "min_ratio" -> setRatios(percent(setting, value), maximumRatio);
      case "max_ratio" -> setRatios(minimumRatio, percent(setting, value));
      case "strict_limit" -> {
        if (value < 0 || value > 1) {
          throw new IllegalArgumentException("strict_limit is 0 or 1, not " + value);
        }
        strictlyLimited = value == 1;
      }
      default ->
          throw new IllegalArgumentException(
              "devices have no writeback setting '"
                  + setting
                  + "'; there are min_ratio, max_ratio and strict_limit");
    }
  }

  private static int percent(String setting, long value) {
    if (value < 0 || value > PERCENT) {
      throw new IllegalArgumentException(setting + " must be from 0 to 100, not " + value);
    }
    return (int) value;
  }

  // What the page cache tells

  @Override
  public void dirtied(AddressSpace mapping, int pages) {
    dirtied(mapping, TaskContext.current().cgroup(), pages);
  }

  @Override
  public void dirtied(AddressSpace mapping, Cgroup charged, int pages) {
    layer.counts().pagesDirtied(pages);
    InodeNode node = nodeOf(mapping);
    if (node == null) {
      root.pages().pagesDirtied(pages);
      return;
    }
    node.pagesDirtied(pages);
    layer.inodes().markDirty(node, Inode.DIRTY_PAGES);
    noteForeign(node.writeback, charged);
    Tracer tracer = layer.machine().tracer();
    if (tracer.enabled()) {
      tracer.emit(Tracepoints.WRITEBACK_DIRTY_FOLIO, name, node.inode.number(), pages);
    }
  }

  private void noteForeign(BdiWriteback writeback, Cgroup charged) {
    WritebackGroup group = layer.controlGroups().nearest(charged);
    if (group != null && group.cgroup() != writeback.cgroup()) {
      group.foreign().note(writeback);
    }
  }

  @Override
  public void cleaned(AddressSpace mapping, int pages) {
    layer.counts().pagesCleaned(pages);
    InodeNode node = nodeOf(mapping);
    if (node == null) {
      root.pages().pagesCleaned(pages);
    } else {
      node.pagesCleaned(pages);
    }
  }

  @Override
  public void writebackStarted(AddressSpace mapping, int pages) {
    writebackStarted(mapping, Cgroup.ROOT, pages);
  }

  @Override
  public void writebackStarted(AddressSpace mapping, Cgroup charged, int pages) {
    layer.counts().writebackStarted(pages);
    InodeNode node = nodeOf(mapping);
    if (node == null) {
      root.pages().pagesUnderWriteback(pages);
    } else {
      WritebackGroup group = layer.controlGroups().nearest(charged);
      node.writebackStarted(pages, group == null ? Cgroup.ROOT : group.cgroup());
    }
  }

  @Override
  public void writebackEnded(AddressSpace mapping, int pages) {
    layer.counts().writebackEnded(pages);
    InodeNode node = nodeOf(mapping);
    if (node == null) {
      root.pages().pagesWritten(pages);
    } else {
      node.writebackEnded(pages);
    }
    if (hasGroups()) {
      shares.written();
    }
  }

  /** A few large requests, and what the device writes in 10 ms. */
  private long enoughUnderWriteback() {
    return LEAST_UNDER_WRITEBACK + averageWriteBandwidth() / 100;
  }

  @Override
  public void balance(AddressSpace mapping, int pages) {
    InodeNode node = nodeOf(mapping);
    BdiWriteback writeback = node == null ? root : node.writeback;
    writeback.checkBackground(pages);
    layer.throttle().balance(writeback, pages);
  }

  @Override
  public boolean tryBalance(AddressSpace mapping, int pages) {
    InodeNode node = nodeOf(mapping);
    BdiWriteback writeback = node == null ? root : node.writeback;
    writeback.checkBackground(pages);
    return layer.throttle().tryBalance(writeback, pages);
  }

  @Override
  public void reclaimNeedsClean(long pages) {
    layer.startAll(WritebackReason.VMSCAN);
  }

  private InodeNode nodeOf(AddressSpace mapping) {
    return mapping.host() instanceof Inode inode ? layer.inodes().node(inode, this) : null;
  }

  // For the layer

  InodesUnderWriteback underWriteback(SuperBlock superBlock) {
    return superBlocks.computeIfAbsent(superBlock, key -> new InodesUnderWriteback());
  }

  /**
   * Pages per second of all writebacks that have something to write ({@code tot_write_bandwidth}).
   */
  long averageWriteBandwidth() {
    if (byGroup.isEmpty()) {
      return root.averageWriteBandwidth();
    }
    long all = 0;
    for (BdiWriteback writeback : writebacks) {
      if (writeback.hasDirtyIo()) {
        all += writeback.averageWriteBandwidth();
      }
    }
    return all;
  }

  /** A writeback's part of some pages, by bandwidth ({@code wb_split_bdi_pages}). */
  long split(BdiWriteback writeback, long pages) {
    long mine = writeback.averageWriteBandwidth();
    long all = averageWriteBandwidth();
    return pages == WritebackWork.ALL_PAGES || mine >= all
        ? pages
        : (long) Math.ceil(pages * (double) mine / all);
  }

  /** Waits until nobody writes the inode ({@code inode_wait_for_writeback}). */
  void awaitWritten(InodeNode node) {
    inodeWritten.await(node, () -> !node.syncing);
  }

  void inodeWritten() {
    inodeWritten.wakeAll();
  }

  synchronized void readCompleted() {
    long delay = layer.settings().laptopModeNanos();
    if (delay == 0) {
      return;
    }
    if (laptopTimer != null) {
      laptopTimer.cancel();
    }
    laptopTimer = layer.machine().schedule("laptop mode " + name, delay, this::laptopTimerExpired);
  }

  private void laptopTimerExpired() {
    for (BdiWriteback writeback : writebacks) {
      writeback.startAll(WritebackReason.LAPTOP_TIMER);
    }
  }

  synchronized void cancelLaptopTimer() {
    if (laptopTimer != null) {
      laptopTimer.cancel();
      laptopTimer = null;
    }
  }

  /** Ends the flushers. May wait. */
  void close() {
    cancelLaptopTimer();
    for (BdiWriteback writeback : writebacks) {
      writeback.close();
    }
    superBlocks.clear();
  }

  @Override
  public String toString() {
    return name;
  }
}
