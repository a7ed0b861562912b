package dev.sekiso.vfs;

/**
 * An open file description (the kernel's {@code struct file}): what one {@code open} made, shared
 * by all duplicates of its descriptor.
 *
 * <p>Contract sketch: the VFS's author adds position and its lock, flags, reference count, dentry
 * and mount.
 */
public final class OpenFile {

  private final Inode inode;
  private volatile Object attachment;
  private int errorCursor;

  OpenFile(Inode inode) {
    this.inode = inode;
  }

  public Inode inode() {
    return inode;
  }

  /** What the file system keeps per open file, such as its readahead state. */
  public Object attachment() {
    return attachment;
  }

  public void setAttachment(Object value) {
    attachment = value;
  }

  /** Up to where this open file has been told of writeback errors. */
  public int errorCursor() {
    return errorCursor;
  }
}
