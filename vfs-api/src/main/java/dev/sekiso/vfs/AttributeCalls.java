package dev.sekiso.vfs;

import dev.sekiso.machine.Credentials;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.TaskContext;

/** The calls that ask for and change attributes ({@code fs/attr.c}, {@code fs/stat.c}). */
final class AttributeCalls {

  private final NameCalls names;
  private final AccessTimes accessTimes;

  AttributeCalls(NameCalls names, AccessTimes accessTimes) {
    this.names = names;
    this.accessTimes = accessTimes;
  }

  /** Does something at a place. */
  @FunctionalInterface
  interface At<T> {
    T apply(Path place) throws ErrnoException;
  }

  /** Resolves a path, does something there, and gives the references back. */
  <T> T at(OpenFile base, String path, PathWalk.Last mode, At<T> action) throws ErrnoException {
    Path place;
    try (PathWalk walk = names.walk(base, path)) {
      place = walk.resolve(mode);
    }
    try {
      return action.apply(place);
    } finally {
      place.put();
    }
  }

  // Asking

  Attributes of(OpenFile base, String path, PathWalk.Last mode) throws ErrnoException {
    return at(base, path, mode, place -> attributes(place.inode()));
  }

  static Attributes of(OpenFile file) throws ErrnoException {
    requireNotClosed(file);
    return attributes(file.inode());
  }

  private static void requireNotClosed(OpenFile file) throws ErrnoException {
    if (file.isClosed()) {
      throw new ErrnoException(Errno.EBADF, file + " is closed");
    }
  }

  FileSystemStatus status(String path) throws ErrnoException {
    return at(
        null,
        path,
        PathWalk.Last.FOLLOW,
        place -> place.mount().superBlock().operations().status());
  }

  static FileSystemStatus status(OpenFile file) throws ErrnoException {
    requireNotClosed(file);
    return file.inode().superBlock().operations().status();
  }

  private static Attributes attributes(Inode inode) {
    SuperBlock superBlock = inode.superBlock();
    return new Attributes(
        superBlock.deviceNumber(),
        inode.number(),
        inode.mode(),
        inode.links(),
        inode.uid(),
        inode.gid(),
        inode.specialDevice(),
        inode.size(),
        superBlock.blockSize(),
        inode.blocks(),
        inode.accessTime(),
        inode.modificationTime(),
        inode.changeTime());
  }

  String readLink(OpenFile base, String path) throws ErrnoException {
    return at(
        base,
        path,
        PathWalk.Last.NO_FOLLOW,
        place -> {
          Inode inode = place.inode();
          if (!inode.isSymbolicLink()) {
            throw new ErrnoException(Errno.EINVAL, "'" + path + "' is not a symbolic link");
          }
          accessTimes.touch(place.mount(), inode);
          return FileName.decode(inode.operations().readLink(inode));
        });
  }

  void access(OpenFile base, String path, int mask, PathWalk.Last mode) throws ErrnoException {
    if ((mask & ~7) != 0) {
      throw new ErrnoException(
          Errno.EINVAL, "access mask 0%o has bits other than r, w and x".formatted(mask));
    }
    at(
        base,
        path,
        mode,
        place -> {
          checkAccess(place, mask);
          return null;
        });
  }

  private static void checkAccess(Path place, int mask) throws ErrnoException {
    Inode inode = place.inode();
    if ((mask & Permissions.EXECUTE) != 0
        && inode.isRegularFile()
        && place.mount().flags().contains(MountFlag.NO_EXEC)) {
      throw new ErrnoException(Errno.EACCES, place.mount() + " is mounted without execution");
    }
    Permissions.check(inode, mask);
    if ((mask & Permissions.WRITE) != 0
        && Permissions.holdsDataOrNames(inode)
        && place.mount().isReadOnly()) {
      throw new ErrnoException(Errno.EROFS, place.mount() + " is read-only");
    }
  }

  // Size

  void truncate(OpenFile base, String path, long size) throws ErrnoException {
    requireNotNegative(size);
    at(
        base,
        path,
        PathWalk.Last.FOLLOW,
        place -> {
          Inode inode = place.inode();
          if (inode.isDirectory()) {
            throw new ErrnoException(Errno.EISDIR, "'" + path + "' is a directory");
          }
          if (!inode.isRegularFile()) {
            throw new ErrnoException(Errno.EINVAL, "'" + path + "' is not a regular file");
          }
          place.mount().startWrite();
          try {
            Permissions.check(inode, Permissions.WRITE);
            Permissions.requireNotAppendOnly(inode);
            truncate(inode, size, TruncateTimes.IF_SIZE_CHANGES);
          } finally {
            place.mount().endWrite();
          }
          return null;
        });
  }

  void truncate(OpenFile file, long size) throws ErrnoException {
    requireNotNegative(size);
    if (file.isPathOnly() || file.isClosed()) {
      throw DataCalls.notOpenFor(file, "truncating");
    }
    Inode inode = file.inode();
    if (!inode.isRegularFile() || !file.isWritable()) {
      throw new ErrnoException(Errno.EINVAL, file + " is not a regular file open for writing");
    }
    if (!file.isLarge() && size > OpenCalls.MAXIMUM_SMALL_FILE) {
      throw new ErrnoException(Errno.EINVAL, size + " bytes need a file opened with LARGE_FILE");
    }
    Permissions.requireNotAppendOnly(inode);
    inode.superBlock().startWrite();
    try {
      truncate(inode, size, TruncateTimes.ALWAYS);
    } finally {
      inode.superBlock().endWrite();
    }
  }

  private static void requireNotNegative(long size) throws ErrnoException {
    if (size < 0) {
      throw new ErrnoException(Errno.EINVAL, "a file cannot have " + size + " bytes");
    }
  }

  /** Empties a file just opened with {@link OpenFlag#TRUNCATE}; the change has been announced. */
  void truncateOpened(OpenFile file) throws ErrnoException {
    truncate(file.inode(), 0, TruncateTimes.ALWAYS);
  }

  private enum TruncateTimes {
    ALWAYS,
    IF_SIZE_CHANGES
  }

  private static void truncate(Inode inode, long size, TruncateTimes times) throws ErrnoException {
    inode.lock().writeLock().lock();
    try {
      checkNewSize(inode, size);
      AttributeChange change = AttributeChange.NOTHING.withSize(size);
      Integer mode = modeWithoutPrivileges(inode);
      if (mode != null) {
        change = change.withMode(mode);
      }
      if (mode != null || times == TruncateTimes.ALWAYS || size != inode.size()) {
        Timestamp now = inode.superBlock().currentTime();
        change = change.withTimes(null, now, now);
      }
      inode.operations().setAttributes(inode, change);
    } finally {
      inode.lock().writeLock().unlock();
    }
  }

  /** The limits on growing ({@code inode_newsize_ok}). */
  static void checkNewSize(Inode inode, long size) throws ErrnoException {
    if (size <= inode.size()) {
      return;
    }
    long limit = TaskContext.current().limits().fileSize();
    if (size > limit) {
      throw fileSizeLimit(inode, limit);
    }
    long maximum = inode.superBlock().maximumFileSize();
    if (size > maximum) {
      throw new ErrnoException(
          Errno.EFBIG,
          "%s would have %d bytes, its file system allows %d".formatted(inode, size, maximum));
    }
  }

  static ErrnoException fileSizeLimit(Inode inode, long limit) {
    return new ErrnoException(
        Errno.EFBIG,
        "SIGXFSZ: %s would grow beyond the task's file size limit (RLIMIT_FSIZE) of %d bytes"
            .formatted(inode, limit));
  }

  // Mode and owner

  private static void change(Path place, Change change) throws ErrnoException {
    change(place.mount(), place.inode(), change);
  }

  /** Works out, with the inode locked, what is to change. */
  @FunctionalInterface
  private interface Change {
    AttributeChange of(Inode inode) throws ErrnoException;
  }

  private static void change(Mount mount, Inode inode, Change change) throws ErrnoException {
    mount.startWrite();
    try {
      inode.lock().writeLock().lock();
      try {
        inode.operations().setAttributes(inode, change.of(inode));
      } finally {
        inode.lock().writeLock().unlock();
      }
    } finally {
      mount.endWrite();
    }
  }

  void changeMode(OpenFile base, String path, int mode, PathWalk.Last last) throws ErrnoException {
    at(
        base,
        path,
        last,
        place -> {
          change(place, inode -> modeChange(inode, mode));
          return null;
        });
  }

  private static void requireOpen(OpenFile file) throws ErrnoException {
    if (file.isPathOnly() || file.isClosed()) {
      throw DataCalls.notOpenFor(file, "changes");
    }
  }

  void changeMode(OpenFile file, int mode) throws ErrnoException {
    requireOpen(file);
    change(file.mount(), file.inode(), inode -> modeChange(inode, mode));
  }

  private static AttributeChange modeChange(Inode inode, int mode) throws ErrnoException {
    Permissions.requireUnprotected(inode);
    if (inode.isSymbolicLink()) {
      throw new ErrnoException(
          Errno.EOPNOTSUPP, inode + " is a symbolic link, which has no mode to change");
    }
    requireOwner(inode, "change its mode");
    Credentials who = Permissions.caller();
    int result = mode & 07777;
    if (!who.isSuperUser() && !who.isInGroup(inode.gid())) {
      result &= ~Permissions.SET_GROUP_ID;
    }
    return AttributeChange.NOTHING
        .withMode(result)
        .withTimes(null, null, inode.superBlock().currentTime());
  }

  private static void requireOwner(Inode inode, String what) throws ErrnoException {
    if (!Permissions.ownsOrOverrides(inode)) {
      throw new ErrnoException(
          Errno.EPERM, "only the owner of " + inode + " or the super user may " + what);
    }
  }

  void changeOwner(OpenFile base, String path, int uid, int gid, PathWalk.Last last)
      throws ErrnoException {
    at(
        base,
        path,
        last,
        place -> {
          change(place, inode -> ownerChange(inode, uid, gid));
          return null;
        });
  }

  void changeOwner(OpenFile file, int uid, int gid) throws ErrnoException {
    requireOpen(file);
    change(file.mount(), file.inode(), inode -> ownerChange(inode, uid, gid));
  }

  private static AttributeChange ownerChange(Inode inode, int uid, int gid) throws ErrnoException {
    if (uid != -1 || gid != -1) {
      Permissions.requireUnprotected(inode);
    }
    Credentials who = Permissions.caller();
    if (!who.isSuperUser()) {
      boolean owner = who.uid() == inode.uid();
      if (uid != -1 && !(owner && uid == inode.uid())) {
        throw new ErrnoException(
            Errno.EPERM, "only the super user may give " + inode + " to user " + uid);
      }
      if (gid != -1 && !(owner && (gid == inode.gid() || who.isInGroup(gid)))) {
        throw new ErrnoException(
            Errno.EPERM, "user " + who.uid() + " may not give " + inode + " to group " + gid);
      }
    }
    AttributeChange change =
        AttributeChange.NOTHING
            .withOwner(uid == -1 ? null : (Integer) uid, gid == -1 ? null : (Integer) gid)
            .withTimes(null, null, inode.superBlock().currentTime());
    if (!inode.isDirectory()) {
      int mode = withoutPrivileges(inode);
      if (mode != (inode.mode() & 07777)) {
        requireOwner(inode, "take its set-ID bits away");
        change = change.withMode(mode);
      }
    }
    return change;
  }

  /**
   * The permissions without what lets a program run as somebody else ({@code should_remove_suid}).
   */
  private static int withoutPrivileges(Inode inode) {
    int mode = inode.mode() & 07777 & ~Permissions.SET_USER_ID;
    Credentials who = Permissions.caller();
    boolean drops =
        Permissions.isGroupExecutableSetGroupId(inode.mode())
            || (!who.isSuperUser() && !who.isInGroup(inode.gid()));
    return drops ? mode & ~Permissions.SET_GROUP_ID : mode;
  }

  /** The permissions a write leaves, or null when they stay ({@code file_remove_privs}). */
  static Integer modeWithoutPrivileges(Inode inode) {
    int special = Permissions.SET_USER_ID | Permissions.SET_GROUP_ID;
    if ((inode.mode() & special) == 0
        || !inode.isRegularFile()
        || Permissions.caller().isSuperUser()) {
      return null;
    }
    int mode = withoutPrivileges(inode);
    return mode == (inode.mode() & 07777) ? null : (Integer) mode;
  }

  // Times

  void changeTimes(
      OpenFile base, String path, TimeChange access, TimeChange modification, PathWalk.Last last)
      throws ErrnoException {
    if (isNothing(access, modification)) {
      return;
    }
    at(
        base,
        path,
        last,
        place -> {
          change(place, inode -> timeChange(inode, access, modification));
          return null;
        });
  }

  void changeTimes(OpenFile file, TimeChange access, TimeChange modification)
      throws ErrnoException {
    if (!isNothing(access, modification)) {
      requireOpen(file);
      change(file.mount(), file.inode(), inode -> timeChange(inode, access, modification));
    }
  }

  private static boolean isNothing(TimeChange access, TimeChange modification) {
    return access instanceof TimeChange.Omit && modification instanceof TimeChange.Omit;
  }

  private static AttributeChange timeChange(Inode inode, TimeChange access, TimeChange modification)
      throws ErrnoException {
    boolean toNow = access instanceof TimeChange.Now && modification instanceof TimeChange.Now;
    if (!toNow) {
      Permissions.requireUnprotected(inode);
      requireOwner(inode, "set its times to other than now");
    } else {
      Permissions.requireNotImmutable(inode);
      if (!Permissions.ownsOrOverrides(inode)) {
        Permissions.check(inode, Permissions.WRITE);
      }
    }
    SuperBlock superBlock = inode.superBlock();
    Timestamp now = superBlock.currentTime();
    return AttributeChange.NOTHING.withTimes(
        time(superBlock, access, now), time(superBlock, modification, now), now);
  }

  private static Timestamp time(SuperBlock superBlock, TimeChange change, Timestamp now) {
    return switch (change) {
      case TimeChange.Now n -> now;
      case TimeChange.Omit o -> null;
      case TimeChange.To to -> superBlock.clamp(to.time());
    };
  }
}
