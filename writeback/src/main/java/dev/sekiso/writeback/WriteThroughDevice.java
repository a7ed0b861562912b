package dev.sekiso.writeback;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.machine.TaskKind;
import dev.sekiso.machine.Timer;
import dev.sekiso.machine.WaitQueue;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.AddressSpaceOwner;
import dev.sekiso.pagecache.DirtyListener;
import dev.sekiso.pagecache.WritebackControl;
import dev.sekiso.vfs.BackingDevice;
import dev.sekiso.vfs.FileOperations.SyncScope;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.SuperBlock;
import dev.sekiso.vfs.SuperBlockOperations.SyncMode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A device under {@link WriteThrough}: its inodes that are dirty or being written, and the helper
 * task that writes those nobody else does.
 *
 * <p>The monitor guards the nodes and the set of active ones; it is held for moments, never while
 * an inode is written. One task at a time writes an inode.
 */
final class WriteThroughDevice implements BackingDevice, DirtyListener {

  /**
   * How long the helper leaves an inode to the task that dirtied it, which usually writes it as
   * soon as it has let go of its page.
   */
  private static final long PATIENCE_NANOS = 1_000_000L;

  private final Machine machine;
  private final DirtyCounts counts;
  private final String name;
  private final WaitQueue alarm;
  private final WaitQueue written;
  private final Set<Node> active = new LinkedHashSet<>();
  private final AtomicLong dirty = new AtomicLong();
  private final AtomicLong writeback = new AtomicLong();
  private final AtomicLong dirtied = new AtomicLong();
  private final AtomicLong done = new AtomicLong();
  private Timer timer;
  private volatile boolean due;
  private volatile boolean last;
  private volatile boolean ended;

  /** How many super blocks have it; guarded by the layer. */
  int attachments;

  /** What is known of an inode; guarded by the device's monitor. */
  static final class Node {
    private final WriteThroughDevice device;
    private final Inode inode;
    private volatile int flags;
    private volatile boolean writing;
    private volatile boolean freeing;
    private volatile int pagesUnderWriteback;

    private Node(WriteThroughDevice device, Inode inode) {
      this.device = device;
      this.inode = inode;
    }

    WriteThroughDevice device() {
      return device;
    }

    boolean isActive() {
      return flags != 0 || writing || pagesUnderWriteback > 0;
    }

    /** Whether there is metadata to write, or somebody writes it who may not be done. */
    boolean isDirtyFor(SyncScope scope) {
      int wanted = scope == SyncScope.ALL ? InodeNode.DIRTY_ALL : Inode.DIRTY_DATASYNC;
      return writing || (flags & wanted) != 0;
    }

    private AddressSpace mapping() {
      return inode instanceof AddressSpaceOwner owner ? owner.addressSpace() : null;
    }

    @Override
    public String toString() {
      return "inode " + inode;
    }
  }

  WriteThroughDevice(Machine machine, DirtyCounts counts, String name) {
    this.machine = machine;
    this.counts = counts;
    this.name = name;
    this.alarm = machine.newWaitQueue("alarm of write-through " + name);
    this.written = machine.newWaitQueue("inodes being written to " + name);
    machine.spawn("write-through " + name, TaskKind.DAEMON, TaskContext.ROOT, this::help);
  }

  @Override
  public String name() {
    return name;
  }

  // Marking

  Node node(Inode inode) {
    synchronized (inode) {
      if (inode.writebackState() instanceof Node known) {
        return known;
      }
      Node made = new Node(this, inode);
      inode.setWritebackState(made);
      return made;
    }
  }

  void mark(Node node, int flags) {
    synchronized (this) {
      if (node.freeing || (node.flags & flags) == flags) {
        return;
      }
      node.flags |= flags;
      active.add(node);
      if (timer == null && !due && !last) {
        timer = machine.schedule("write-through " + name, PATIENCE_NANOS, this::timerExpired);
      }
    }
  }

  private void timerExpired() {
    synchronized (this) {
      timer = null;
    }
    ring();
  }

  void ring() {
    due = true;
    alarm.wakeAll();
  }

  private void settle(Node node) {
    if (!node.isActive()) {
      active.remove(node);
    }
  }

  // Writing

  private void help() {
    try {
      boolean goOn = true;
      while (goOn) {
        alarm.await(name, () -> due || last);
        goOn = !last;
        due = false;
        for (Node node : snapshot(null)) {
          if (node.flags != 0) {
            write(node);
          }
        }
      }
    } finally {
      ended = true;
      alarm.wakeAll();
    }
  }

  private synchronized List<Node> snapshot(SuperBlock superBlock) {
    List<Node> nodes = new ArrayList<>();
    for (Node node : active) {
      if (superBlock == null || node.inode.superBlock() == superBlock) {
        nodes.add(node);
      }
    }
    return nodes;
  }

  /** Writes whatever was dirty when the call began, pages and metadata, and waits. */
  void sync(SuperBlock superBlock) {
    boolean takesErrors = superBlock.services().settings().errorReporting().syncTakesErrors();
    for (Node node : snapshot(superBlock)) {
      write(node);
      AddressSpace mapping = node.mapping();
      if (takesErrors && mapping != null) {
        mapping.errors().takeFlags();
      }
    }
  }

  /**
   * Writes an inode and waits, after whoever else writes it.
   *
   * @return what went wrong first, or null
   */
  ErrnoException write(Node node) {
    while (true) {
      synchronized (this) {
        if (node.freeing) {
          return null;
        }
        if (!node.writing) {
          node.writing = true;
          break;
        }
      }
      written.await(node, () -> !node.writing);
    }
    ErrnoException error;
    try {
      error = writeClaimed(node);
    } finally {
      synchronized (this) {
        node.writing = false;
        settle(node);
      }
      written.wakeAll();
    }
    return error;
  }

  private ErrnoException writeClaimed(Node node) {
    int flags;
    synchronized (this) {
      flags = node.flags;
      node.flags = 0;
    }
    AddressSpace mapping = node.mapping();
    ErrnoException error = null;
    if (mapping != null) {
      error = writePages(node, mapping);
    }
    if ((flags & ~Inode.DIRTY_PAGES) != 0) {
      ErrnoException metadataError = writeMetadata(node, mapping);
      error = error == null ? metadataError : error;
    }
    return error;
  }

  private static ErrnoException writePages(Node node, AddressSpace mapping) {
    int cursor = mapping.errors().sample();
    try {
      if (mapping.dirtyPages() > 0) {
        mapping.writePages(WritebackControl.integrity(0, Long.MAX_VALUE));
      }
      mapping.waitForWriteback(0, Long.MAX_VALUE);
    } catch (ErrnoException e) {
      InodeWriter.record(node.inode, mapping, e.errno());
      return e;
    } catch (RuntimeException e) {
      return unexpected(node, mapping, e);
    }
    Errno errno = mapping.errors().check(cursor);
    return errno == null
        ? null
        : new ErrnoException(errno, "pages of " + node + " could not be written");
  }

  private static ErrnoException writeMetadata(Node node, AddressSpace mapping) {
    try {
      node.inode.superBlock().operations().writeInode(node.inode, SyncMode.WAIT);
      return null;
    } catch (ErrnoException e) {
      InodeWriter.record(node.inode, mapping, e.errno());
      return e;
    } catch (RuntimeException e) {
      return unexpected(node, mapping, e);
    }
  }

  private static ErrnoException unexpected(Node node, AddressSpace mapping, RuntimeException e) {
    InodeWriter.record(node.inode, mapping, Errno.EIO);
    return new ErrnoException(Errno.EIO, "the file system failed while it wrote " + node, e);
  }

  void evict(Node node) {
    synchronized (this) {
      node.freeing = true;
      node.flags = 0;
      settle(node);
    }
    written.await(node, () -> !node.writing);
  }

  /** Writes what is left and ends the helper. May wait. */
  void end() {
    synchronized (this) {
      last = true;
      if (timer != null) {
        timer.cancel();
        timer = null;
      }
    }
    alarm.wakeAll();
    alarm.await(name, () -> ended);
  }

  // What the page cache tells

  private Node nodeOf(AddressSpace mapping) {
    if (!(mapping.host() instanceof Inode inode)) {
      return null;
    }
    return inode.writebackState() instanceof Node known ? known : node(inode);
  }

  @Override
  public void dirtied(AddressSpace mapping, int pages) {
    counts.pagesDirtied(pages);
    dirty.addAndGet(pages);
    dirtied.addAndGet(pages);
    Node node = nodeOf(mapping);
    if (node != null) {
      mark(node, Inode.DIRTY_PAGES);
    }
  }

  @Override
  public void cleaned(AddressSpace mapping, int pages) {
    counts.pagesCleaned(pages);
    dirty.addAndGet(-pages);
  }

  @Override
  public void writebackStarted(AddressSpace mapping, int pages) {
    counts.writebackStarted(pages);
    writeback.addAndGet(pages);
    Node node = nodeOf(mapping);
    if (node != null) {
      synchronized (this) {
        node.pagesUnderWriteback += pages;
        active.add(node);
      }
    }
  }

  @Override
  public void writebackEnded(AddressSpace mapping, int pages) {
    counts.writebackEnded(pages);
    writeback.addAndGet(-pages);
    done.addAndGet(pages);
    Node node = nodeOf(mapping);
    if (node != null) {
      synchronized (this) {
        node.pagesUnderWriteback -= pages;
        settle(node);
      }
    }
  }

  @Override
  public void balance(AddressSpace mapping, int pages) {
    Node node = nodeOf(mapping);
    if (node != null) {
      write(node);
    }
  }

  /** Writing through is waiting. */
  @Override
  public boolean tryBalance(AddressSpace mapping, int pages) {
    return false;
  }

  /** The helper writes it, once the store is done. */
  @Override
  public void balanceFault(AddressSpace mapping, int pages) {}

  @Override
  public void reclaimNeedsClean(long pages) {
    ring();
  }

  BdiStatistics statistics(DirtyLimits limits) {
    int inodes;
    synchronized (this) {
      inodes = active.size();
    }
    return new BdiStatistics(
        name,
        "/",
        writeback.get(),
        dirty.get(),
        limits.limit(),
        limits.limit(),
        limits.background(),
        dirtied.get(),
        done.get(),
        0,
        inodes,
        0,
        0,
        0);
  }
}
