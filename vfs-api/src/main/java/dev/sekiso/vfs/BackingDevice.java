package dev.sekiso.vfs;

/**
 * The device behind a super block as writeback knows it (the kernel's {@code backing_dev_info}).
 * The VFS only carries it from the writeback layer to the file system and back. An implementation
 * that also cares for pages implements the page cache's dirty listener.
 */
public interface BackingDevice {

  /** Nothing is written back: file systems in memory. */
  BackingDevice NONE = () -> "none";

  String name();
}
