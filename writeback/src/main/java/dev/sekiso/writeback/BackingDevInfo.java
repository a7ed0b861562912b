package dev.sekiso.writeback;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.machine.Timer;
import dev.sekiso.machine.WaitQueue;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.DirtyListener;
import dev.sekiso.vfs.BackingDevice;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.SuperBlock;
import java.util.List;
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

  private final CgroupWriteback layer;
  private final String name;
  private final List<BdiWriteback> writebacks = new CopyOnWriteArrayList<>();
  private final ConcurrentHashMap<SuperBlock, InodesUnderWriteback> superBlocks =
      new ConcurrentHashMap<>();
  private final WaitQueue inodeWritten;
  private final BdiWriteback root;
  private volatile int minimumRatio;
  private volatile int maximumRatio = 100;
  private Timer laptopTimer;

  /** How many super blocks have it; guarded by the layer. */
  int attachments;

  BackingDevInfo(CgroupWriteback layer, String name) {
    this.layer = layer;
    this.name = name;
    this.inodeWritten = layer.machine().newWaitQueue("inodes being written to " + name);
    this.root = new BdiWriteback(layer, this, Cgroup.ROOT);
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

  /**
   * The control group's own writeback on this device, made if absent ({@code wb_get_create}):
   * inodes that tasks of the group or of groups below it dirty first belong to it from then on.
   */
  public synchronized BdiWriteback writebackOf(Cgroup cgroup) {
    for (BdiWriteback candidate : writebacks) {
      if (candidate.cgroup() == cgroup) {
        return candidate;
      }
    }
    BdiWriteback made = new BdiWriteback(layer, this, cgroup);
    writebacks.add(made);
    return made;
  }

  /** Percent of the dirty limit kept for this device ({@code min_ratio}). */
  public int minimumRatio() {
    return minimumRatio;
  }

  /** Percent of the dirty limit this device may use ({@code max_ratio}). */
  public int maximumRatio() {
    return maximumRatio;
  }

  /**
   * Sets both ratios.
   *
   * @throws IllegalArgumentException if they are not 0 ≤ minimum ≤ maximum ≤ 100, or if all
   *     devices' minimum ratios would add up to 100 or more
   */
  public void setRatios(int minimum, int maximum) {
    if (minimum < 0 || maximum > 100 || minimum > maximum) {
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

  void setMinimumRatio(int percent) {
    minimumRatio = percent;
  }

  // What the page cache tells

  @Override
  public void dirtied(AddressSpace mapping, int pages) {
    InodeNode node = nodeOf(mapping);
    BdiWriteback writeback = node == null ? root : node.writeback;
    layer.domain().pagesDirtied(pages);
    writeback.pagesDirtied(pages);
    if (node != null) {
      layer.markDirty(node, Inode.DIRTY_PAGES);
      if (layer.machine().tracer().enabled()) {
        layer
            .machine()
            .tracer()
            .emit(Tracepoints.WRITEBACK_DIRTY_FOLIO, name, node.inode.number(), pages);
      }
    }
  }

  @Override
  public void cleaned(AddressSpace mapping, int pages) {
    layer.domain().pagesCleaned(pages);
    writebackOf(mapping).pagesCleaned(pages);
  }

  @Override
  public void writebackStarted(AddressSpace mapping, int pages) {
    InodeNode node = nodeOf(mapping);
    layer.domain().writebackStarted(pages);
    if (node == null) {
      root.pagesUnderWriteback(pages);
    } else {
      node.writeback.pagesUnderWriteback(pages);
      node.writebackStarted(pages);
    }
  }

  @Override
  public void writebackEnded(AddressSpace mapping, int pages) {
    InodeNode node = nodeOf(mapping);
    layer.domain().writebackEnded(pages);
    if (node == null) {
      root.pagesWritten(pages);
    } else {
      node.writeback.pagesWritten(pages);
      node.writebackEnded(pages);
    }
  }

  @Override
  public void balance(AddressSpace mapping, int pages) {
    BdiWriteback writeback = writebackOf(mapping);
    writeback.checkBackground(pages);
    layer.throttle().balance(writeback, pages);
  }

  @Override
  public void reclaimNeedsClean(long pages) {
    layer.startAll(WritebackReason.VMSCAN);
  }

  private InodeNode nodeOf(AddressSpace mapping) {
    return mapping.host() instanceof Inode inode ? layer.node(inode, this) : null;
  }

  private BdiWriteback writebackOf(AddressSpace mapping) {
    InodeNode node = nodeOf(mapping);
    return node == null ? root : node.writeback;
  }

  // For the layer

  /** The writeback of the nearest group above the running task's that has one here. */
  BdiWriteback current() {
    if (writebacks.size() > 1) {
      for (Cgroup group = TaskContext.current().cgroup(); group != null; group = group.parent()) {
        for (BdiWriteback candidate : writebacks) {
          if (candidate.cgroup() == group) {
            return candidate;
          }
        }
      }
    }
    return root;
  }

  InodesUnderWriteback underWriteback(SuperBlock superBlock) {
    return superBlocks.computeIfAbsent(superBlock, key -> new InodesUnderWriteback());
  }

  /** A writeback's part of some pages, by bandwidth ({@code wb_split_bdi_pages}). */
  long split(BdiWriteback writeback, long pages) {
    long mine = writeback.averageWriteBandwidth();
    long all = 0;
    for (BdiWriteback other : writebacks) {
      if (other.hasDirtyIo()) {
        all += other.averageWriteBandwidth();
      }
    }
    return pages == WritebackWork.ALL_PAGES || mine >= all
        ? pages
        : Math.ceilDiv(pages * mine, all);
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
