package dev.sekiso.integration.images;

import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.Timestamp;

/**
 * All that can be asked of one name in a tree, whoever is asked.
 *
 * @param mode type and permission bits
 * @param firstName the first of the file's names in the tree, in the order of paths: files with
 *     several names have it in common
 * @param size in bytes; 0 for a directory, whose size is its file system's affair
 * @param target of a symbolic link
 * @param checksum CRC-32 of a regular file's content, of the first name only
 */
record Entry(
    int mode,
    int links,
    String firstName,
    int uid,
    int gid,
    long specialDevice,
    long size,
    Timestamp accessTime,
    Timestamp modificationTime,
    Timestamp changeTime,
    String target,
    long checksum) {

  private static final Timestamp NO_TIME = new Timestamp(0, 0);

  FileType type() {
    return FileType.ofMode(mode);
  }

  /** Without the time of the last change, which nobody can set. */
  Entry withoutChange() {
    return with(accessTime, modificationTime, NO_TIME);
  }

  /** Without the time of the last access, which reading moves on. */
  Entry withoutAccess() {
    return with(NO_TIME, modificationTime, changeTime);
  }

  /** Without fractions of seconds, which inodes of 128 bytes do not keep. */
  Entry inSeconds() {
    return with(seconds(accessTime), seconds(modificationTime), seconds(changeTime));
  }

  private static Timestamp seconds(Timestamp time) {
    return new Timestamp(time.seconds(), 0);
  }

  Entry withChecksum(long sum) {
    return with(accessTime, modificationTime, changeTime, sum);
  }

  private Entry with(Timestamp access, Timestamp modification, Timestamp change) {
    return with(access, modification, change, checksum);
  }

  private Entry with(Timestamp access, Timestamp modification, Timestamp change, long sum) {
    return new Entry(
        mode,
        links,
        firstName,
        uid,
        gid,
        specialDevice,
        size,
        access,
        modification,
        change,
        target,
        sum);
  }
}
