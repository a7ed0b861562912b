package dev.sekiso.vfs;

import dev.sekiso.machine.SleepingReadWriteLock;

/**
 * A file, whatever its names (the kernel's {@code struct inode}). File systems extend it with what
 * they keep per file.
 *
 * <p>Locking: {@link #lock} is the kernel's {@code i_rwsem}: held for writing by whoever changes the
 * file's data, size, attributes or, for a directory, its names. Attribute fields are changed under
 * it and may be read without it: each is volatile. The dirty flags belong to the writeback layer
 * and are guarded by the inode's monitor, which is held for moments only.
 */
public abstract class Inode {

  /** Metadata not needed to read the data back has changed ({@code I_DIRTY_SYNC}). */
  public static final int DIRTY_SYNC = 1;

  /** Metadata needed to read the data back has changed: size, mapping ({@code I_DIRTY_DATASYNC}). */
  public static final int DIRTY_DATASYNC = 1 << 1;

  /** Pages are dirty ({@code I_DIRTY_PAGES}). */
  public static final int DIRTY_PAGES = 1 << 2;

  /** Only times have changed, and they may wait ({@code I_DIRTY_TIME}). */
  public static final int DIRTY_TIME = 1 << 3;

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

  @Override
  public String toString() {
    return superBlock.id() + ":" + number;
  }
}
