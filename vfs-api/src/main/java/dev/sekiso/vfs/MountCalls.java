package dev.sekiso.vfs;

import dev.sekiso.machine.ErrnoException;
import java.util.List;
import java.util.Set;

/**
 * The calls about file systems as a whole: which there are, where they are mounted, all of them.
 */
public sealed interface MountCalls permits Vfs {

  /** Makes a kind of file system known ({@code register_filesystem}). */
  void register(FileSystemType type);

  /**
   * {@code mount(2)}: makes a file system appear at a directory; the first one on "/". Two mounts
   * of one device share its super block.
   *
   * @throws ErrnoException EPERM unless super user; ENODEV for an unknown type; ENOTDIR; EBUSY when
   *     it is mounted there already, or elsewhere read-only and here not; what the file system says
   */
  Mount mount(String source, String target, String type, Set<MountFlag> flags, String options)
      throws ErrnoException;

  /**
   * Changes a mounted file system's options ({@code MS_REMOUNT}).
   *
   * @throws ErrnoException EINVAL when nothing is mounted there; EBUSY to read-only while files are
   *     open for writing, or removed files open
   */
  void remount(String target, Set<MountFlag> flags, String options) throws ErrnoException;

  /**
   * {@code umount(2)}: syncs and, with the last mount of its device, releases the file system.
   *
   * @throws ErrnoException EINVAL when nothing is mounted there; EBUSY while files are open in it
   *     or other mounts are on it; otherwise the first error of writing, and it is unmounted all
   *     the same
   */
  void unmount(String target) throws ErrnoException;

  /** Unmounts everything, the latest first, as at shutdown. */
  void unmountAll() throws ErrnoException;

  /** Everything mounted in the tree, the earliest first. */
  List<Mount> mounts();

  /**
   * Brings a file system in that has no place in the tree, such as the one of block devices ({@code
   * kern_mount}). It takes part in {@link #sync}.
   */
  SuperBlock mountInternally(String source, String type, String options) throws ErrnoException;

  /** The end of {@link #mountInternally}. */
  void unmountInternally(SuperBlock superBlock) throws ErrnoException;

  /** Drops unused dentries and clean unused inodes of every file system ({@code drop_caches} 2). */
  void dropCaches();

  /** {@code sync(2)}: everything. Never fails; errors wait for {@code fsync} and {@code syncfs}. */
  void sync();
}
