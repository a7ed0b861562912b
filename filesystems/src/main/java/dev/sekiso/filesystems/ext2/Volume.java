package dev.sekiso.filesystems.ext2;

import dev.sekiso.filesystems.block.Buffer;
import dev.sekiso.filesystems.block.BufferCache;
import dev.sekiso.machine.Credentials;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SleepingLock;
import dev.sekiso.machine.TaskContext;
import dev.sekiso.vfs.SuperBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A mounted ext2 file system's state (the kernel's {@code struct ext2_sb_info}): its geometry, its
 * super block and descriptors in memory, what is free, and how to react to corruption.
 *
 * <p>Locking: the counters are atomic; {@link #superLock} is held while the super block is changed
 * and written; descriptors and bitmaps belong to {@link #locks}.
 */
final class Volume {

  private final SuperBlock superBlock;
  private final Geometry geometry;
  private final BufferCache buffers;
  private final Buffer superBuffer;
  private final RawSuperBlock raw;
  private final GroupDescriptors descriptors;
  private final GroupLocks locks = new GroupLocks();
  private final PendingFrees pendingFrees;
  private final PendingNumbers pendingNumbers;
  private final SleepingLock superLock;
  private final AtomicLong freeBlocks = new AtomicLong();
  private final AtomicLong freeInodes = new AtomicLong();
  private final AtomicLong directories = new AtomicLong();
  private final AtomicLong orphans = new AtomicLong();
  private final AtomicInteger nextGeneration;
  private volatile MountOptions options;

  /** What the state was before this mount, to be put back when it ends. */
  private volatile int mountState;

  /** Whether the device says that the file system is in use. */
  private volatile boolean begun;

  Volume(
      SuperBlock superBlock,
      Geometry geometry,
      BufferCache buffers,
      Buffer superBuffer,
      RawSuperBlock raw,
      GroupDescriptors descriptors,
      MountOptions options) {
    this.superBlock = superBlock;
    this.geometry = geometry;
    this.buffers = buffers;
    this.superBuffer = superBuffer;
    this.raw = raw;
    this.descriptors = descriptors;
    this.options = options;
    this.mountState = raw.state();
    Machine machine = superBlock.services().machine();
    this.superLock = machine.newLock("super block of " + superBlock.id());
    this.pendingFrees = new PendingFrees(machine, superBlock.id(), buffers, locks);
    this.pendingNumbers = new PendingNumbers(this);
    this.nextGeneration = new AtomicInteger(machine.random().nextInt());
    for (int group = 0; group < geometry.groups(); group++) {
      freeBlocks.addAndGet(descriptors.freeBlocks(group));
      freeInodes.addAndGet(descriptors.freeInodes(group));
      directories.addAndGet(descriptors.directories(group));
    }
  }

  SuperBlock superBlock() {
    return superBlock;
  }

  Machine machine() {
    return superBlock.services().machine();
  }

  Geometry geometry() {
    return geometry;
  }

  BufferCache buffers() {
    return buffers;
  }

  RawSuperBlock raw() {
    return raw;
  }

  GroupDescriptors descriptors() {
    return descriptors;
  }

  GroupLocks locks() {
    return locks;
  }

  PendingFrees pendingFrees() {
    return pendingFrees;
  }

  PendingNumbers pendingNumbers() {
    return pendingNumbers;
  }

  MountOptions options() {
    return options;
  }

  void setOptions(MountOptions value) {
    options = value;
  }

  AtomicLong freeBlocks() {
    return freeBlocks;
  }

  AtomicLong freeInodes() {
    return freeInodes;
  }

  AtomicLong directories() {
    return directories;
  }

  /** Files without a name that are still in use ({@code s_remove_count}). */
  AtomicLong orphans() {
    return orphans;
  }

  int newGeneration() {
    return nextGeneration.getAndIncrement();
  }

  /** Blocks only the privileged may take, within reason. */
  long reservedBlocks() {
    return Math.min(raw.reservedBlocks(), geometry.blocks());
  }

  /** Whether the running task may use the reserved blocks. */
  boolean mayUseReserve() {
    Credentials who = TaskContext.current().credentials();
    int group = options.reservedGid();
    return who.isSuperUser()
        || who.uid() == options.reservedUid()
        || (group != 0 && who.isInGroup(group));
  }

  long nowSeconds() {
    return Math.floorDiv(machine().realTimeNanos(), 1_000_000_000L);
  }

  // Errors

  /**
   * Something on the device cannot be right: reacts as {@code errors=} says ({@code ext2_error})
   * and gives the exception to throw. Waits for the device the first time, so that the next check
   * knows of it, whatever becomes of this machine; no folio of the device is locked.
   */
  ErrnoException corrupt(String what) {
    if (!superBlock.isReadOnly()) {
      noteErrors();
    }
    superBlock.errors().set(Errno.EUCLEAN);
    switch (options.onErrors()) {
      case PANIC -> throw new FileSystemPanic(superBlock.id() + ": " + what);
      case REMOUNT_READ_ONLY -> superBlock.forceReadOnly();
      case CONTINUE -> {}
    }
    return new ErrnoException(
        Errno.EUCLEAN, superBlock.id() + ": " + what + "; unmount it and run e2fsck");
  }

  private void noteErrors() {
    boolean known = (raw.state() & RawSuperBlock.STATE_ERROR) != 0;
    mountState |= RawSuperBlock.STATE_ERROR;
    raw.setState(raw.state() | RawSuperBlock.STATE_ERROR);
    superBuffer.markDirty();
    if (!known) {
      try {
        superBuffer.write();
      } catch (ErrnoException e) {
        superBlock.errors().set(e.errno());
      }
    }
  }

  // The super block

  /** Marks the file system in use ({@code ext2_setup_super}); writes the super block. */
  void begin() throws ErrnoException {
    superLock.lock();
    try {
      mountState = raw.state();
      if (raw.maximumMountCount() == 0) {
        raw.setMaximumMountCount(20);
      }
      raw.setMountCount(raw.mountCount() + 1);
      raw.setMountTime(nowSeconds());
      raw.setState(raw.state() & ~RawSuperBlock.STATE_VALID);
      update();
      begun = true;
      superBuffer.write();
    } finally {
      superLock.unlock();
    }
  }

  /** Whether it has been marked in use and not yet left. */
  boolean isBegun() {
    return begun;
  }

  /** Puts the state back that the mount found; everything else has been written. */
  void end() throws ErrnoException {
    superLock.lock();
    try {
      begun = false;
      writeState(mountState);
    } finally {
      superLock.unlock();
    }
  }

  /**
   * Leaves on the device, for the time of a freeze, what an unmount would ({@code ext2_freeze}):
   * the state the mount found, unless files without a name are left, which a check would find.
   */
  void freeze() throws ErrnoException {
    superLock.lock();
    try {
      writeState(orphans.get() == 0 ? mountState : mountState & ~RawSuperBlock.STATE_VALID);
    } finally {
      superLock.unlock();
    }
  }

  /**
   * The device says again that the file system is in use ({@code ext2_unfreeze}). It thaws whether
   * or not that can be written: otherwise nothing could be done about a device that has failed
   * meanwhile. Who syncs hears of it.
   */
  void thaw() {
    superLock.lock();
    try {
      raw.setState(raw.state() & ~RawSuperBlock.STATE_VALID);
      update();
      superBuffer.write();
    } catch (ErrnoException e) {
      // The device's pages remember it, as after any write that failed.
    } finally {
      superLock.unlock();
    }
  }

  /** Writes everything, then the super block with that state. The super block's lock is held. */
  private void writeState(int state) throws ErrnoException {
    buffers.writeAll();
    buffers.io().flush();
    raw.setState(state);
    update();
    superBuffer.write();
    buffers.io().flush();
  }

  /** Brings the counters of the super block up to date and marks it dirty. */
  void updateSuperBlock() {
    superLock.lock();
    try {
      raw.setState(raw.state() & ~RawSuperBlock.STATE_VALID);
      update();
    } finally {
      superLock.unlock();
    }
  }

  private void update() {
    raw.setFreeBlocks(freeBlocks.get());
    raw.setFreeInodes(freeInodes.get());
    raw.setWriteTime(nowSeconds());
    superBuffer.markDirty();
  }

  /** A file has passed 2 GiB: the file system now has such ({@code large_file}). */
  void noteLargeFile() {
    int bits = raw.readOnlyCompatible();
    boolean dynamic = raw.revision() != RawSuperBlock.REVISION_STATIC;
    if (dynamic && (bits & Features.RO_COMPAT_LARGE_FILE) != 0) {
      return;
    }
    superLock.lock();
    try {
      if (!dynamic) {
        raw.setFirstInode(Geometry.OLD_FIRST_INODE);
        raw.setInodeSize(Geometry.OLD_INODE_SIZE);
        raw.setRevision(RawSuperBlock.REVISION_DYNAMIC);
        bits = 0;
      }
      raw.setReadOnlyCompatible(bits | Features.RO_COMPAT_LARGE_FILE);
      update();
    } finally {
      superLock.unlock();
    }
  }

  /** What stays in memory while it is mounted: the super block and the descriptors. */
  List<Buffer> held() {
    List<Buffer> held = new ArrayList<>(descriptors.blocks());
    held.add(superBuffer);
    return held;
  }

  void close() {
    held().forEach(Buffer::close);
  }
}
