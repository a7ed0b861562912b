package dev.sekiso.vfs;

import dev.sekiso.machine.Errseq;
import java.util.Set;

/**
 * A mounted file system (the kernel's {@code super_block}).
 *
 * <p>Contract sketch: the VFS's author adds the inode cache ({@code iget}: one inode object per
 * number, found or loaded once; references; eviction when the last is gone and no links remain or
 * memory is wanted), the list of all inodes, freeze and the active/mount counting.
 */
public final class SuperBlock {

  private final FileSystemType type;
  private final String id;
  private final VfsServices services;
  private final SuperBlockOperations operations;
  private final BackingDevice backingDevice;
  private final int blockSize;
  private final long maximumFileSize;
  private final Errseq errors = new Errseq();
  private volatile Set<MountFlag> flags;
  private volatile Inode root;

  /**
   * @param id short name in traces and messages: the device's
   * @param blockSize bytes
   * @param maximumFileSize {@code s_maxbytes}
   */
  public SuperBlock(
      FileSystemType type,
      String id,
      MountRequest request,
      SuperBlockOperations operations,
      BackingDevice backingDevice,
      int blockSize,
      long maximumFileSize) {
    this.type = type;
    this.id = id;
    this.services = request.services();
    this.operations = operations;
    this.backingDevice = backingDevice;
    this.blockSize = blockSize;
    this.maximumFileSize = maximumFileSize;
    this.flags = request.flags();
  }

  public FileSystemType type() {
    return type;
  }

  public String id() {
    return id;
  }

  public VfsServices services() {
    return services;
  }

  public SuperBlockOperations operations() {
    return operations;
  }

  public BackingDevice backingDevice() {
    return backingDevice;
  }

  public int blockSize() {
    return blockSize;
  }

  public long maximumFileSize() {
    return maximumFileSize;
  }

  /** Writeback errors of the whole file system, for {@code syncfs}. */
  public Errseq errors() {
    return errors;
  }

  public boolean isReadOnly() {
    return flags.contains(MountFlag.READ_ONLY);
  }

  /** The root directory; set once by the file system before {@code mount} returns. */
  public Inode root() {
    return root;
  }

  public void setRoot(Inode inode) {
    root = inode;
  }
}
