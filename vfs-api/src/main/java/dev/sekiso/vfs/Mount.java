package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file system seen at a place of the tree (the kernel's {@code struct mount}).
 *
 * <p>References are held by paths: open files and walks under way. At 0, and only then, unmounting
 * can end it for good, after which {@link #tryGet} refuses. {@link #writers} counts files open for
 * writing and changes under way; {@link #setFlags} to read-only announces itself first and looks at
 * the count after, a writer the other way round, so one of the two gives way.
 */
public final class Mount {

  private static final int ENDED = -1;

  /** Options of the mount, not of the file system: two mounts of one may differ in them. */
  static final Set<MountFlag> OWN_FLAGS =
      Set.copyOf(
          EnumSet.of(
              MountFlag.READ_ONLY,
              MountFlag.NO_SET_USER_ID,
              MountFlag.NO_DEVICE_FILES,
              MountFlag.NO_EXEC,
              MountFlag.NO_ACCESS_TIME,
              MountFlag.NO_DIRECTORY_ACCESS_TIME,
              MountFlag.RELATIVE_ACCESS_TIME,
              MountFlag.STRICT_ACCESS_TIME));

  private final int id;
  private final SuperBlock superBlock;
  private final Dentry root;
  private final Path mountPoint;
  private final ConcurrentHashMap<Dentry, Mount> covers = new ConcurrentHashMap<>(4);
  private final AtomicInteger references = new AtomicInteger();
  private final AtomicInteger writers = new AtomicInteger();
  private volatile Set<MountFlag> flags = Set.of();
  private volatile boolean readOnly;
  private volatile AccessTimePolicy accessTimes = AccessTimePolicy.RELATIVE;
  private volatile boolean directoryAccessTimes = true;

  /** When reading a file writes its access time. */
  enum AccessTimePolicy {
    NEVER,
    RELATIVE,
    ALWAYS
  }

  /**
   * @param mountPoint what it covers, with references; null for the root of the tree
   */
  Mount(int id, SuperBlock superBlock, Dentry root, Path mountPoint, Set<MountFlag> flags) {
    this.id = id;
    this.superBlock = superBlock;
    this.root = root;
    this.mountPoint = mountPoint;
    adopt(flags);
  }

  /** A number unique in its VFS. */
  public int id() {
    return id;
  }

  public SuperBlock superBlock() {
    return superBlock;
  }

  /** The options that are this mount's own. */
  public Set<MountFlag> flags() {
    return flags;
  }

  /** Whether nothing can be changed through it: by its own option or the file system's. */
  public boolean isReadOnly() {
    return readOnly || superBlock.isReadOnly();
  }

  Dentry root() {
    return root;
  }

  Path mountPoint() {
    return mountPoint;
  }

  /** What is mounted on places of this mount; changed under the mount table's lock. */
  ConcurrentHashMap<Dentry, Mount> covers() {
    return covers;
  }

  boolean forbidsDeviceFiles() {
    return flags.contains(MountFlag.NO_DEVICE_FILES);
  }

  AccessTimePolicy accessTimes() {
    return accessTimes;
  }

  boolean writesDirectoryAccessTimes() {
    return directoryAccessTimes;
  }

  private void adopt(Set<MountFlag> value) {
    EnumSet<MountFlag> own = EnumSet.noneOf(MountFlag.class);
    own.addAll(value);
    own.retainAll(OWN_FLAGS);
    flags = Set.copyOf(own);
    directoryAccessTimes = !own.contains(MountFlag.NO_DIRECTORY_ACCESS_TIME);
    if (own.contains(MountFlag.NO_ACCESS_TIME)) {
      accessTimes = AccessTimePolicy.NEVER;
    } else if (own.contains(MountFlag.STRICT_ACCESS_TIME)) {
      accessTimes = AccessTimePolicy.ALWAYS;
    } else {
      accessTimes = AccessTimePolicy.RELATIVE;
    }
    readOnly = own.contains(MountFlag.READ_ONLY);
  }

  /**
   * Changes the options. Guarded by the mount table's lock.
   *
   * @throws ErrnoException EBUSY to read-only while a file is open for writing or a change under
   *     way
   */
  void setFlags(Set<MountFlag> value) throws ErrnoException {
    if (value.contains(MountFlag.READ_ONLY)) {
      boolean before = readOnly;
      readOnly = true;
      if (!before && writers.get() > 0) {
        readOnly = false;
        throw new ErrnoException(
            Errno.EBUSY,
            "files are open for writing in " + superBlock + "; close them to remount read-only");
      }
    }
    adopt(value);
  }

  /** Takes a reference; the caller holds one, or the mount table's lock. */
  Mount get() {
    if (!tryGet()) {
      throw new IllegalStateException(this + " has been unmounted");
    }
    return this;
  }

  boolean tryGet() {
    int count = references.get();
    while (count >= 0) {
      int witness = references.compareAndExchange(count, count + 1);
      if (witness == count) {
        return true;
      }
      count = witness;
    }
    return false;
  }

  void put() {
    if (references.decrementAndGet() < 0) {
      throw new IllegalStateException(this + " was given back more often than taken");
    }
  }

  /** Ends the mount unless something refers to it. */
  boolean tryEnd() {
    return references.compareAndSet(0, ENDED);
  }

  /** Paths that refer to it. */
  int references() {
    return references.get();
  }

  int writers() {
    return writers.get();
  }

  /**
   * Announces a change through this mount; waits while the file system is frozen ({@code
   * mnt_want_write}). {@link #endWrite} must follow.
   *
   * @throws ErrnoException EROFS
   */
  void startWrite() throws ErrnoException {
    superBlock.startWrite();
    try {
      openForWriting();
    } catch (ErrnoException | RuntimeException e) {
      superBlock.endWrite();
      throw e;
    }
  }

  void endWrite() {
    closeForWriting();
    superBlock.endWrite();
  }

  /** Counts a file open for writing; not held back by a freeze. */
  void openForWriting() throws ErrnoException {
    writers.incrementAndGet();
    if (isReadOnly()) {
      writers.decrementAndGet();
      throw new ErrnoException(
          Errno.EROFS, superBlock + " is mounted read-only; remount it read-write");
    }
  }

  void closeForWriting() {
    writers.decrementAndGet();
  }

  @Override
  public String toString() {
    return "mount " + id + " of " + superBlock;
  }
}
