package dev.sekiso.filesystems.ext2;

import static dev.sekiso.filesystems.ext2.LittleEndian.put16;
import static dev.sekiso.filesystems.ext2.LittleEndian.put32;
import static dev.sekiso.filesystems.ext2.LittleEndian.s32;
import static dev.sekiso.filesystems.ext2.LittleEndian.u16;
import static dev.sekiso.filesystems.ext2.LittleEndian.u32;

import dev.sekiso.vfs.Timestamp;
import java.lang.foreign.MemorySegment;

/**
 * The bytes of one inode in the inode table, field by field ({@code struct ext2_inode_large}). A
 * view over 128 bytes or more. What lies behind the fields known here (extended attributes inside
 * the inode) is left alone.
 */
record RawInode(MemorySegment memory) {

  static final int FLAG_SYNC = 0x8;
  static final int FLAG_IMMUTABLE = 0x10;
  static final int FLAG_APPEND = 0x20;
  static final int FLAG_NO_ATIME = 0x80;
  static final int FLAG_INDEX = 0x1000;
  static final int FLAG_DIRSYNC = 0x10000;
  static final int FLAG_TOP_OF_DIRECTORIES = 0x20000;

  /** Flags a new file inherits from its directory ({@code EXT2_FL_INHERITED}). */
  static final int FLAGS_INHERITED =
      0x1 | 0x2 | 0x4 | FLAG_SYNC | 0x40 | FLAG_NO_ATIME | 0x100 | 0x800 | 0x4000 | FLAG_DIRSYNC;

  /** Of those, the flags only directories take on. */
  static final int FLAGS_DIRECTORIES_ONLY = FLAG_DIRSYNC | FLAG_TOP_OF_DIRECTORIES;

  /** Of those, the flags things other than files and directories take on. */
  static final int FLAGS_ANY_TYPE = 0x40 | FLAG_NO_ATIME;

  static final int POINTERS = 15;

  private static final int EXTRA_SIZE = 128;
  private static final int CHANGE_EXTRA = 132;
  private static final int MODIFICATION_EXTRA = 136;
  private static final int ACCESS_EXTRA = 140;
  private static final int CREATION = 144;
  private static final int CREATION_EXTRA = 148;

  /** Bytes of the fields behind the first 128 that we write: up to the creation time. */
  static final int FULL_EXTRA_SIZE = 32;

  private static final int NANOS_SHIFT = 2;
  private static final int EPOCH_MASK = 3;

  int mode() {
    return u16(memory, 0);
  }

  void setMode(int value) {
    put16(memory, 0, value);
  }

  int uid() {
    return u16(memory, 2) | u16(memory, 120) << 16;
  }

  void setUid(int value) {
    put16(memory, 2, value);
    put16(memory, 120, value >>> 16);
  }

  int gid() {
    return u16(memory, 24) | u16(memory, 122) << 16;
  }

  void setGid(int value) {
    put16(memory, 24, value);
    put16(memory, 122, value >>> 16);
  }

  long sizeLow() {
    return u32(memory, 4);
  }

  /** The upper half of a regular file's size, otherwise the directory's attribute block. */
  long sizeHigh() {
    return u32(memory, 108);
  }

  void setSizeLow(long value) {
    put32(memory, 4, value);
  }

  void setSizeHigh(long value) {
    put32(memory, 108, value);
  }

  Timestamp accessTime() {
    return time(8, ACCESS_EXTRA);
  }

  void setAccessTime(Timestamp value) {
    setTime(8, ACCESS_EXTRA, value);
  }

  Timestamp changeTime() {
    return time(12, CHANGE_EXTRA);
  }

  void setChangeTime(Timestamp value) {
    setTime(12, CHANGE_EXTRA, value);
  }

  Timestamp modificationTime() {
    return time(16, MODIFICATION_EXTRA);
  }

  void setModificationTime(Timestamp value) {
    setTime(16, MODIFICATION_EXTRA, value);
  }

  void setCreationTime(Timestamp value) {
    if (covers(CREATION_EXTRA)) {
      setTime(CREATION, CREATION_EXTRA, value);
    }
  }

  Timestamp creationTime() {
    return covers(CREATION) ? time(CREATION, CREATION_EXTRA) : null;
  }

  /** Seconds since 1970 when it was deleted; 0 while it lives. */
  long deletionTime() {
    return u32(memory, 20);
  }

  void setDeletionTime(long seconds) {
    put32(memory, 20, seconds);
  }

  int links() {
    return u16(memory, 26);
  }

  void setLinks(int value) {
    put16(memory, 26, value);
  }

  /** Allocated units of 512 bytes. */
  long units() {
    return u32(memory, 28);
  }

  void setUnits(long value) {
    put32(memory, 28, value);
  }

  int flags() {
    return s32(memory, 32);
  }

  void setFlags(int value) {
    put32(memory, 32, value);
  }

  int pointer(int i) {
    return s32(memory, 40 + 4L * i);
  }

  void setPointer(int i, int value) {
    put32(memory, 40 + 4L * i, value);
  }

  /** The 60 bytes of the pointers, which hold a short symbolic link. */
  MemorySegment inlineData() {
    return memory.asSlice(40, 60);
  }

  int generation() {
    return s32(memory, 100);
  }

  void setGeneration(int value) {
    put32(memory, 100, value);
  }

  /** The block of extended attributes, 0 for none. */
  long attributeBlock() {
    return u32(memory, 104);
  }

  void setAttributeBlock(long value) {
    put32(memory, 104, value);
  }

  /** Bytes of fields behind the first 128 that mean something. */
  int extraSize() {
    return memory.byteSize() > Geometry.OLD_INODE_SIZE ? u16(memory, EXTRA_SIZE) : 0;
  }

  /** Makes room for all fields known here, if the inode is large enough. */
  void setFullExtraSize() {
    if (memory.byteSize() >= Geometry.OLD_INODE_SIZE + FULL_EXTRA_SIZE) {
      put16(memory, EXTRA_SIZE, FULL_EXTRA_SIZE);
    }
  }

  /** Whether a 4-byte field lies in the part that means something. */
  private boolean covers(int offset) {
    int extra = extraSize();
    return Geometry.OLD_INODE_SIZE + extra >= offset + 4 && offset + 4 <= memory.byteSize();
  }

  private Timestamp time(int offset, int extraOffset) {
    long seconds = s32(memory, offset);
    int nanos = 0;
    if (covers(extraOffset)) {
      long extra = u32(memory, extraOffset);
      seconds += (extra & EPOCH_MASK) << 32;
      nanos = (int) (extra >> NANOS_SHIFT);
    }
    return new Timestamp(seconds, nanos > 999_999_999 ? 0 : nanos);
  }

  private void setTime(int offset, int extraOffset, Timestamp value) {
    long seconds = value.seconds();
    put32(memory, offset, seconds);
    if (covers(extraOffset)) {
      long epoch = (seconds - (int) seconds) >> 32 & EPOCH_MASK;
      put32(memory, extraOffset, (long) value.nanos() << NANOS_SHIFT | epoch);
    }
  }

  void clear() {
    memory.fill((byte) 0);
  }
}
