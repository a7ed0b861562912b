package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import java.util.Arrays;

/**
 * One walk from a starting place along a path (the kernel's {@code struct nameidata}, {@code
 * link_path_walk}).
 *
 * <p>The walk stands at a place of which it holds a reference, and looks at what is left of the
 * path. A symbolic link that is followed is put in front of the rest. {@link #resolve} goes to the
 * end; {@link #toParent} stops before the last component, whose name and kind it leaves in {@link
 * #last} and {@link #lastKind}, for calls that make or remove a name. {@link #close} gives back
 * what has not been {@linkplain #take taken}. Used by one task, once.
 */
final class PathWalk implements AutoCloseable {

  /** Longest path in bytes, with the NUL that C ends it with (PATH_MAX). */
  static final int MAXIMUM_LENGTH = 4096;

  /** Symbolic links in one walk (MAXSYMLINKS). */
  static final int MAXIMUM_LINKS = 40;

  /** Whether a symbolic link at the end is followed. */
  enum Last {
    FOLLOW,
    NO_FOLLOW
  }

  /** What the last component is ({@code LAST_NORM} and its like). */
  enum LastKind {
    NORMAL,
    DOT,
    DOT_DOT,
    /** There is none: the path is "/". */
    ROOT
  }

  private final MountTable mounts;
  private final AccessTimes accessTimes;
  private final String path;
  private Mount mount;
  private Dentry dentry;
  private byte[] rest;
  private int at;
  private int links;
  private FileName last;
  private LastKind lastKind = LastKind.ROOT;
  private boolean more;
  private boolean slashAfter;

  /**
   * @param base where a relative path starts; null for the root
   * @throws ErrnoException ENOENT for an empty path or when nothing is mounted; ENAMETOOLONG;
   *     ENOTDIR when the base is no directory, EBADF when it is closed
   */
  PathWalk(MountTable mounts, AccessTimes accessTimes, OpenFile base, String path)
      throws ErrnoException {
    this.mounts = mounts;
    this.accessTimes = accessTimes;
    this.path = path;
    this.rest = encode(path);
    if (rest[0] == '/' || base == null) {
      standAt(mounts.root());
    } else {
      if (base.isClosed()) {
        throw DataCalls.notOpenFor(base, "walking");
      }
      if (!base.inode().isDirectory()) {
        throw new ErrnoException(
            Errno.ENOTDIR, base + " is no directory, so '" + path + "' cannot start from it");
      }
      standAt(base.path().get());
    }
  }

  private static byte[] encode(String path) throws ErrnoException {
    byte[] bytes = FileName.encode(path);
    if (bytes.length == 0) {
      throw new ErrnoException(Errno.ENOENT, "the path is empty");
    }
    if (bytes.length >= MAXIMUM_LENGTH) {
      throw new ErrnoException(
          Errno.ENAMETOOLONG,
          "a path has at most 4095 bytes, this one has "
              + bytes.length
              + "; walk it in pieces from an open directory");
    }
    for (byte b : bytes) {
      if (b == 0) {
        throw new ErrnoException(Errno.EINVAL, "a path cannot hold NUL: '" + path + "'");
      }
    }
    return bytes;
  }

  private void standAt(Path place) {
    mount = place.mount();
    dentry = place.dentry();
  }

  Dentry dentry() {
    return dentry;
  }

  Mount mount() {
    return mount;
  }

  /** The last component after {@link #toParent}; null unless its kind is normal. */
  FileName last() {
    return last;
  }

  LastKind lastKind() {
    return lastKind;
  }

  /** Whether the last component is followed by a slash, so that only a directory will do. */
  boolean hasTrailingSlash() {
    return slashAfter;
  }

  String path() {
    return path;
  }

  /** Goes to the end and gives the place, with references, to the caller. */
  Path resolve(Last mode) throws ErrnoException {
    while (next()) {
      if (step()) {
        continue;
      }
      Dentry child = lookup(last);
      if (isLinkToFollow(child, mode)) {
        follow(child);
      } else {
        enter(child);
      }
    }
    if (slashAfter) {
      requireDirectory();
    }
    return take();
  }

  private boolean isLinkToFollow(Dentry child, Last mode) {
    return child.inode().isSymbolicLink() && (more || slashAfter || mode == Last.FOLLOW);
  }

  /** Goes to the directory that holds the last component. */
  void toParent() throws ErrnoException {
    lastKind = LastKind.ROOT;
    last = null;
    while (next()) {
      if (!more) {
        lastKind =
            last.isDot() ? LastKind.DOT : last.isDotDot() ? LastKind.DOT_DOT : LastKind.NORMAL;
        return;
      }
      if (step()) {
        continue;
      }
      Dentry child = lookup(last);
      if (child.inode().isSymbolicLink()) {
        follow(child);
      } else {
        enter(child);
      }
    }
    lastKind = LastKind.ROOT;
    last = null;
  }

  /** Checks that the place can be searched and cuts the next component off; false at the end. */
  private boolean next() throws ErrnoException {
    int from = at;
    while (from < rest.length && rest[from] == '/') {
      from++;
    }
    if (from == rest.length) {
      at = from;
      return false;
    }
    requireSearch();
    int to = from;
    while (to < rest.length && rest[to] != '/') {
      to++;
    }
    int after = to;
    while (after < rest.length && rest[after] == '/') {
      after++;
    }
    last = FileName.ofComponent(rest, from, to);
    at = after;
    more = after < rest.length;
    slashAfter = !more && after > to;
    return true;
  }

  /** Takes a step that needs no lookup. */
  private boolean step() {
    if (last.isDot()) {
      return true;
    }
    if (last.isDotDot()) {
      up();
      return true;
    }
    return false;
  }

  private void requireSearch() throws ErrnoException {
    requireDirectory();
    Permissions.check(dentry.inode(), Permissions.EXECUTE);
  }

  private void requireDirectory() throws ErrnoException {
    if (!dentry.isDirectory()) {
      throw new ErrnoException(
          Errno.ENOTDIR, "'" + dentry + "' on the way of '" + path + "' is not a directory");
    }
  }

  /** The existing child of a name, with a reference. */
  private Dentry lookup(FileName name) throws ErrnoException {
    Dentry child = mount.superBlock().dentries().lookup(dentry, name);
    if (child.isNegative()) {
      child.put();
      throw missing();
    }
    return child;
  }

  ErrnoException missing() {
    return new ErrnoException(
        Errno.ENOENT, "'" + path + "': there is no '" + last + "' in '" + dentry + "'");
  }

  /** Steps onto a child, whose reference it takes over, and onto what is mounted there. */
  void enter(Dentry child) {
    Dentry before = dentry;
    dentry = child;
    before.put();
    cross();
  }

  private void cross() {
    while (dentry.isMountPoint()) {
      Mount upper = mount.covers().get(dentry);
      if (upper == null || !upper.tryGet()) {
        return;
      }
      Path lower = new Path(mount, dentry);
      mount = upper;
      dentry = upper.root().get();
      lower.put();
    }
  }

  /** Puts a link's target in front of the rest; takes over the reference. */
  void follow(Dentry link) throws ErrnoException {
    byte[] target;
    try {
      if (++links > MAXIMUM_LINKS) {
        throw new ErrnoException(
            Errno.ELOOP, "'" + path + "' leads through more than 40 symbolic links");
      }
      accessTimes.touch(mount, link.inode());
      target = link.inode().operations().readLink(link.inode());
    } finally {
      link.put();
    }
    if (target.length == 0) {
      throw new ErrnoException(Errno.ENOENT, "a symbolic link in '" + path + "' is empty");
    }
    int left = rest.length - at;
    int separator = left > 0 || slashAfter ? 1 : 0;
    byte[] joined = Arrays.copyOf(target, target.length + separator + left);
    if (separator > 0) {
      joined[target.length] = '/';
    }
    System.arraycopy(rest, at, joined, target.length + separator, left);
    rest = joined;
    at = 0;
    if (target[0] == '/') {
      Path root = mounts.root();
      close();
      standAt(root);
    }
  }

  private void up() {
    while (!mounts.isRoot(mount, dentry)) {
      if (dentry != mount.root()) {
        Dentry parent = dentry.parent();
        if (!parent.tryGet()) {
          continue;
        }
        Dentry before = dentry;
        dentry = parent;
        before.put();
        break;
      }
      Path below = mount.mountPoint();
      if (below == null) {
        break;
      }
      below.get();
      close();
      standAt(below);
    }
    cross();
  }

  /** Hands the place over to the caller. */
  Path take() {
    Path place = new Path(mount, dentry);
    mount = null;
    dentry = null;
    return place;
  }

  @Override
  public void close() {
    if (dentry != null) {
      dentry.put();
      mount.put();
      dentry = null;
      mount = null;
    }
  }
}
