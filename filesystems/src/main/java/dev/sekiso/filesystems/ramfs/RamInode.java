package dev.sekiso.filesystems.ramfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.AddressSpaceOperations;
import dev.sekiso.pagecache.AddressSpaceOwner;
import dev.sekiso.pagecache.DirtyListener;
import dev.sekiso.pagecache.Folio;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.pagecache.WritebackControl;
import dev.sekiso.vfs.FileName;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.InodeOperations;
import dev.sekiso.vfs.SuperBlock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A file in memory. A regular file's pages are the file: one that has been written to, or that has
 * been reserved to be, is pinned by a reference until it is truncated or the file goes; its mark is
 * the folio's file-system data, which belongs to the holder of the folio's lock. Pages of holes are
 * not pinned, they can be made again.
 *
 * <p>A directory's names are guarded by its inode lock, and each holds a reference on its inode.
 */
final class RamInode extends Inode implements AddressSpaceOwner {

  /** Units of 512 bytes in a page. */
  private static final int UNITS_PER_PAGE = PageCache.PAGE_SIZE / 512;

  /** Why a folio is pinned. */
  private enum Pin {
    /** Somebody wants to be sure that he can write to it. */
    RESERVED,
    /** It has been written to. */
    WRITTEN
  }

  private final AddressSpace mapping;
  private final RamBudget pages;
  private final Map<FileName, RamEntry> names;
  private final TreeMap<Long, RamEntry> inOrder;
  private long nextPosition = FIRST_POSITION;
  private RamInode parent;
  private byte[] target;

  /** Where the names behind "." (0) and ".." (1) begin in a listing. */
  static final long FIRST_POSITION = 2;

  /** A name in a directory. */
  record RamEntry(long position, FileName name, RamInode inode) {}

  RamInode(
      SuperBlock superBlock,
      long number,
      InodeOperations operations,
      int mode,
      PageCache pageCache,
      RamBudget pages) {
    super(superBlock, number, operations);
    setMode(mode);
    this.pages = pages;
    this.mapping =
        isRegularFile() ? pageCache.newAddressSpace(this, new Pages(), DirtyListener.NONE) : null;
    this.names = isDirectory() ? new HashMap<>() : null;
    this.inOrder = isDirectory() ? new TreeMap<>() : null;
  }

  @Override
  public AddressSpace addressSpace() {
    return mapping;
  }

  /** Whether a page has been written to or reserved, and so has a reference that keeps it. */
  static boolean isPinned(Folio folio) {
    return folio.fileSystemData() instanceof Pin;
  }

  private void pin(Folio folio, Pin why) throws ErrnoException {
    if (!isPinned(folio)) {
      pages.take(folio.size() >> PageCache.PAGE_SHIFT);
      folio.get();
      account(folio.size());
    }
    folio.setFileSystemData(why);
  }

  private void unpin(Folio folio) {
    if (isPinned(folio)) {
      folio.setFileSystemData(null);
      account(-folio.size());
      pages.give(folio.size() >> PageCache.PAGE_SHIFT);
      folio.put();
    }
  }

  /**
   * The file grows: what a mapping has stored in its last page behind its end must not come to
   * light. The inode's lock is held for writing.
   */
  void zeroBehindEnd(long grownTo) {
    long end = size();
    long endOfPage = (end + PageCache.PAGE_SIZE - 1) & -PageCache.PAGE_SIZE;
    mapping.truncateRange(end, Math.min(grownTo, endOfPage) - 1);
  }

  /**
   * Makes sure that a range can be written to. The inode's lock is held for writing.
   *
   * @throws ErrnoException ENOSPC, ENOMEM when there is not so much room; nothing has changed then
   */
  void reserve(long offset, long length) throws ErrnoException {
    long first = offset >> PageCache.PAGE_SHIFT;
    long last = (offset + length - 1) >> PageCache.PAGE_SHIFT;
    if (last - first >= pages.limit()) {
      throw new ErrnoException(
          Errno.ENOSPC, "%d bytes are more than ramfs may have".formatted(length));
    }
    List<Long> reserved = new ArrayList<>();
    try {
      for (long index = first; index <= last; index++) {
        if (reserve(index)) {
          reserved.add(index);
        }
      }
    } catch (ErrnoException e) {
      reserved.forEach(this::giveUp);
      throw e;
    }
  }

  /** Reserves a page; false if it was pinned already. */
  private boolean reserve(long index) throws ErrnoException {
    Folio folio = mapping.grab(index);
    try {
      if (isPinned(folio)) {
        return false;
      }
      pin(folio, Pin.RESERVED);
      if (!folio.isUpToDate()) {
        folio.data().fill((byte) 0);
        folio.markUpToDate();
      }
      return true;
    } finally {
      folio.unlock();
      folio.put();
    }
  }

  /** Lets go of a page that has been reserved, unless somebody has stored to it meanwhile. */
  private void giveUp(long index) {
    Folio folio = mapping.lookup(index);
    if (folio == null) {
      return;
    }
    folio.lock();
    if (folio.mapping() == mapping && folio.fileSystemData() == Pin.RESERVED) {
      unpin(folio);
    }
    folio.unlock();
    folio.put();
  }

  byte[] target() {
    return target;
  }

  void setTarget(byte[] value) {
    target = value.clone();
    setSize(value.length);
  }

  RamInode parent() {
    return parent;
  }

  void setParent(RamInode value) {
    parent = value;
  }

  // Names

  RamInode find(FileName name) {
    RamEntry entry = names.get(name);
    return entry == null ? null : entry.inode;
  }

  /** Adds a name; takes a reference on the inode for it. */
  void add(FileName name, RamInode inode) {
    RamEntry entry = new RamEntry(nextPosition++, name, inode);
    inode.get();
    names.put(name, entry);
    inOrder.put(entry.position, entry);
  }

  /** Removes a name and gives the inode that had it, with the name's reference. */
  RamInode remove(FileName name) {
    RamEntry entry = names.remove(name);
    inOrder.remove(entry.position);
    return entry.inode;
  }

  /** Removes all names and gives the inodes that had them, with the names' references. */
  List<RamInode> removeAll() {
    List<RamInode> inodes = new ArrayList<>();
    names.values().forEach(entry -> inodes.add(entry.inode));
    names.clear();
    inOrder.clear();
    return inodes;
  }

  boolean isEmptyDirectory() {
    return names.isEmpty();
  }

  /** The names from a position on. */
  Iterable<RamEntry> entriesFrom(long position) {
    return inOrder.tailMap(position, true).values();
  }

  /** The pages of a regular file. */
  private final class Pages implements AddressSpaceOperations {

    @Override
    public long size() {
      return RamInode.this.size();
    }

    @Override
    public void readFolio(Folio folio) {
      folio.data().fill((byte) 0);
      folio.endRead(null);
    }

    @Override
    public void writeBegin(Folio folio, long position, int length) throws ErrnoException {
      pin(folio, Pin.WRITTEN);
      if (!folio.isUpToDate()) {
        if (length < folio.size()) {
          folio.data().fill((byte) 0);
        }
      }
    }

    @Override
    public void writeEnd(Folio folio, long position, int length, int copied) {
      if (!folio.isUpToDate()) {
        if (copied < length) {
          long from = position - folio.position() + copied;
          folio.data().asSlice(from, length - copied).fill((byte) 0);
        }
        folio.markUpToDate();
      }
      if (copied > 0 && position + copied > RamInode.this.size()) {
        setSize(position + copied);
      }
    }

    /** A page that is pinned is as dirty as it can be: there is nowhere to write it to. */
    @Override
    public void dirtyFolio(Folio folio) {}

    /** Only what is known to have been stored to is pinned. */
    @Override
    public boolean needsStoreNotice() {
      return true;
    }

    @Override
    public void writePages(AddressSpace written, WritebackControl control) {}

    @Override
    public void invalidateFolio(Folio folio, int offset, int length) {
      if (offset == 0 && length == folio.size()) {
        unpin(folio);
      }
    }

    @Override
    public boolean releaseFolio(Folio folio) {
      return !isPinned(folio);
    }
  }

  private synchronized void account(int bytes) {
    setBlocks(blocks() + (long) (bytes >> PageCache.PAGE_SHIFT) * UNITS_PER_PAGE);
  }
}
