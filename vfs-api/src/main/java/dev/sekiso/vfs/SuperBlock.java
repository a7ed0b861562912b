package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Errseq;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SleepingLock;
import dev.sekiso.machine.SleepingReadWriteLock;
import dev.sekiso.machine.Tracer;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A mounted file system (the kernel's {@code super_block}).
 *
 * <p>Made by {@link FileSystemType#mount} with its root inode set; alive while it has a mount; then
 * synced, its inodes evicted, released. It owns the inodes in memory: {@link #inode} finds or loads
 * one, {@link #addNew} takes in one the file system has just allocated, and there is never a second
 * object for a number. Both may wait, for a load in progress or for the number's former inode to
 * leave, so they must not be called with a lock that {@link SuperBlockOperations#evictInode} or the
 * loader takes.
 *
 * <p>Locking: the inode cache is lock-free on a hit. {@link #renameLock} ({@code
 * s_vfs_rename_mutex}) keeps the shape of the directory tree still while a directory moves; it
 * comes before every inode lock of the file system. Changes announce themselves by {@link
 * #startWrite}, before any lock of the file system, which is what {@link #freeze} waits for.
 */
public final class SuperBlock {

  private final FileSystemType type;
  private final String id;
  private final String source;
  private final VfsServices services;
  private final SuperBlockOperations operations;
  private final BackingDevice backingDevice;
  private final int blockSize;
  private final long maximumFileSize;
  private final Errseq errors = new Errseq();
  private final InodeCache inodes;
  private final FreezeGate gate;
  private final SleepingLock renameLock;

  /** One thaws at a time. */
  private final SleepingLock thawLock;

  private final DentryCache dentries;
  private final StorableTimes times;
  private volatile Set<MountFlag> flags;
  private volatile boolean readOnly;
  private volatile boolean lazyTime;
  private volatile long deviceNumber;
  private volatile Inode root;
  private volatile Dentry rootDentry;
  private final SleepingReadWriteLock lifeLock;
  private volatile boolean alive = true;

  /** Mounts of it; guarded by the mount table's lock. */
  private int mounts;

  /**
   * @param id short name in traces and messages: the device's
   * @param blockSize bytes
   * @param maximumFileSize {@code s_maxbytes}
   */
  public SuperBlock(
      FileSystemType type,
      String id,
      MountRequest request,
      SuperBlockOperations operations,
      BackingDevice backingDevice,
      int blockSize,
      long maximumFileSize) {
    this.type = type;
    this.id = id;
    this.source = request.source();
    this.services = request.services();
    this.operations = operations;
    this.backingDevice = backingDevice;
    this.blockSize = blockSize;
    this.maximumFileSize = maximumFileSize;
    this.inodes = new InodeCache(this, services);
    this.gate = new FreezeGate(services.machine(), id);
    this.renameLock = services.machine().newLock("renaming in " + id);
    this.thawLock = services.machine().newLock("thawing of " + id);
    this.lifeLock = services.machine().newReadWriteLock("unmounting of " + id);
    this.dentries = new DentryCache(this, services.settings().unusedDentries());
    this.times = new StorableTimes(services.machine(), services.settings().timestampTickNanos());
    setFlags(request.flags());
  }

  public FileSystemType type() {
    return type;
  }

  public String id() {
    return id;
  }

  /** What it was mounted from. */
  public String source() {
    return source;
  }

  public VfsServices services() {
    return services;
  }

  public SuperBlockOperations operations() {
    return operations;
  }

  public BackingDevice backingDevice() {
    return backingDevice;
  }

  public int blockSize() {
    return blockSize;
  }

  public long maximumFileSize() {
    return maximumFileSize;
  }

  /** A number that tells file systems apart ({@code st_dev}); given by the VFS at mount. */
  public long deviceNumber() {
    return deviceNumber;
  }

  void setDeviceNumber(long number) {
    deviceNumber = number;
  }

  /**
   * Writeback errors of the whole file system, for {@code syncfs}. The file system records here
   * what it records for a file ({@code mapping_set_error} does both).
   */
  public Errseq errors() {
    return errors;
  }

  /** The options it is mounted with; a set that does not change. */
  public Set<MountFlag> flags() {
    return flags;
  }

  void setFlags(Set<MountFlag> value) {
    flags = Set.copyOf(value);
    readOnly = flags.contains(MountFlag.READ_ONLY);
    lazyTime = flags.contains(MountFlag.LAZY_TIME);
  }

  public boolean isReadOnly() {
    return readOnly;
  }

  /**
   * Turns the file system read-only from within, after an error that makes writing dangerous
   * ({@code errors=remount-ro}). Files open for writing stay open; every new change fails with
   * EROFS.
   */
  public void forceReadOnly() {
    synchronized (errors) {
      EnumSet<MountFlag> changed = EnumSet.of(MountFlag.READ_ONLY);
      changed.addAll(flags);
      setFlags(changed);
    }
  }

  /** Whether every change of a file is written at once. */
  public boolean isSynchronous() {
    return flags.contains(MountFlag.SYNCHRONOUS);
  }

  /** Whether every change of a directory is written at once ({@code IS_DIRSYNC}). */
  public boolean isDirectorySynchronous() {
    return flags.contains(MountFlag.SYNCHRONOUS) || flags.contains(MountFlag.DIRECTORY_SYNCHRONOUS);
  }

  boolean isLazyTime() {
    return lazyTime;
  }

  /** The root directory; set once by the file system before {@code mount} returns. */
  public Inode root() {
    return root;
  }

  /** Takes over the caller's reference. */
  public void setRoot(Inode inode) {
    root = inode;
  }

  /** Counts a mount; the first one makes the root's dentry of the file system's reference. */
  void addMount() {
    if (rootDentry == null) {
      rootDentry = dentries.newRoot(root);
    }
    mounts++;
  }

  /** Counts a mount down; true for the last. */
  boolean removeMount() {
    return --mounts == 0;
  }

  /** Whether any mount shows it. */
  boolean isMounted() {
    return mounts > 0;
  }

  Dentry rootDentry() {
    return rootDentry;
  }

  /** Calls the action unless the file system is shut down, and keeps it alive meanwhile. */
  void whileAlive(SyncStep action) throws ErrnoException {
    lifeLock.readLock().lock();
    try {
      if (alive) {
        action.run(this);
      }
    } finally {
      lifeLock.readLock().unlock();
    }
  }

  /** Something done to a file system. */
  @FunctionalInterface
  interface SyncStep {
    void run(SuperBlock superBlock) throws ErrnoException;
  }

  /**
   * Ends it: nobody can reach it any more ({@code generic_shutdown_super}). Goes all the way,
   * errors or not.
   *
   * @throws ErrnoException the first error: what could not be written is lost
   */
  void shutDown() throws ErrnoException {
    lifeLock.writeLock().lock();
    try {
      alive = false;
      ErrnoException failure = null;
      dentries.dropUnused();
      try {
        sync();
      } catch (ErrnoException e) {
        failure = e;
      }
      rootDentry.put();
      operations.shutDown();
      Inode busy = inodes.close();
      try {
        operations.release();
      } catch (ErrnoException e) {
        failure = failure == null ? e : failure;
      }
      if (busy != null) {
        throw new IllegalStateException(
            "inode " + busy + " still has " + busy.references() + " references after unmount");
      }
      if (failure != null) {
        throw failure;
      }
    } finally {
      lifeLock.writeLock().unlock();
    }
  }

  // Times

  /**
   * What times the file system can store: told before {@code mount} returns.
   *
   * @param granularityNanos 1 to 1,000,000,000
   * @param minimumSeconds earliest, in seconds since 1970
   * @param maximumSeconds latest, in seconds since 1970
   */
  public void setTimeRange(long granularityNanos, long minimumSeconds, long maximumSeconds) {
    times.setRange(granularityNanos, minimumSeconds, maximumSeconds);
  }

  /** The time now as a new time of a file ({@code current_time}): of the last timer tick. */
  public Timestamp currentTime() {
    return times.now();
  }

  /** As {@link #currentTime}, in nanoseconds since 1970, not clamped; allocates nothing. */
  long currentTimeNanos() {
    return times.nowNanos();
  }

  /** The nearest time the file system can store ({@code timestamp_truncate}). */
  public Timestamp clamp(Timestamp time) {
    return times.clamp(time);
  }

  // Inodes

  /**
   * The inode of a number, with a reference for the caller ({@code iget_locked}). Found in memory,
   * or loaded: by one task, while others that ask for the same number wait. A failure reaches every
   * one of them and leaves nothing behind.
   *
   * @throws ErrnoException what the loader threw
   */
  public Inode inode(long number, InodeLoader loader) throws ErrnoException {
    return inodes.find(number, loader);
  }

  /**
   * Takes in a freshly allocated inode ({@code insert_inode_locked}). It keeps the one reference it
   * was born with, its creator's. Waits while a former inode of that number is on its way out.
   *
   * @throws ErrnoException EUCLEAN when the number is in use: the file system is corrupt. The
   *     caller sets the links to 0, puts the inode, and gives up
   */
  public void addNew(Inode inode) throws ErrnoException {
    inodes.addNew(inode);
  }

  /**
   * Visits the inodes in memory, each with a reference held meanwhile. The visitor may wait. Inodes
   * that come or go during the visit may or may not be seen.
   */
  public void forEachInode(Consumer<Inode> visitor) {
    inodes.forEach(visitor);
  }

  /** Inodes in memory. */
  public int inodeCount() {
    return inodes.size();
  }

  /** Inodes in memory that nobody refers to. */
  public int unusedInodeCount() {
    return inodes.unusedCount();
  }

  /** Drops what nobody uses from memory. */
  void dropCaches() {
    dentries.dropUnused();
    inodes.dropUnused();
  }

  void lastReferenceGone(Inode inode) {
    inodes.lastReferenceGone(inode);
  }

  InodeCache inodes() {
    return inodes;
  }

  DentryCache dentries() {
    return dentries;
  }

  SleepingLock renameLock() {
    return renameLock;
  }

  Machine machine() {
    return services.machine();
  }

  // Freezing

  public FreezeLevel freezeLevel() {
    return gate.level();
  }

  /**
   * Announces a change; waits while frozen ({@code sb_start_write}). {@link #endWrite} must follow.
   * Taken by the VFS around its calls, before any lock of the file system. Not to be nested.
   */
  public void startWrite() {
    gate.enter(FreezeLevel.WRITE);
  }

  /** As {@link #startWrite}, but does not wait; false when frozen. */
  public boolean tryStartWrite() {
    return gate.tryEnter(FreezeLevel.WRITE);
  }

  public void endWrite() {
    gate.leave(FreezeLevel.WRITE);
  }

  /**
   * Announces the first store to a page of a mapping; waits while frozen ({@code
   * sb_start_pagefault}). May be nested in {@link #startWrite}. {@link #endPageFault} must follow.
   */
  public void startPageFault() {
    gate.enter(FreezeLevel.PAGE_FAULT);
  }

  public void endPageFault() {
    gate.leave(FreezeLevel.PAGE_FAULT);
  }

  /**
   * Announces a change that is no call's, such as giving a removed file's blocks back; waits while
   * frozen ({@code sb_start_intwrite}). May be nested in the others. The VFS takes it around the
   * eviction of an inode without links. {@link #endInternalWrite} must follow.
   */
  public void startInternalWrite() {
    gate.enter(FreezeLevel.FILE_SYSTEM);
  }

  public void endInternalWrite() {
    gate.leave(FreezeLevel.FILE_SYSTEM);
  }

  /**
   * Stops changes, waits for those under way, writes everything ({@code freeze_super}). Waits for
   * another freeze under way. Of a file system mounted read-only there is nothing to write.
   *
   * @throws ErrnoException EBUSY when frozen; what writing failed with, and then it is thawed
   */
  public void freeze() throws ErrnoException {
    if (readOnly) {
      gate.begin(FreezeLevel.COMPLETE);
      return;
    }
    gate.begin(FreezeLevel.WRITE);
    FreezeLevel end = FreezeLevel.UNFROZEN;
    try {
      gate.advance(FreezeLevel.WRITE);
      gate.advance(FreezeLevel.PAGE_FAULT);
      sync();
      gate.advance(FreezeLevel.FILE_SYSTEM);
      operations.freeze();
      end = FreezeLevel.COMPLETE;
    } finally {
      gate.settle(end);
    }
  }

  /**
   * Lets changes go ahead ({@code thaw_super}).
   *
   * @throws ErrnoException EINVAL when not frozen; what the file system's thawing failed with, and
   *     then it stays frozen
   */
  public void thaw() throws ErrnoException {
    thawLock.lock();
    try {
      if (gate.level() != FreezeLevel.COMPLETE) {
        throw new ErrnoException(Errno.EINVAL, id + " is not frozen");
      }
      if (!readOnly) {
        operations.thaw();
      }
      gate.settle(FreezeLevel.UNFROZEN);
    } finally {
      thawLock.unlock();
    }
  }

  /** Whether everything is on the device and stays as it is. */
  boolean isFrozen() {
    return gate.level() == FreezeLevel.COMPLETE;
  }

  /** Writes everything and waits ({@code sync_filesystem}). */
  void sync() throws ErrnoException {
    if (!readOnly && !isFrozen()) {
      syncAll();
    }
  }

  /** As {@link #sync}, even when it has just been turned read-only. */
  void syncAll() throws ErrnoException {
    Tracer tracer = services.machine().tracer();
    SyncPhase.START_INODES.begins(tracer, this, SuperBlockOperations.SyncMode.NO_WAIT);
    services.writeback().startSync(this);
    SyncPhase.SYNC_FILE_SYSTEM.begins(tracer, this, SuperBlockOperations.SyncMode.NO_WAIT);
    operations.sync(SuperBlockOperations.SyncMode.NO_WAIT);
    SyncPhase.SYNC_INODES.begins(tracer, this, SuperBlockOperations.SyncMode.WAIT);
    services.writeback().syncInodes(this);
    SyncPhase.SYNC_FILE_SYSTEM.begins(tracer, this, SuperBlockOperations.SyncMode.WAIT);
    operations.sync(SuperBlockOperations.SyncMode.WAIT);
  }

  @Override
  public String toString() {
    return id;
  }
}
