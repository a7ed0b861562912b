package dev.sekiso.vfs;

import dev.sekiso.machine.Credentials;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.SleepingReadWriteLock;
import dev.sekiso.machine.TaskContext;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A file, whatever its names (the kernel's {@code struct inode}). File systems extend it with what
 * they keep per file.
 *
 * <p>Locking: {@link #lock} is the kernel's {@code i_rwsem}: held for writing by whoever changes
 * the file's data, size, attributes or, for a directory, its names. Attribute fields are changed
 * under it and may be read without it: each is volatile. The dirty flags belong to the writeback
 * layer and are guarded by the inode's monitor, which is held for moments only.
 *
 * <p>Life: an inode is born with one reference, its maker's. {@link SuperBlock#inode} publishes a
 * loaded one, {@link SuperBlock#addNew} a freshly allocated one. Whoever keeps an inode beyond a
 * call holds a reference: {@link #get} from one already held, {@link #tryGet} from a mere pointer,
 * {@link #put} to give it back. When the last reference goes, an inode without links is evicted at
 * once; one with links stays in memory, unused, until room is wanted or the file system is
 * unmounted. Evicting is a one-way street: from its first moment {@link #tryGet} refuses. The count
 * is changed by compare-and-set alone, no lock guards it.
 */
public abstract class Inode {

  /** Metadata not needed to read the data back has changed ({@code I_DIRTY_SYNC}). */
  public static final int DIRTY_SYNC = 1;

  /**
   * Metadata needed to read the data back has changed: size, mapping ({@code I_DIRTY_DATASYNC}).
   */
  public static final int DIRTY_DATASYNC = 1 << 1;

  /** Pages are dirty ({@code I_DIRTY_PAGES}). */
  public static final int DIRTY_PAGES = 1 << 2;

  /** Only times have changed, and they may wait ({@code I_DIRTY_TIME}). */
  public static final int DIRTY_TIME = 1 << 3;

  /** Value of {@link #references} from the moment the inode is chosen to leave memory. */
  private static final int FREEING = -1;

  private static final VarHandle REFERENCES;

  static {
    try {
      REFERENCES = MethodHandles.lookup().findVarHandle(Inode.class, "references", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final SuperBlock superBlock;
  private final long number;
  private final InodeOperations operations;
  private final SleepingReadWriteLock lock;

  private volatile int mode;
  private volatile int uid;
  private volatile int gid;
  private volatile int links;
  private volatile long size;
  private volatile long blocks;
  private volatile long specialDevice;
  private volatile int generation;
  private volatile Timestamp accessTime = Timestamp.ofNanos(0);
  private volatile Timestamp modificationTime = Timestamp.ofNanos(0);
  private volatile Timestamp changeTime = Timestamp.ofNanos(0);

  private volatile int references = 1;
  private volatile boolean cached;
  private volatile boolean dead;

  /** The one place of a directory in the tree, as far as is cached. */
  private volatile Dentry alias;

  private Object writebackState;

  protected Inode(SuperBlock superBlock, long number, InodeOperations operations) {
    this.superBlock = superBlock;
    this.number = number;
    this.operations = operations;
    this.lock = superBlock.services().machine().newReadWriteLock("inode " + number);
  }

  public final SuperBlock superBlock() {
    return superBlock;
  }

  /** The inode number. */
  public final long number() {
    return number;
  }

  public final InodeOperations operations() {
    return operations;
  }

  /** The lock on data, size, attributes and names ({@code i_rwsem}). */
  public final SleepingReadWriteLock lock() {
    return lock;
  }

  /** Takes a reference; the caller holds one already ({@code ihold}). */
  public final Inode get() {
    int before = (int) REFERENCES.getAndAdd(this, 1);
    if (before <= 0) {
      throw new IllegalStateException(
          this + " has no reference to copy; use tryGet() from a mere pointer");
    }
    return this;
  }

  /**
   * Takes a reference unless the inode is leaving memory ({@code igrab}).
   *
   * @return false when it is leaving, and must be left alone
   */
  public final boolean tryGet() {
    int count = references;
    while (count >= 0) {
      int witness = (int) REFERENCES.compareAndExchange(this, count, count + 1);
      if (witness == count) {
        return true;
      }
      count = witness;
    }
    return false;
  }

  /**
   * Gives a reference back ({@code iput}). The last one of an inode without links evicts it, which
   * may wait for I/O: call it without locks that eviction needs.
   */
  public final void put() {
    int before = (int) REFERENCES.getAndAdd(this, -1);
    if (before <= 0) {
      throw new IllegalStateException(this + " was given back more often than taken");
    }
    if (before == 1) {
      superBlock.lastReferenceGone(this);
    }
  }

  /** References held now; negative while the inode leaves memory. For checks and messages. */
  public final int references() {
    return references;
  }

  /** Wins the right to evict an unreferenced inode. */
  final boolean beginFreeing() {
    return REFERENCES.compareAndSet(this, 0, FREEING);
  }

  final boolean isFreeing() {
    return references < 0;
  }

  /** Whether the super block's cache leads to this inode. */
  final boolean isCached() {
    return cached;
  }

  final void setCached() {
    cached = true;
  }

  final void clearCached() {
    cached = false;
  }

  final Dentry alias() {
    return alias;
  }

  final void setAlias(Dentry dentry) {
    alias = dentry;
  }

  /** Whether this directory has been removed: nothing can be found or made in it any more. */
  final boolean isDead() {
    return dead;
  }

  /** Guarded by {@link #lock}, held for writing. */
  final void setDead() {
    dead = true;
  }

  /**
   * Gives a new inode its mode, owner and group ({@code inode_init_owner}): the owner is the
   * caller's; a directory with the set-group-ID bit passes its group on, and the bit itself to
   * directories. File systems call it on every inode they allocate.
   *
   * @param newMode type and permission bits, umask applied
   */
  public final void initializeOwner(Inode directory, int newMode) {
    Credentials credentials = TaskContext.current().credentials();
    int result = newMode;
    uid = credentials.uid();
    if ((directory.mode & Permissions.SET_GROUP_ID) != 0) {
      gid = directory.gid;
      if (FileType.isDirectory(newMode)) {
        result |= Permissions.SET_GROUP_ID;
      } else if (Permissions.isGroupExecutableSetGroupId(newMode)
          && !credentials.isSuperUser()
          && !credentials.isInGroup(gid)) {
        result &= ~Permissions.SET_GROUP_ID;
      }
    } else {
      gid = credentials.gid();
    }
    mode = result;
  }

  /** Type and permission bits. */
  public final int mode() {
    return mode;
  }

  public final void setMode(int value) {
    mode = value;
  }

  public final FileType type() {
    return FileType.ofMode(mode);
  }

  public final boolean isDirectory() {
    return FileType.isDirectory(mode);
  }

  public final boolean isRegularFile() {
    return (mode & FileType.MASK) == FileType.REGULAR.modeBits();
  }

  public final boolean isSymbolicLink() {
    return (mode & FileType.MASK) == FileType.SYMBOLIC_LINK.modeBits();
  }

  public final int uid() {
    return uid;
  }

  public final void setUid(int value) {
    uid = value;
  }

  public final int gid() {
    return gid;
  }

  public final void setGid(int value) {
    gid = value;
  }

  /** Number of names. */
  public final int links() {
    return links;
  }

  public final void setLinks(int value) {
    links = value;
  }

  /** Size in bytes ({@code i_size}). */
  public final long size() {
    return size;
  }

  public final void setSize(long value) {
    size = value;
  }

  /** Allocated units of 512 bytes. */
  public final long blocks() {
    return blocks;
  }

  public final void setBlocks(long value) {
    blocks = value;
  }

  public final long specialDevice() {
    return specialDevice;
  }

  public final void setSpecialDevice(long value) {
    specialDevice = value;
  }

  public final int generation() {
    return generation;
  }

  public final void setGeneration(int value) {
    generation = value;
  }

  public final Timestamp accessTime() {
    return accessTime;
  }

  public final void setAccessTime(Timestamp value) {
    accessTime = value;
  }

  public final Timestamp modificationTime() {
    return modificationTime;
  }

  public final void setModificationTime(Timestamp value) {
    modificationTime = value;
  }

  public final Timestamp changeTime() {
    return changeTime;
  }

  public final void setChangeTime(Timestamp value) {
    changeTime = value;
  }

  /** Sets all three times, as of a new inode. */
  public final void setTimes(Timestamp value) {
    accessTime = value;
    modificationTime = value;
    changeTime = value;
  }

  /**
   * Sets in memory what the change names, size excepted ({@code setattr_copy}): the common end of
   * {@link InodeOperations#setAttributes}. Marks nothing dirty.
   */
  public final void apply(AttributeChange change) {
    if (change.uid() != null) {
      uid = change.uid();
    }
    if (change.gid() != null) {
      gid = change.gid();
    }
    if (change.mode() != null) {
      mode = (mode & FileType.MASK) | (change.mode() & 07777);
    }
    if (change.accessTime() != null) {
      accessTime = change.accessTime();
    }
    if (change.modificationTime() != null) {
      modificationTime = change.modificationTime();
    }
    if (change.changeTime() != null) {
      changeTime = change.changeTime();
    }
  }

  /** Whether nothing of it may be changed ({@code IS_IMMUTABLE}). */
  public boolean isImmutable() {
    return false;
  }

  /** Whether data may only be added at the end ({@code IS_APPEND}). */
  public boolean isAppendOnly() {
    return false;
  }

  /** Whether reading leaves the access time alone, whatever the mount says ({@code IS_NOATIME}). */
  public boolean keepsAccessTime() {
    return false;
  }

  /** Tells writeback of a change ({@code mark_inode_dirty}). Does not wait. */
  public final void markDirty(int flags) {
    superBlock.services().writeback().inodeDirtied(this, flags);
  }

  /** The writeback layer's node for this inode; guarded by the inode's monitor. */
  public final Object writebackState() {
    return writebackState;
  }

  /** Set once by the writeback layer, under the inode's monitor. */
  public final void setWritebackState(Object state) {
    writebackState = state;
  }

  /**
   * The contents change, or have: set-user-ID and set-group-ID go unless the caller is privileged,
   * and times become now ({@code file_modified}). The lock is held for writing.
   */
  public final void modified() throws ErrnoException {
    DataCalls.prepare(this);
  }

  /**
   * The limits on growing ({@code inode_newsize_ok}).
   *
   * @throws ErrnoException EFBIG beyond the task's limit or the largest file
   */
  public final void requireMayGrowTo(long newSize) throws ErrnoException {
    AttributeCalls.checkNewSize(this, newSize);
  }

  @Override
  public String toString() {
    return superBlock.id() + ":" + number;
  }
}
