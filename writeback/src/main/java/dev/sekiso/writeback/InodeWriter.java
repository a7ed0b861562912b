package dev.sekiso.writeback;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.Tracer;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.WritebackControl;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.SuperBlockOperations.SyncMode;

/**
 * Writes one inode once: its pages, then its metadata ({@code __writeback_single_inode}). Made for
 * one write by the task that has set {@link InodeNode#syncing}.
 *
 * <p>Dirty flags go before the metadata is written, so that what changes meanwhile sets them again.
 * Errors end nothing: they are recorded with the file and the file system, and the rest is written.
 */
final class InodeWriter {

  /** What is written besides metadata, and what is waited for. */
  enum Pages {
    /** Pages are started; the caller waits for them later, if at all. */
    START,
    /** Pages are started and waited for. */
    WAIT,
    /** None is started; those under way are waited for, their errors are the file's to tell. */
    LEAVE
  }

  private final Machine machine;
  private final InodeNode node;
  private final WritebackControl control;
  private final Pages pages;
  private ErrnoException error;
  private RuntimeException failure;

  InodeWriter(Machine machine, InodeNode node, WritebackControl control, Pages pages) {
    this.machine = machine;
    this.node = node;
    this.control = control;
    this.pages = pages;
  }

  /** What went wrong first, or null. */
  ErrnoException error() {
    return error;
  }

  /** A file system's unexpected exception, or null. */
  RuntimeException failure() {
    return failure;
  }

  void write(long timeExpiryNanos) {
    AddressSpace mapping = node.mapping();
    long budget = control.pagesLeft();
    trace(true, 0);
    if (mapping != null) {
      writePages(mapping);
    }
    int dirty = takeFlags(timeExpiryNanos);
    // Pages dirtied before the flags went are still counted: their flag must not be lost.
    if (mapping != null && mapping.dirtyPages() > 0) {
      restorePagesFlag();
    }
    if ((dirty & InodeNode.DIRTY_METADATA) != 0
        || (pages != Pages.START && node.metadataUnconfirmed)) {
      writeMetadata(mapping);
    }
    trace(false, budget - control.pagesLeft());
  }

  private void writePages(AddressSpace mapping) {
    int cursor = mapping.errors().sample();
    if (pages != Pages.LEAVE) {
      startPages(mapping);
    }
    if (pages != Pages.START) {
      mapping.waitForWriteback(0, Long.MAX_VALUE);
    }
    if (pages == Pages.WAIT) {
      Errno errno = mapping.errors().check(cursor);
      if (errno != null && error == null) {
        error = new ErrnoException(errno, "pages of " + node + " could not be written");
      }
    }
  }

  private void startPages(AddressSpace mapping) {
    traceControl();
    try {
      mapping.writePages(control);
    } catch (ErrnoException e) {
      record(mapping, e);
    } catch (RuntimeException e) {
      recordFailure(mapping, e);
    }
  }

  private int takeFlags(long timeExpiryNanos) {
    DirtyInodes inodes = node.lockWriteback().inodes();
    try {
      int flags = node.flags;
      if ((flags & Inode.DIRTY_TIME) != 0 && timesAreDue(timeExpiryNanos)) {
        flags = (flags & ~Inode.DIRTY_TIME) | Inode.DIRTY_SYNC;
        traceLazyTime();
      }
      int taken = flags & InodeNode.DIRTY;
      if ((taken & InodeNode.DIRTY_METADATA) != 0) {
        // Before the flags go: who looks without the lock sees one or the other.
        node.metadataUnconfirmed = true;
      }
      node.flags = flags & ~taken;
      return taken;
    } finally {
      inodes.unlock();
    }
  }

  private boolean timesAreDue(long timeExpiryNanos) {
    return control.syncMode() == WritebackControl.SyncMode.ALL
        || machine.nanoTime() - node.timeDirtiedWhen >= timeExpiryNanos;
  }

  private void restorePagesFlag() {
    DirtyInodes inodes = node.lockWriteback().inodes();
    node.flags |= Inode.DIRTY_PAGES;
    inodes.unlock();
  }

  private void writeMetadata(AddressSpace mapping) {
    boolean wait = control.syncMode() == WritebackControl.SyncMode.ALL;
    Tracer tracer = machine.tracer();
    if (tracer.enabled()) {
      BdiWriteback writeback = node.writeback;
      tracer.emit(
          Tracepoints.WRITEBACK_WRITE_INODE,
          writeback.device().name(),
          node.inode.number(),
          wait ? 1 : 0,
          writeback.cgroup().path());
    }
    try {
      node.inode
          .superBlock()
          .operations()
          .writeInode(node.inode, wait ? SyncMode.WAIT : SyncMode.NO_WAIT);
      if (wait) {
        node.metadataUnconfirmed = false;
      }
    } catch (ErrnoException e) {
      record(mapping, e);
    } catch (RuntimeException e) {
      recordFailure(mapping, e);
    }
  }

  private void record(AddressSpace mapping, ErrnoException e) {
    record(node.inode, mapping, e.errno());
    if (error == null) {
      error = e;
    }
  }

  /** Tells whoever asks about the file or the file system later ({@code mapping_set_error}). */
  static void record(Inode inode, AddressSpace mapping, Errno errno) {
    if (mapping != null) {
      mapping.errors().set(errno);
    }
    inode.superBlock().errors().set(errno);
  }

  private void recordFailure(AddressSpace mapping, RuntimeException e) {
    record(
        mapping, new ErrnoException(Errno.EIO, "the file system failed while it wrote " + node, e));
    if (failure == null) {
      failure = e;
    }
  }

  private void trace(boolean start, long wrote) {
    Tracer tracer = machine.tracer();
    if (tracer.enabled()) {
      BdiWriteback writeback = node.writeback;
      tracer.emit(
          start ? Tracepoints.WRITEBACK_SINGLE_INODE_START : Tracepoints.WRITEBACK_SINGLE_INODE,
          writeback.device().name(),
          node.inode.number(),
          node.flags,
          node.dirtiedWhen,
          control.pagesLeft(),
          wrote,
          writeback.cgroup().path());
    }
  }

  private void traceControl() {
    Tracer tracer = machine.tracer();
    if (tracer.enabled()) {
      BdiWriteback writeback = node.writeback;
      tracer.emit(
          Tracepoints.WBC_WRITEPAGE,
          writeback.device().name(),
          control.pagesLeft(),
          control.pagesSkipped(),
          control.syncMode() == WritebackControl.SyncMode.ALL ? 1 : 0,
          control.isBackground() ? 1 : 0,
          control.isCyclic() ? 1 : 0,
          control.firstByte(),
          control.lastByte(),
          writeback.cgroup().path());
    }
  }

  private void traceLazyTime() {
    Tracer tracer = machine.tracer();
    if (tracer.enabled()) {
      tracer.emit(
          Tracepoints.WRITEBACK_LAZYTIME,
          node.writeback.device().name(),
          node.inode.number(),
          node.flags,
          node.inode.mode(),
          node.dirtiedWhen);
    }
  }
}
