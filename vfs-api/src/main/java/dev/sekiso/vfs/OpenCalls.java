package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;

/** {@code open} and {@code close} ({@code fs/open.c}, {@code do_open} of {@code fs/namei.c}). */
final class OpenCalls {

  /** Largest file without {@link OpenFlag#LARGE_FILE} (MAX_NON_LFS). */
  static final long MAXIMUM_SMALL_FILE = (1L << 31) - 1;

  /** What is left of the flags of a path-only open. */
  private static final int PATH_FLAGS =
      OpenFlag.bits(OpenFlag.PATH, OpenFlag.DIRECTORY, OpenFlag.NO_FOLLOW, OpenFlag.CLOSE_ON_EXEC);

  /** Flags that act on the open alone and are not kept. */
  private static final int OPEN_ONLY =
      OpenFlag.bits(
          OpenFlag.CREATE, OpenFlag.EXCLUSIVE, OpenFlag.TRUNCATE, OpenFlag.NO_CONTROLLING_TERMINAL);

  private static final int NOTHING_TO_TRUNCATE = ~OpenFlag.TRUNCATE.bits();

  private final NameCalls names;
  private final AttributeCalls attributes;
  private final DeviceFiles devices;
  private final Machine machine;
  private final VfsSettings settings;

  OpenCalls(NameCalls names, AttributeCalls attributes, DeviceFiles devices, VfsServices services) {
    this.names = names;
    this.attributes = attributes;
    this.devices = devices;
    this.machine = services.machine();
    this.settings = services.settings();
  }

  OpenFile open(OpenFile base, String path, int givenFlags, int mode) throws ErrnoException {
    int flags = effective(givenFlags);
    try (PathWalk walk = names.walk(base, path)) {
      if (!OpenFlag.CREATE.isIn(flags)) {
        return open(walk.resolve(lastMode(flags)), flags);
      }
      return create(walk, flags, mode);
    }
  }

  /** Checks the flags and adds what they imply ({@code build_open_flags}). */
  private int effective(int given) throws ErrnoException {
    if (OpenFlag.PATH.isIn(given)) {
      return given & PATH_FLAGS;
    }
    if (OpenFlag.TEMPORARY_FILE.isIn(given)) {
      if ((given & OpenFlag.ACCESS_MODE) == 0) {
        throw new ErrnoException(Errno.EINVAL, "a temporary file must be opened for writing");
      }
      throw new ErrnoException(
          Errno.EOPNOTSUPP, "no file system here makes files without a name; create and unlink");
    }
    if (OpenFlag.CREATE.isIn(given) && OpenFlag.DIRECTORY.isIn(given)) {
      throw new ErrnoException(Errno.EINVAL, "open makes no directories; use mkdir");
    }
    return settings.wordSize() == VfsSettings.WordSize.BITS_64
        ? given | OpenFlag.LARGE_FILE.bits()
        : given;
  }

  private static PathWalk.Last lastMode(int flags) {
    return OpenFlag.NO_FOLLOW.isIn(flags) ? PathWalk.Last.NO_FOLLOW : PathWalk.Last.FOLLOW;
  }

  private OpenFile create(PathWalk walk, int flags, int mode) throws ErrnoException {
    while (true) {
      walk.toParent();
      requireFileName(walk, flags);
      Dentry child =
          walk.dentry().inode().superBlock().dentries().cached(walk.dentry(), walk.last());
      boolean made = false;
      if (child == null || child.isNegative()) {
        if (child != null) {
          child.put();
        }
        Made result = lookupOrMake(walk, mode);
        child = result.dentry;
        made = result.fresh;
      }
      if (!made && OpenFlag.EXCLUSIVE.isIn(flags)) {
        child.put();
        throw new ErrnoException(Errno.EEXIST, "'" + walk.path() + "' exists already");
      }
      if (child.inode().isSymbolicLink() && !OpenFlag.NO_FOLLOW.isIn(flags)) {
        walk.follow(child);
        continue;
      }
      walk.enter(child);
      return made ? openMade(walk.take(), flags) : open(walk.take(), flags);
    }
  }

  /** A directory stands at the end of a path without a last name, so it exists. */
  private static void requireFileName(PathWalk walk, int flags) throws ErrnoException {
    if (walk.lastKind() != PathWalk.LastKind.NORMAL) {
      throw new ErrnoException(
          OpenFlag.EXCLUSIVE.isIn(flags) ? Errno.EEXIST : Errno.EISDIR,
          "'" + walk.path() + "' is a directory, which exists");
    }
    if (walk.hasTrailingSlash()) {
      throw new ErrnoException(
          Errno.EISDIR, "'" + walk.path() + "' names a directory; open cannot make one");
    }
  }

  private record Made(Dentry dentry, boolean fresh) {}

  /** The last component's dentry, made if absent ({@code lookup_open}). */
  private static Made lookupOrMake(PathWalk walk, int mode) throws ErrnoException {
    Mount mount = walk.mount();
    ErrnoException readOnly = null;
    try {
      mount.startWrite();
    } catch (ErrnoException e) {
      readOnly = e;
    }
    try {
      Inode directory = walk.dentry().inode();
      directory.lock().writeLock().lock();
      try {
        return lookupOrMakeLocked(walk, mode, readOnly);
      } finally {
        directory.lock().writeLock().unlock();
      }
    } finally {
      if (readOnly == null) {
        mount.endWrite();
      }
    }
  }

  private static Made lookupOrMakeLocked(PathWalk walk, int mode, ErrnoException readOnly)
      throws ErrnoException {
    Inode directory = walk.dentry().inode();
    DentryCache cache = directory.superBlock().dentries();
    Dentry dentry = cache.lookupLocked(walk.dentry(), walk.last());
    if (!dentry.isNegative()) {
      return new Made(dentry, false);
    }
    try {
      if (readOnly != null) {
        throw readOnly;
      }
      Permissions.checkCreate(directory);
      int permissions = mode & 07777 & ~Permissions.caller().umask();
      Inode inode =
          directory
              .operations()
              .create(directory, walk.last(), FileType.REGULAR.modeBits() | permissions, 0);
      return new Made(cache.instantiate(dentry, inode), true);
    } catch (ErrnoException | RuntimeException e) {
      dentry.put();
      throw e;
    }
  }

  /** A file this call has made: its mode does not bind its maker, and it is empty. */
  private OpenFile openMade(Path place, int flags) throws ErrnoException {
    try {
      return open(place, flags & NOTHING_TO_TRUNCATE, null);
    } catch (ErrnoException | RuntimeException e) {
      place.put();
      throw e;
    }
  }

  /** Opens what exists; takes over the place's references. */
  private OpenFile open(Path place, int flags) throws ErrnoException {
    try {
      if (OpenFlag.DIRECTORY.isIn(flags) && !place.dentry().isDirectory()) {
        throw new ErrnoException(Errno.ENOTDIR, place + " is not a directory");
      }
      if (OpenFlag.PATH.isIn(flags)) {
        return new OpenFile(
            place, flags, FileOperationsOfPath.INSTANCE, machine.newLock("position"));
      }
      if (OpenFlag.CREATE.isIn(flags) && place.dentry().isDirectory()) {
        throw new ErrnoException(Errno.EISDIR, place + " is a directory");
      }
      Inode inode = place.inode();
      boolean truncates = OpenFlag.TRUNCATE.isIn(flags) && inode.isRegularFile();
      checkOpen(place, flags);
      return open(place, flags, truncates ? place.mount() : null);
    } catch (ErrnoException | RuntimeException e) {
      place.put();
      throw e;
    }
  }

  /** Checks what the file is and who asks ({@code may_open}). */
  private static void checkOpen(Path place, int flags) throws ErrnoException {
    Inode inode = place.inode();
    int mask = accessMask(flags) | (OpenFlag.TRUNCATE.isIn(flags) ? Permissions.WRITE : 0);
    switch (inode.type()) {
      case SYMBOLIC_LINK ->
          throw new ErrnoException(Errno.ELOOP, place + " is a symbolic link, not to be followed");
      case DIRECTORY -> {
        if ((mask & Permissions.WRITE) != 0) {
          throw new ErrnoException(Errno.EISDIR, place + " is a directory; open it for reading");
        }
      }
      case BLOCK_DEVICE, CHARACTER_DEVICE -> {
        if (place.mount().forbidsDeviceFiles()) {
          throw new ErrnoException(Errno.EACCES, place.mount() + " is mounted without devices");
        }
      }
      default -> {}
    }
    Permissions.check(inode, mask);
    boolean overwrites = (flags & OpenFlag.ACCESS_MODE) != 0 && !OpenFlag.APPEND.isIn(flags);
    if (overwrites || OpenFlag.TRUNCATE.isIn(flags)) {
      Permissions.requireNotAppendOnly(inode);
    }
    if (OpenFlag.NO_ACCESS_TIME.isIn(flags) && !Permissions.ownsOrOverrides(inode)) {
      throw new ErrnoException(
          Errno.EPERM, "only the owner of " + place + " may leave its access time alone");
    }
  }

  private static int accessMask(int flags) {
    return switch (flags & OpenFlag.ACCESS_MODE) {
      case 0 -> Permissions.READ;
      case 1 -> Permissions.WRITE;
      default -> Permissions.READ | Permissions.WRITE;
    };
  }

  private OpenFile open(Path place, int flags, Mount truncateThrough) throws ErrnoException {
    Inode inode = place.inode();
    if (truncateThrough != null) {
      truncateThrough.startWrite();
    }
    try {
      OpenFile file = openCounted(place, flags, inode);
      if (truncateThrough != null) {
        try {
          attributes.truncateOpened(file);
        } catch (ErrnoException | RuntimeException e) {
          abandon(file);
          throw e;
        }
      }
      return file;
    } finally {
      if (truncateThrough != null) {
        truncateThrough.endWrite();
      }
    }
  }

  /** Makes the open file and counts it as a writer ({@code do_dentry_open}). */
  private OpenFile openCounted(Path place, int flags, Inode inode) throws ErrnoException {
    OpenFile file =
        new OpenFile(
            place, flags & ~OPEN_ONLY, operations(inode), machine.newLock("position of " + inode));
    boolean counted = countsAsWriter(file);
    if (counted) {
      place.mount().openForWriting();
    }
    try {
      if (!file.isLarge() && inode.isRegularFile() && inode.size() > MAXIMUM_SMALL_FILE) {
        throw new ErrnoException(
            Errno.EOVERFLOW,
            "%s has %d bytes, a 32-bit program opens more than 2147483647 with LARGE_FILE"
                .formatted(place, inode.size()));
      }
      file.operations().open(file);
      if (file.isDirect() && !file.operations().supportsDirect(file)) {
        file.operations().release(file);
        throw noDirect(file);
      }
      file.sampleErrors(file.operations().errors(file), inode.superBlock().errors());
      return file;
    } catch (ErrnoException | RuntimeException e) {
      if (counted) {
        place.mount().closeForWriting();
      }
      throw e;
    }
  }

  /** Writing to a device, fifo or socket changes nothing of the file system it is named in. */
  private static boolean countsAsWriter(OpenFile file) {
    return file.isWritable() && (file.inode().isRegularFile() || file.inode().isDirectory());
  }

  private FileOperations operations(Inode inode) throws ErrnoException {
    FileType type = inode.type();
    if (type == FileType.BLOCK_DEVICE || type == FileType.CHARACTER_DEVICE) {
      FileOperations device = devices.operations(inode);
      if (device != null) {
        return device;
      }
    }
    if (type == FileType.SOCKET) {
      throw new ErrnoException(Errno.ENXIO, inode + " is a socket, which is not opened but called");
    }
    return inode.operations().fileOperations(inode);
  }

  /** Flags that {@code F_SETFL} changes. */
  private static final int CHANGEABLE =
      OpenFlag.bits(
          OpenFlag.APPEND,
          OpenFlag.DIRECT,
          OpenFlag.NON_BLOCKING,
          OpenFlag.NO_ACCESS_TIME,
          OpenFlag.ASYNCHRONOUS_SIGNALS);

  void setFlags(OpenFile file, int flags) throws ErrnoException {
    if (file.isPathOnly() || file.isClosed()) {
      throw DataCalls.notOpenFor(file, "changes");
    }
    int wanted = flags & CHANGEABLE;
    if (OpenFlag.APPEND.isIn(wanted ^ file.flags())) {
      Permissions.requireNotAppendOnly(file.inode());
    }
    boolean hidesAccess = OpenFlag.NO_ACCESS_TIME.isIn(wanted & ~file.flags());
    if (hidesAccess && !Permissions.ownsOrOverrides(file.inode())) {
      throw new ErrnoException(
          Errno.EPERM, "only the owner of " + file + " may leave its access time alone");
    }
    if (OpenFlag.DIRECT.isIn(wanted) && !file.operations().supportsDirect(file)) {
      throw noDirect(file);
    }
    file.changeFlags(CHANGEABLE, wanted);
  }

  private static ErrnoException noDirect(OpenFile file) {
    return new ErrnoException(
        Errno.EINVAL, file + " cannot be read and written past the cache; leave DIRECT out");
  }

  void close(OpenFile file) throws ErrnoException {
    if (file.isClosed()) {
      throw new ErrnoException(Errno.EBADF, file + " is closed already");
    }
    ErrnoException failure = null;
    try {
      if (!file.isPathOnly()) {
        file.operations().flush(file);
      }
    } catch (ErrnoException e) {
      failure = e;
    }
    put(file);
    if (failure != null) {
      throw failure;
    }
  }

  /** Gives a reference back ({@code fput}). */
  void put(OpenFile file) {
    if (file.putAndTest()) {
      abandon(file);
      file.path().put();
    }
  }

  /** The end of an open file; its place is left to the caller. */
  private static void abandon(OpenFile file) {
    if (!file.isPathOnly()) {
      file.operations().release(file);
      if (countsAsWriter(file)) {
        file.mount().closeForWriting();
      }
    }
  }

  /** A path-only file does nothing. */
  private enum FileOperationsOfPath implements FileOperations {
    INSTANCE
  }
}
