package dev.sekiso.vfs;

import dev.sekiso.machine.ErrnoException;

/**
 * Who remembers dirty inodes and writes them: the VFS's side of the writeback layer.
 *
 * <p>{@link #NONE} forgets: for file systems that live in memory and for tests.
 */
public interface InodeWriteback {

  InodeWriteback NONE =
      new InodeWriteback() {
        @Override
        public BackingDevice attach(String deviceName) {
          return BackingDevice.NONE;
        }

        @Override
        public void detach(BackingDevice device) {}

        @Override
        public void inodeDirtied(Inode inode, int flags) {}

        @Override
        public boolean isDirty(Inode inode) {
          return false;
        }

        @Override
        public void inodeEvicted(Inode inode) {}

        @Override
        public void wakeFlushers() {}

        @Override
        public void startSync(SuperBlock superBlock) {}

        @Override
        public void syncInodes(SuperBlock superBlock) {}

        @Override
        public void writeInode(Inode inode) {}

        @Override
        public void syncMetadata(Inode inode, FileOperations.SyncScope scope) {}

        @Override
        public void syncCompleted() {}
      };

  /** The backing device of that name, made if absent; counted. */
  BackingDevice attach(String deviceName);

  /** The counterpart of {@link #attach}; after the last, its flusher ends. */
  void detach(BackingDevice device);

  /**
   * An inode has become dirty, or dirtier ({@code __mark_inode_dirty}). Must not wait; callable
   * with the inode's lock held.
   *
   * @param flags one or more of {@link Inode#DIRTY_SYNC}, {@link Inode#DIRTY_DATASYNC}, {@link
   *     Inode#DIRTY_PAGES}, {@link Inode#DIRTY_TIME}
   */
  void inodeDirtied(Inode inode, int flags);

  /**
   * Whether the inode or its pages wait to be written, or are being written. Such an inode does not
   * leave memory while it has links. Called with the inode's monitor held: must not wait and should
   * take no other lock.
   */
  boolean isDirty(Inode inode);

  /** The inode leaves memory: waits until nobody writes it and forgets it. */
  void inodeEvicted(Inode inode);

  /** Wakes every flusher to write everything ({@code wakeup_flusher_threads}, reason sync). */
  void wakeFlushers();

  /** Starts writing a super block's inodes ({@code writeback_inodes_sb}). */
  void startSync(SuperBlock superBlock);

  /** Writes a super block's inodes and waits ({@code sync_inodes_sb}). */
  void syncInodes(SuperBlock superBlock);

  /**
   * Writes one inode's metadata and waits, if the scope asks for it, and forgets that it was dirty:
   * the part of an {@code fsync} that comes after its pages ({@code sync_inode_metadata}). With
   * {@link FileOperations.SyncScope#DATA} times alone are left for later. Pages are not written,
   * but those under way are waited for; while any is dirty, so is the inode. Waits for whoever else
   * writes the inode.
   *
   * @throws ErrnoException what writing failed with
   */
  void syncMetadata(Inode inode, FileOperations.SyncScope scope) throws ErrnoException;

  /** Writes one inode and its pages and waits ({@code write_inode_now}). */
  void writeInode(Inode inode) throws ErrnoException;

  /** {@code sync(2)} has ended: laptop mode counts from here ({@code laptop_sync_completion}). */
  void syncCompleted();
}
