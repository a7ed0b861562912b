package dev.sekiso.pagecache;

import static dev.sekiso.pagecache.FolioFlags.DIRTY;
import static dev.sekiso.pagecache.FolioFlags.LOCKED;
import static dev.sekiso.pagecache.FolioFlags.READAHEAD;
import static dev.sekiso.pagecache.FolioFlags.UP_TO_DATE;
import static dev.sekiso.pagecache.FolioFlags.WRITEBACK;

import dev.sekiso.machine.Cgroup;
import dev.sekiso.machine.Errno;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A piece of a file in memory: 2<sup>order</sup> pages on one aligned run of frames (the kernel's
 * {@code struct folio}).
 *
 * <p>There is one object per frame, made once and used for whatever the frame holds; a folio of a
 * higher order is the object of its first frame. Its life:
 *
 * <ol>
 *   <li><b>Free.</b> No references; linked into the allocator's list through {@code index}.
 *   <li><b>New.</b> One reference, locked, not up to date, inserted at one index of one mapping.
 *       The first reference then belongs to the page cache.
 *   <li><b>Resident.</b> Up to date after {@link #endRead} or after being written whole. Each user
 *       holds a reference; the content may be changed by the holder of the lock (and by stores
 *       through mappings), and goes dirty → writeback → clean.
 *   <li><b>Removed.</b> Taken out of the mapping by truncation, invalidation or reclaim, always
 *       under its lock. Reclaim and invalidation first freeze the count at zero, which succeeds
 *       only if nobody else holds a reference; truncation does not care, and later holders of a
 *       reference see {@link #mapping} null.
 *   <li>The last reference makes the frame free again and moves on its generation, by which
 *       optimistic readers recognise that what they copied was no longer theirs.
 * </ol>
 *
 * <p>Lock order: the folio lock comes first, then the mapping's short lock, then replacement's and
 * the allocator's. Folio locks of one mapping are taken in index order; a task that holds none may
 * wait for any. Nobody waits for anything while it holds a short lock.
 *
 * <p>Flags live in {@link FrameTable}; see {@link FolioFlags} for who may change which.
 */
public final class Folio {

  static final VarHandle REFERENCES;

  static {
    try {
      REFERENCES = MethodHandles.lookup().findVarHandle(Folio.class, "references", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final FrameTable table;
  final int frame;

  /** Counts the frame's lives; part of its index entry. Written only while the frame is free. */
  int generation;

  byte order;

  private volatile int references;

  /** Written under the mapping's short lock (and the folio lock); null once removed. */
  volatile FolioAddressSpace mapping;

  /** Index in the file; while the frame is free, the allocator's links. */
  long index;

  private Object fileSystemData;

  Folio(FrameTable table, int frame) {
    this.table = table;
    this.frame = frame;
  }

  /** Index in the file of its first page. Stable while the caller holds a reference. */
  public long index() {
    return index;
  }

  /** log2 of its pages. */
  public int order() {
    return order;
  }

  /** Its pages. */
  public int pages() {
    return 1 << order;
  }

  /** Whose data it holds; null once it has been removed from there. */
  public AddressSpace mapping() {
    return mapping;
  }

  /**
   * The control group that its memory is charged to. The caller holds a reference; it may change
   * when groups are removed.
   */
  public Cgroup cgroup() {
    return memoryGroup().cgroup();
  }

  /** The group of memory that it is charged to, which knows the group's dirty pages. */
  public MemoryGroup memoryGroup() {
    return table.owner(frame).group();
  }

  /** The operations of its address space, null once it has been removed from there. */
  AddressSpaceOperations operations() {
    FolioAddressSpace owner = mapping;
    return owner == null ? null : owner.operations();
  }

  /** Bytes: 4096 shifted by the order. */
  public int size() {
    return PageCache.PAGE_SIZE << order;
  }

  /** Byte position in the file of its first byte. */
  public long position() {
    return index << PageCache.PAGE_SHIFT;
  }

  /** Its memory, aligned to its size at least to 4096 bytes. A new view at each call. */
  public MemorySegment data() {
    return table.memory().asSlice(table.offsetOf(frame), size());
  }

  /** Takes another reference for a caller that holds one (or holds the folio locked). */
  public void get() {
    int before = (int) REFERENCES.getAndAdd(this, 1);
    if (before <= 0) {
      REFERENCES.getAndAdd(this, -1);
      throw new IllegalStateException("taking a reference on a folio nobody holds: " + this);
    }
  }

  /** Gives a reference back. The last one frees the memory. Never waits. */
  public void put() {
    int after = (int) REFERENCES.getAndAdd(this, -1) - 1;
    if (after == 0) {
      table.free(this);
    } else if (after == 1) {
      table.idle(this);
    } else if (after < 0) {
      REFERENCES.getAndAdd(this, 1);
      throw new IllegalStateException("giving back a reference nobody holds: " + this);
    }
  }

  /**
   * Gives a reference back without telling anybody that the folio is idle; the caller knows.
   *
   * @return references left
   */
  int putQuietly() {
    int after = (int) REFERENCES.getAndAdd(this, -1) - 1;
    if (after == 0) {
      table.free(this);
    }
    return after;
  }

  /** Takes a reference unless the folio is free or frozen ({@code folio_try_get}). */
  boolean tryGet() {
    int count = references;
    while (count > 0) {
      int witness = (int) REFERENCES.compareAndExchange(this, count, count + 1);
      if (witness == count) {
        return true;
      }
      count = witness;
    }
    return false;
  }

  /** Sets the count to zero if it is exactly the given one ({@code folio_ref_freeze}). */
  boolean freeze(int expected) {
    return REFERENCES.compareAndSet(this, expected, 0);
  }

  /** Undoes {@link #freeze}, or gives a free frame its first references. */
  void unfreeze(int count) {
    REFERENCES.setRelease(this, count);
  }

  int references() {
    return references;
  }

  /** Waits until the folio is the caller's. Not reentrant. */
  public void lock() {
    if (!tryLock()) {
      table.waiters().lock(this);
    }
  }

  /** Locks the folio if nobody else has. */
  public boolean tryLock() {
    return (table.setFlags(frame, LOCKED) & LOCKED) == 0;
  }

  /** Lets go of the folio. Any context: the completion of a read unlocks what the reader locked. */
  public void unlock() {
    int before = table.clearFlags(frame, LOCKED | FolioFlags.WAITERS);
    if ((before & LOCKED) == 0) {
      throw new IllegalStateException("unlocking a folio that is not locked: " + this);
    }
    if ((before & FolioFlags.WAITERS) != 0) {
      table.waiters().wake(frame);
    }
  }

  public boolean isLocked() {
    return has(LOCKED);
  }

  public boolean isUpToDate() {
    return has(UP_TO_DATE);
  }

  /** The content is now what the file holds. The caller has the folio locked. */
  public void markUpToDate() {
    table.setFlags(frame, UP_TO_DATE);
  }

  public boolean isDirty() {
    return has(DIRTY);
  }

  /**
   * Marks dirty, in the flags, the index mark and the accounts ({@code filemap_dirty_folio}). The
   * caller holds the lock, or a reference and knows that the folio cannot be truncated meanwhile.
   *
   * @return true if it was clean
   */
  public boolean markDirty() {
    // A store that came before must not be overtaken by the look at the flag: if writeback has just
    // cleared it, the store may have missed the device.
    VarHandle.fullFence();
    if (isDirty()) {
      return false;
    }
    FolioAddressSpace owner = mapping;
    if (owner != null) {
      return owner.dirtyState.markDirty(this);
    }
    return (table.setFlags(frame, DIRTY) & DIRTY) == 0;
  }

  public boolean isWriteback() {
    return has(WRITEBACK);
  }

  /**
   * The folio (locked, dirty flag cleared) goes under writeback ({@code folio_start_writeback}). It
   * stays in its mapping until {@link #endWriteback}, locked or not.
   */
  public void startWriteback() {
    FolioAddressSpace owner = mapping;
    if (owner == null || !isLocked()) {
      throw new IllegalStateException("writeback needs a locked folio of a mapping: " + this);
    }
    owner.dirtyState.startWriteback(this);
  }

  /**
   * Writeback has ended: null, or the error, which goes to the mapping's error sequence. Any
   * context.
   */
  public void endWriteback(Errno error) {
    FolioAddressSpace owner = mapping;
    if (owner == null || !isWriteback()) {
      throw new IllegalStateException("ending writeback of a folio that is not under it: " + this);
    }
    owner.dirtyState.endWriteback(this, error);
  }

  /**
   * Reading has ended: null makes it up to date, an error does not; unlocks it. Any context. The
   * error reaches whoever needs the page; it is not kept ({@code folio_end_read}).
   */
  public void endRead(Errno error) {
    FolioAddressSpace owner = mapping;
    long settledIndex = index;
    if (error == null) {
      markUpToDate();
    } else if (owner != null) {
      owner.accountReadError(this);
    }
    unlock();
    if (owner != null) {
      owner.settled(settledIndex);
    }
  }

  /** Waits until the folio is not under writeback. The caller holds a reference. */
  public void waitForWriteback() {
    if (isWriteback()) {
      table.waiters().waitForWriteback(this);
    }
  }

  /** A file system's note on this folio (block state of partial pages); null when none. */
  public Object fileSystemData() {
    return fileSystemData;
  }

  /** Keeps a file system's note, with the folio locked; gone when the folio leaves memory. */
  public void setFileSystemData(Object data) {
    fileSystemData = data;
  }

  /** Whether reading this folio should start the next readahead window. */
  boolean isReadaheadMark() {
    return has(READAHEAD);
  }

  boolean has(int flag) {
    return (table.flags(frame) & flag) != 0;
  }

  @Override
  public String toString() {
    FolioAddressSpace owner = mapping;
    return "folio "
        + index
        + "+"
        + pages()
        + " of "
        + (owner == null ? "nobody" : owner.host())
        + " ["
        + FolioFlags.describe(table.flags(frame))
        + "] references "
        + references;
  }
}
