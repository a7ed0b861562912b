package dev.sekiso.vfs;

/**
 * What {@code stat(2)} tells.
 *
 * @param device number of the mounted file system ({@code st_dev})
 * @param mode type and permission bits
 * @param specialDevice device number of a device file ({@code st_rdev})
 * @param blocks 512-byte units allocated
 * @param blockSize preferred I/O size in bytes
 */
public record Attributes(
    long device,
    long inode,
    int mode,
    int links,
    int uid,
    int gid,
    long specialDevice,
    long size,
    int blockSize,
    long blocks,
    Timestamp accessTime,
    Timestamp modificationTime,
    Timestamp changeTime) {

  public FileType type() {
    return FileType.ofMode(mode);
  }

  /** Permission bits with set-user-ID, set-group-ID and sticky (07777). */
  public int permissions() {
    return mode & 07777;
  }
}
