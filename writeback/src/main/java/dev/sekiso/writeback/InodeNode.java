package dev.sekiso.writeback;

import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.AddressSpaceOwner;
import dev.sekiso.vfs.Inode;

/**
 * What writeback knows of one inode (the kernel's {@code i_state}, {@code dirtied_when}, {@code
 * i_io_list}, {@code i_wb} and {@code i_wb_list}). Kept in {@link Inode#writebackState}, made when
 * the inode is first dirtied; it is its own list element, so that nothing is allocated afterwards.
 *
 * <p>Everything is guarded by the lock of {@link #writeback}, and {@code writeback} changes only
 * under the locks of both the old and the new one, so {@link #lockWriteback} gives a stable answer.
 * The volatile fields may be read without. The count of pages being written is guarded by this
 * object's monitor.
 */
final class InodeNode {

  /** {@code I_DIRTY}: what keeps an inode on a list other than that of times. */
  static final int DIRTY = Inode.DIRTY_SYNC | Inode.DIRTY_DATASYNC | Inode.DIRTY_PAGES;

  /** {@code I_DIRTY_INODE}: what {@code writeInode} makes clean. */
  static final int DIRTY_METADATA = Inode.DIRTY_SYNC | Inode.DIRTY_DATASYNC;

  /** {@code I_DIRTY_ALL}. */
  static final int DIRTY_ALL = DIRTY | Inode.DIRTY_TIME;

  final Inode inode;
  final InodesUnderWriteback underWriteback;

  volatile BdiWriteback writeback;
  volatile int flags;

  /** Somebody writes it ({@code I_SYNC}); whoever sets it clears it. */
  volatile boolean syncing;

  /** It leaves memory: it goes on no list any more ({@code I_FREEING}). */
  volatile boolean freeing;

  /**
   * Its metadata was written without waiting: who needs it on the device writes it again. Belongs
   * to whoever has set {@link #syncing}.
   */
  volatile boolean metadataUnconfirmed;

  /** On {@code b_io} or {@code b_more_io}: who writes it decides where it goes next. */
  boolean queued;

  /** When it became dirty, in nanoseconds of the machine ({@code dirtied_when}). */
  long dirtiedWhen;

  /** Orders dirtyings of one moment; rises with {@link #dirtiedWhen}. */
  long dirtiedOrder;

  /** When its times became dirty ({@code dirtied_time_when}). */
  long timeDirtiedWhen;

  InodeList list;
  InodeNode newer;
  InodeNode older;

  private long pagesUnderWriteback;
  InodeNode nextUnderWriteback;
  InodeNode previousUnderWriteback;

  InodeNode(Inode inode, BdiWriteback writeback, InodesUnderWriteback underWriteback) {
    this.inode = inode;
    this.writeback = writeback;
    this.underWriteback = underWriteback;
  }

  /** The writeback the inode belongs to, locked ({@code inode_to_wb_and_lock_list}). */
  BdiWriteback lockWriteback() {
    while (true) {
      BdiWriteback candidate = writeback;
      candidate.lock();
      if (candidate == writeback) {
        return candidate;
      }
      candidate.unlock();
    }
  }

  /** Its pages, null for an inode that has none. */
  AddressSpace mapping() {
    return inode instanceof AddressSpaceOwner owner ? owner.addressSpace() : null;
  }

  void writebackStarted(int pages) {
    synchronized (this) {
      if (pagesUnderWriteback == 0) {
        underWriteback.add(this);
      }
      pagesUnderWriteback += pages;
    }
  }

  void writebackEnded(int pages) {
    synchronized (this) {
      pagesUnderWriteback -= pages;
      if (pagesUnderWriteback == 0) {
        underWriteback.remove(this);
      }
    }
  }

  synchronized boolean hasPagesUnderWriteback() {
    return pagesUnderWriteback > 0;
  }

  @Override
  public String toString() {
    return "inode " + inode;
  }
}
