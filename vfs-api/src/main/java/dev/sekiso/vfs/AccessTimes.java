package dev.sekiso.vfs;

import dev.sekiso.machine.Machine;

/**
 * Decides whether reading a file writes its access time, and writes it ({@code touch_atime}, {@code
 * relatime_need_update}).
 *
 * <p>The usual answer is no, from fields alone: the access time is past both other times and less
 * than a day old. A coarse clock does for that.
 */
final class AccessTimes {

  private static final long DAY_SECONDS = 24 * 60 * 60;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final Machine machine;

  AccessTimes(Machine machine) {
    this.machine = machine;
  }

  /** An open file has been read. */
  void touch(OpenFile file) {
    if ((file.flags() & OpenFlag.NO_ACCESS_TIME.bits()) == 0) {
      touch(file.mount(), file.inode());
    }
  }

  /** An inode has been read through a mount. */
  void touch(Mount mount, Inode inode) {
    Mount.AccessTimePolicy policy = mount.accessTimes();
    if (policy == Mount.AccessTimePolicy.NEVER
        || mount.isReadOnly()
        || (inode.isDirectory() && !mount.writesDirectoryAccessTimes())
        || (policy == Mount.AccessTimePolicy.RELATIVE && isFresh(inode))
        || inode.keepsAccessTime()) {
      return;
    }
    update(inode);
  }

  private boolean isFresh(Inode inode) {
    Timestamp access = inode.accessTime();
    return isAfter(access, inode.modificationTime())
        && isAfter(access, inode.changeTime())
        && machine.coarseRealTimeNanos() / NANOS_PER_SECOND - access.seconds() < DAY_SECONDS;
  }

  private static boolean isAfter(Timestamp access, Timestamp other) {
    return access.seconds() > other.seconds()
        || (access.seconds() == other.seconds() && access.nanos() > other.nanos());
  }

  private static void update(Inode inode) {
    SuperBlock superBlock = inode.superBlock();
    Timestamp now = superBlock.currentTime();
    if (now.equals(inode.accessTime()) || !superBlock.tryStartWrite()) {
      return;
    }
    try {
      inode.setAccessTime(now);
      inode.markDirty(superBlock.isLazyTime() ? Inode.DIRTY_TIME : Inode.DIRTY_SYNC);
    } finally {
      superBlock.endWrite();
    }
  }
}
