package dev.sekiso.vfs;

/**
 * Which attributes to set and to what (the kernel's {@code struct iattr}); null leaves one alone.
 * The VFS has checked permissions; the inode's lock is held for writing.
 *
 * @param mode new permission bits (07777); the type stays
 * @param size new size in bytes: truncation or extension
 */
public record AttributeChange(
    Integer mode,
    Integer uid,
    Integer gid,
    Long size,
    Timestamp accessTime,
    Timestamp modificationTime,
    Timestamp changeTime) {

  public static final AttributeChange NOTHING =
      new AttributeChange(null, null, null, null, null, null, null);

  public AttributeChange withMode(int value) {
    return new AttributeChange(value, uid, gid, size, accessTime, modificationTime, changeTime);
  }

  public AttributeChange withOwner(Integer newUid, Integer newGid) {
    return new AttributeChange(
        mode, newUid, newGid, size, accessTime, modificationTime, changeTime);
  }

  public AttributeChange withSize(long value) {
    return new AttributeChange(mode, uid, gid, value, accessTime, modificationTime, changeTime);
  }

  public AttributeChange withTimes(Timestamp access, Timestamp modification, Timestamp change) {
    return new AttributeChange(mode, uid, gid, size, access, modification, change);
  }
}
