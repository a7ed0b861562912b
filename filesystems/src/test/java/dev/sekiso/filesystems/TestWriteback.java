package dev.sekiso.filesystems;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.AddressSpaceOwner;
import dev.sekiso.vfs.BackingDevice;
import dev.sekiso.vfs.FileOperations.SyncScope;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.InodeWriteback;
import dev.sekiso.vfs.SuperBlock;
import dev.sekiso.vfs.SuperBlockOperations.SyncMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The least a writeback layer does: remembers dirty inodes, writes them when told. */
public final class TestWriteback implements InodeWriteback {

  private final Map<Inode, Integer> dirty = new LinkedHashMap<>();
  private final Map<Inode, Integer> writing = new LinkedHashMap<>();
  private final List<BackingDevice> attached = new ArrayList<>();

  @Override
  public synchronized BackingDevice attach(String deviceName) {
    BackingDevice device = new Named(deviceName);
    attached.add(device);
    return device;
  }

  private record Named(String name) implements BackingDevice {}

  @Override
  public synchronized void detach(BackingDevice device) {
    if (!attached.remove(device)) {
      throw new IllegalStateException(device + " is not attached");
    }
  }

  /** Devices attached and not detached. */
  public synchronized int attachedCount() {
    return attached.size();
  }

  @Override
  public synchronized void inodeDirtied(Inode inode, int flags) {
    dirty.merge(inode, flags, (a, b) -> a | b);
  }

  @Override
  public synchronized void inodeEvicted(Inode inode) {
    dirty.remove(inode);
  }

  @Override
  public synchronized boolean isDirty(Inode inode) {
    return dirty.containsKey(inode) || writing.containsKey(inode);
  }

  @Override
  public void wakeFlushers() {}

  @Override
  public void startSync(SuperBlock superBlock) {}

  @Override
  public void syncInodes(SuperBlock superBlock) {
    List<Inode> some;
    synchronized (this) {
      some = dirty.keySet().stream().filter(i -> i.superBlock() == superBlock).toList();
    }
    for (Inode inode : some) {
      if (inode.tryGet()) {
        try {
          writeInode(inode);
        } catch (ErrnoException e) {
          superBlock.errors().set(e.errno());
        } finally {
          inode.put();
        }
      }
    }
  }

  /** Writes every dirty inode there is, as a flusher would. */
  public void flush() {
    List<SuperBlock> all;
    synchronized (this) {
      all = dirty.keySet().stream().map(Inode::superBlock).distinct().toList();
    }
    all.forEach(this::syncInodes);
  }

  @Override
  public void writeInode(Inode inode) throws ErrnoException {
    Integer flags;
    synchronized (this) {
      flags = dirty.remove(inode);
      if (flags != null) {
        writing.merge(inode, 1, Integer::sum);
      }
    }
    if (flags == null) {
      return;
    }
    try {
      if (inode instanceof AddressSpaceOwner owner && owner.addressSpace() != null) {
        owner.addressSpace().writeAndWait(0, Long.MAX_VALUE);
      }
      inode.superBlock().operations().writeInode(inode, SyncMode.WAIT);
    } finally {
      synchronized (this) {
        writing.computeIfPresent(inode, (i, n) -> n == 1 ? null : n - 1);
      }
    }
  }

  @Override
  public void syncMetadata(Inode inode, SyncScope scope) throws ErrnoException {
    int wanted = scope == SyncScope.ALL ? ~Inode.DIRTY_PAGES : Inode.DIRTY_DATASYNC;
    synchronized (this) {
      Integer flags = dirty.get(inode);
      if (flags == null || (flags & wanted) == 0) {
        return;
      }
      dirty.remove(inode);
      if ((flags & Inode.DIRTY_PAGES) != 0) {
        dirty.put(inode, Inode.DIRTY_PAGES);
      }
    }
    inode.superBlock().operations().writeInode(inode, SyncMode.WAIT);
  }

  @Override
  public void syncCompleted() {}
}
