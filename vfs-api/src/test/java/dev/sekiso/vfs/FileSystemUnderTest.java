package dev.sekiso.vfs;

import dev.sekiso.machine.ErrnoException;
import java.util.Set;

/** A file system ready to be mounted on one machine, with its VFS and whatever is below it. */
public interface FileSystemUnderTest {

  /** Nothing is mounted yet. */
  Vfs vfs();

  /** Mounts it on "/". After an unmount, mounts what that has left. */
  void mount(Set<MountFlag> flags) throws ErrnoException;

  /** Whether files are there again when it is unmounted and mounted anew. */
  boolean keepsFiles();

  /** Most names a file can have; {@link Integer#MAX_VALUE} for no limit. */
  int maximumLinks();

  /** Granularity of times in nanoseconds. */
  long timeGranularityNanos();

  /** Largest file in bytes. */
  long maximumFileSize();

  /** Whether {@link RenameFlag#EXCHANGE} works; if not, it fails with EINVAL. */
  boolean supportsExchange();

  /** Whether {@code fallocate} punches holes; if not, it fails with EOPNOTSUPP. */
  default boolean punchesHoles() {
    return false;
  }

  /** Whether {@code fallocate} reserves space; if not, it fails with EOPNOTSUPP. */
  default boolean reservesSpace() {
    return false;
  }

  /** Called after the last unmount: the place for a check of what is on the device. */
  default void close() throws Exception {}
}
