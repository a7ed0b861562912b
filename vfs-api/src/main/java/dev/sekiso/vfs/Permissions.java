package dev.sekiso.vfs;

import dev.sekiso.machine.Credentials;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.TaskContext;

/** Who may do what ({@code fs/namei.c}: {@code generic_permission}, {@code may_delete}). */
final class Permissions {

  static final int READ = 4;
  static final int WRITE = 2;
  static final int EXECUTE = 1;

  static final int SET_USER_ID = 04000;
  static final int SET_GROUP_ID = 02000;
  static final int STICKY = 01000;

  private static final int GROUP_EXECUTE = 0010;
  private static final int ANY_EXECUTE = 0111;

  private Permissions() {}

  /** Set-group-ID with group execution: the combination that grants a group. */
  static boolean isGroupExecutableSetGroupId(int mode) {
    int both = SET_GROUP_ID | GROUP_EXECUTE;
    return (mode & both) == both;
  }

  static Credentials caller() {
    return TaskContext.current().credentials();
  }

  /**
   * Checks that the caller may access the inode in all the ways of the mask.
   *
   * @throws ErrnoException EACCES; EROFS for writing data or names of a read-only file system;
   *     EPERM for writing what is immutable
   */
  static void check(Inode inode, int mask) throws ErrnoException {
    if ((mask & WRITE) != 0) {
      if (inode.superBlock().isReadOnly() && holdsDataOrNames(inode)) {
        throw new ErrnoException(
            Errno.EROFS, inode.superBlock() + " is mounted read-only; remount it read-write");
      }
      requireNotImmutable(inode);
    }
    if (!allows(inode, mask)) {
      throw new ErrnoException(
          Errno.EACCES,
          "mode %04o of %s, owner %d:%d, gives user %d no %s access"
              .formatted(
                  inode.mode() & 07777,
                  inode,
                  inode.uid(),
                  inode.gid(),
                  caller().uid(),
                  describe(mask)));
    }
  }

  /** Whether writing to it changes its file system, as writing to a device does not. */
  static boolean holdsDataOrNames(Inode inode) {
    return inode.isRegularFile() || inode.isDirectory() || inode.isSymbolicLink();
  }

  /** EPERM for what nobody may change in any way. */
  static void requireNotImmutable(Inode inode) throws ErrnoException {
    if (inode.isImmutable()) {
      throw new ErrnoException(Errno.EPERM, inode + " is immutable; chattr -i lifts that");
    }
  }

  /** EPERM for what may only grow. */
  static void requireNotAppendOnly(Inode inode) throws ErrnoException {
    if (inode.isAppendOnly()) {
      throw new ErrnoException(Errno.EPERM, inode + " is append-only; chattr -a lifts that");
    }
  }

  /** EPERM for what keeps its names and attributes. */
  static void requireUnprotected(Inode inode) throws ErrnoException {
    requireNotImmutable(inode);
    requireNotAppendOnly(inode);
  }

  static boolean allows(Inode inode, int mask) {
    return allows(inode, mask, caller());
  }

  static boolean allows(Inode inode, int mask, Credentials who) {
    int mode = inode.mode();
    int granted;
    if (who.uid() == inode.uid()) {
      granted = mode >> 6;
    } else if ((((mode >> 3) ^ mode) & 7 & mask) == 0) {
      granted = mode;
    } else {
      granted = who.isInGroup(inode.gid()) ? mode >> 3 : mode;
    }
    if ((mask & 7 & ~granted) == 0) {
      return true;
    }
    return who.isSuperUser()
        && ((mask & EXECUTE) == 0 || inode.isDirectory() || (mode & ANY_EXECUTE) != 0);
  }

  /** Whether the caller owns the inode or may act as if ({@code inode_owner_or_capable}). */
  static boolean ownsOrOverrides(Inode inode) {
    Credentials who = caller();
    return who.isSuperUser() || who.uid() == inode.uid();
  }

  /** Checks that a name may be made in a directory ({@code may_create}). */
  static void checkCreate(Inode directory) throws ErrnoException {
    if (directory.isDead()) {
      throw new ErrnoException(Errno.ENOENT, "directory " + directory + " has been removed");
    }
    check(directory, WRITE | EXECUTE);
  }

  /** Checks that a directory entry may be removed or replaced ({@code may_delete}). */
  static void checkDelete(Inode directory, Inode victim, FileName name, VictimKind kind)
      throws ErrnoException {
    check(directory, WRITE | EXECUTE);
    requireNotAppendOnly(directory);
    if ((directory.mode() & STICKY) != 0) {
      Credentials who = caller();
      if (!who.isSuperUser() && who.uid() != victim.uid() && who.uid() != directory.uid()) {
        throw new ErrnoException(
            Errno.EPERM,
            "directory %s is sticky and user %d owns neither it nor '%s'"
                .formatted(directory, who.uid(), name));
      }
    }
    requireUnprotected(victim);
    if (kind == VictimKind.DIRECTORY && !victim.isDirectory()) {
      throw new ErrnoException(Errno.ENOTDIR, "'" + name + "' is not a directory");
    }
    if (kind == VictimKind.NON_DIRECTORY && victim.isDirectory()) {
      throw new ErrnoException(Errno.EISDIR, "'" + name + "' is a directory");
    }
    if (directory.isDead()) {
      throw new ErrnoException(Errno.ENOENT, "directory " + directory + " has been removed");
    }
  }

  /** What is expected at a name that goes. */
  enum VictimKind {
    DIRECTORY,
    NON_DIRECTORY
  }

  private static String describe(int mask) {
    return ((mask & READ) != 0 ? "r" : "")
        + ((mask & WRITE) != 0 ? "w" : "")
        + ((mask & EXECUTE) != 0 ? "x" : "");
  }
}
