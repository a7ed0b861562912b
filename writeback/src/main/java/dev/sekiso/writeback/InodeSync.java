package dev.sekiso.writeback;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.WritebackControl;
import dev.sekiso.vfs.FileOperations.SyncScope;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.SuperBlock;
import java.util.ArrayList;
import java.util.List;

/** Writes a super block's inodes, or one inode, because somebody asks and waits. */
final class InodeSync {

  private final CgroupWriteback layer;

  InodeSync(CgroupWriteback layer) {
    this.layer = layer;
  }

  /**
   * Starts writing what is dirty now, and waits until it is started ({@code
   * writeback_inodes_sb_nr}).
   */
  void start(SuperBlock superBlock, BackingDevInfo device, WritebackReason reason) {
    WorkCompletion completion = layer.newCompletion();
    for (BdiWriteback writeback : device.writebacks()) {
      if (writeback.hasDirtyIo()) {
        long pages = device.split(writeback, writeback.dirtyPagesAndInodes());
        writeback.queue(
            new WritebackWork(WritebackWork.Kind.START, reason, superBlock, pages, completion));
        writeback.assist();
      }
    }
    completion.await();
  }

  /**
   * Writes everything that is dirty now and waits for it ({@code sync_inodes_sb}). No inode changes
   * its control group meanwhile, so none is missed between two writebacks. Errors stay with the
   * files, unless this kernel's {@code sync} takes them.
   */
  void writeAndWait(SuperBlock superBlock, BackingDevInfo device) {
    boolean takesErrors = superBlock.services().settings().errorReporting().syncTakesErrors();
    List<WritebackWork> works = new ArrayList<>();
    device.switching().writeLock().lock();
    try {
      WorkCompletion completion = layer.newCompletion();
      for (BdiWriteback writeback : device.writebacks()) {
        if (writeback.inodes().count() > 0) {
          WritebackWork work =
              new WritebackWork(
                  WritebackWork.Kind.INTEGRITY,
                  WritebackReason.SYNC,
                  superBlock,
                  WritebackWork.ALL_PAGES,
                  completion);
          if (takesErrors) {
            work.rememberInodes();
          }
          works.add(work);
          writeback.queue(work);
          writeback.assist();
        }
      }
      completion.await();
    } finally {
      device.switching().writeLock().unlock();
    }
    for (InodeNode node : device.underWriteback(superBlock).snapshot()) {
      AddressSpace mapping = node.mapping();
      if (mapping != null) {
        mapping.waitForWriteback(0, Long.MAX_VALUE);
      }
    }
    for (WritebackWork work : works) {
      work.rememberedInodes().forEach(InodeSync::dropErrors);
    }
  }

  /** Nobody will be told: sync was the first to wait, and has no way to tell. */
  private static void dropErrors(InodeNode node) {
    AddressSpace mapping = node.mapping();
    if (mapping != null) {
      mapping.errors().takeFlags();
    }
  }

  /** Writes one inode with its pages and waits ({@code write_inode_now}). */
  void write(Inode inode) throws ErrnoException {
    InodeNode node = InodeTracker.find(inode);
    if (node != null) {
      write(node, WritebackControl.integrity(0, Long.MAX_VALUE), InodeWriter.Pages.WAIT);
    }
  }

  /**
   * Writes one inode's metadata and waits ({@code sync_inode_metadata} and what {@code
   * generic_buffers_fsync} asks before it).
   */
  void writeMetadata(Inode inode, SyncScope scope) throws ErrnoException {
    InodeNode node = InodeTracker.find(inode);
    if (node == null) {
      return;
    }
    int wanted = scope == SyncScope.ALL ? InodeNode.DIRTY_ALL : Inode.DIRTY_DATASYNC;
    if ((node.flags & wanted) != 0 || node.metadataUnconfirmed) {
      write(node, WritebackControl.noPages(), InodeWriter.Pages.LEAVE);
    }
  }

  private void write(InodeNode node, WritebackControl control, InodeWriter.Pages pages)
      throws ErrnoException {
    if (!InodeTracker.claim(node)) {
      return;
    }
    InodeWriter writer = new InodeWriter(layer.machine(), node, control, pages);
    try {
      writer.write(layer.settings().timeExpiryNanos());
    } finally {
      InodeTracker.release(node);
    }
    if (writer.failure() != null) {
      throw writer.failure();
    }
    if (writer.error() != null) {
      throw writer.error();
    }
  }
}
