package dev.sekiso.writeback;

import dev.sekiso.machine.Tracer;
import dev.sekiso.vfs.Inode;

/**
 * Finds, marks and claims inodes: what happens to one {@link InodeNode} outside of a flusher's
 * round.
 */
final class InodeTracker {

  private final CgroupWriteback layer;

  InodeTracker(CgroupWriteback layer) {
    this.layer = layer;
  }

  /** The inode's node, or null when it was never dirtied. */
  static InodeNode find(Inode inode) {
    return inode.writebackState() instanceof InodeNode node ? node : null;
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

  void dirtied(Inode inode, int flags) {
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
    Tracer tracer = layer.machine().tracer();
    if (tracer.enabled()) {
      traceMark(tracer, node, old, flags);
    }
    boolean firstHere;
    BdiWriteback writeback = node.lockWriteback();
    while (writeback.isOffline()) {
      // Its group went while it was clean: now is the time to belong to the one above.
      writeback.inodes().unlock();
      InodeSwitcher.move(node, writeback.heir());
      writeback = node.lockWriteback();
    }
    try {
      firstHere = mark(writeback.inodes(), node, flags);
    } finally {
      writeback.inodes().unlock();
    }
    if (firstHere) {
      writeback.wakeLater();
    }
  }

  private boolean mark(DirtyInodes inodes, InodeNode node, int flags) {
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
      node.timeDirtiedWhen = layer.machine().nanoTime();
    }
    if (node.freeing || node.queued || (old & InodeNode.DIRTY) != 0) {
      return false;
    }
    inodes.stamp(node);
    boolean timesOnly = (marked & InodeNode.DIRTY) == 0;
    boolean first = inodes.move(node, timesOnly ? inodes.dirtyTime : inodes.dirty);
    Tracer tracer = layer.machine().tracer();
    if (tracer.enabled()) {
      tracer.emit(
          Tracepoints.WRITEBACK_DIRTY_INODE_ENQUEUE,
          node.writeback.device().name(),
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

  static boolean isDirty(Inode inode) {
    InodeNode node = find(inode);
    return node != null
        && ((node.flags & InodeNode.DIRTY_ALL) != 0
            || node.syncing
            || node.hasPagesUnderWriteback());
  }

  /** Takes an inode off the lists for good, after whoever writes it. May wait. */
  static void evicted(Inode inode) {
    InodeNode node = find(inode);
    if (node == null) {
      return;
    }
    DirtyInodes inodes = node.lockWriteback().inodes();
    node.freeing = true;
    if (!node.syncing) {
      inodes.remove(node);
    }
    inodes.unlock();
    node.writeback.device().awaitWritten(node);
    inodes = node.lockWriteback().inodes();
    inodes.remove(node);
    node.flags = 0;
    inodes.unlock();
  }

  /** Waits until nobody else writes the inode, then takes it if it is worth it. */
  static boolean claim(InodeNode node) {
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
        writeback.inodes().unlock();
      }
      writeback.device().awaitWritten(node);
    }
  }

  /** Gives back what {@link #claim} took, to where its flags say it belongs. */
  static void release(InodeNode node) {
    boolean firstHere = false;
    BdiWriteback writeback = node.lockWriteback();
    DirtyInodes inodes = writeback.inodes();
    try {
      if (node.freeing || node.flags == 0) {
        inodes.remove(node);
      } else if (!node.queued) {
        if ((node.flags & InodeNode.DIRTY) != 0) {
          firstHere = inodes.redirty(node);
        } else {
          inodes.stamp(node);
          inodes.move(node, inodes.dirtyTime);
        }
      }
      node.syncing = false;
    } finally {
      inodes.unlock();
    }
    writeback.device().inodeWritten();
    if (firstHere) {
      writeback.wakeLater();
    }
  }
}
