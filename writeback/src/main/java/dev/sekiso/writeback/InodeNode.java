package dev.sekiso.writeback;

import dev.sekiso.machine.Cgroup;
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
 * The volatile fields may be read without. The counts of pages and the vote are guarded by this
 * object's monitor, and {@code writeback} does not change while it is held.
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
   * Its metadata is being written, or was without waiting or in vain: who needs it on the device
   * writes it again. Belongs to whoever has set {@link #syncing}.
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

  /** A switch to another group has been asked for; guarded by the {@link InodeSwitcher}. */
  boolean switching;

  private long dirtyPages;
  private long pagesUnderWriteback;
  private ForeignVote vote;
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
      candidate.inodes().lock();
      if (candidate == writeback) {
        return candidate;
      }
      candidate.inodes().unlock();
    }
  }

  /** Its pages, null for an inode that has none. */
  AddressSpace mapping() {
    return inode instanceof AddressSpaceOwner owner ? owner.addressSpace() : null;
  }

  // Pages, under the monitor: each count goes with that of the writeback it belongs to

  synchronized void pagesDirtied(int pages) {
    dirtyPages += pages;
    writeback.pages().pagesDirtied(pages);
  }

  synchronized void pagesCleaned(int pages) {
    dirtyPages -= pages;
    writeback.pages().pagesCleaned(pages);
  }

  /**
   * @param charged the group with writeback of its own that the pages are charged to
   */
  synchronized void writebackStarted(int pages, Cgroup charged) {
    if (pagesUnderWriteback == 0) {
      underWriteback.add(this);
    }
    pagesUnderWriteback += pages;
    writeback.pages().pagesUnderWriteback(pages);
    if (vote != null) {
      vote.count(charged, pages);
    }
  }

  synchronized void writebackEnded(int pages) {
    pagesUnderWriteback -= pages;
    writeback.pages().pagesWritten(pages);
    if (pagesUnderWriteback == 0) {
      underWriteback.remove(this);
    }
  }

  /** Belongs to another writeback from now on; the caller has locked both. */
  synchronized void handTo(BdiWriteback target) {
    writeback.pages().pagesSwitched(-dirtyPages, -pagesUnderWriteback);
    target.pages().pagesSwitched(dirtyPages, pagesUnderWriteback);
    writeback = target;
    if (vote != null) {
      vote.reset();
    }
  }

  /** A write begins in which it counts whose pages are written. */
  synchronized void beginVote() {
    if (vote == null) {
      vote = new ForeignVote();
    }
    vote.begin(writeback.cgroup());
  }

  /** The write has ended; the group the inode is to go to, or null. */
  synchronized Cgroup endVote() {
    return vote == null ? null : vote.end(writeback.averageWriteBandwidth());
  }

  synchronized long dirtyPages() {
    return dirtyPages;
  }

  synchronized boolean hasPagesUnderWriteback() {
    return pagesUnderWriteback > 0;
  }

  @Override
  public String toString() {
    return "inode " + inode;
  }
}
