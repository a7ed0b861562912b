package dev.sekiso.filesystems.ext2;

import static dev.sekiso.filesystems.ext2.LittleEndian.put16;
import static dev.sekiso.filesystems.ext2.LittleEndian.put32;
import static dev.sekiso.filesystems.ext2.LittleEndian.put8;
import static dev.sekiso.filesystems.ext2.LittleEndian.s32;
import static dev.sekiso.filesystems.ext2.LittleEndian.u16;
import static dev.sekiso.filesystems.ext2.LittleEndian.u32;
import static dev.sekiso.filesystems.ext2.LittleEndian.u8;

import java.lang.foreign.MemorySegment;

/**
 * The 1024 bytes of a super block, field by field ({@code struct ext2_super_block}). A view: reads
 * and writes go to the memory it was made over. Names of the fields are the documentation's without
 * {@code s_}.
 */
record RawSuperBlock(MemorySegment memory) {

  /** Where the primary super block lies on the device, in bytes. */
  static final int POSITION = 1024;

  /** Its size in bytes. */
  static final int SIZE = 1024;

  static final int MAGIC = 0xEF53;

  /** State: unmounted cleanly. */
  static final int STATE_VALID = 1;

  /** State: errors were found. */
  static final int STATE_ERROR = 2;

  static final int REVISION_STATIC = 0;
  static final int REVISION_DYNAMIC = 1;

  long inodesCount() {
    return u32(memory, 0);
  }

  void setInodesCount(long value) {
    put32(memory, 0, value);
  }

  long blocksCount() {
    return u32(memory, 4);
  }

  void setBlocksCount(long value) {
    put32(memory, 4, value);
  }

  long reservedBlocks() {
    return u32(memory, 8);
  }

  void setReservedBlocks(long value) {
    put32(memory, 8, value);
  }

  long freeBlocks() {
    return u32(memory, 12);
  }

  void setFreeBlocks(long value) {
    put32(memory, 12, value);
  }

  long freeInodes() {
    return u32(memory, 16);
  }

  void setFreeInodes(long value) {
    put32(memory, 16, value);
  }

  long firstDataBlock() {
    return u32(memory, 20);
  }

  void setFirstDataBlock(long value) {
    put32(memory, 20, value);
  }

  /** log2 of the block size, less 10. */
  long logBlockSize() {
    return u32(memory, 24);
  }

  void setLogBlockSize(int value) {
    put32(memory, 24, value);
    put32(memory, 28, value);
  }

  long logFragmentSize() {
    return u32(memory, 28);
  }

  long blocksPerGroup() {
    return u32(memory, 32);
  }

  void setBlocksPerGroup(long value) {
    put32(memory, 32, value);
    put32(memory, 36, value);
  }

  long inodesPerGroup() {
    return u32(memory, 40);
  }

  void setInodesPerGroup(long value) {
    put32(memory, 40, value);
  }

  /** Seconds since 1970. */
  void setMountTime(long seconds) {
    put32(memory, 44, seconds);
  }

  /** Seconds since 1970. */
  void setWriteTime(long seconds) {
    put32(memory, 48, seconds);
  }

  int mountCount() {
    return u16(memory, 52);
  }

  void setMountCount(int value) {
    put16(memory, 52, value);
  }

  int maximumMountCount() {
    return u16(memory, 54);
  }

  void setMaximumMountCount(int value) {
    put16(memory, 54, value);
  }

  int magic() {
    return u16(memory, 56);
  }

  void setMagic() {
    put16(memory, 56, MAGIC);
  }

  int state() {
    return u16(memory, 58);
  }

  void setState(int value) {
    put16(memory, 58, value);
  }

  /** What to do on errors: 1 continue, 2 remount read-only, 3 panic. */
  int errors() {
    return u16(memory, 60);
  }

  void setErrors(int value) {
    put16(memory, 60, value);
  }

  void setLastCheck(long seconds) {
    put32(memory, 64, seconds);
  }

  void setCheckInterval(long seconds) {
    put32(memory, 68, seconds);
  }

  /** Who made it: 0 is Linux. */
  long creatorOs() {
    return u32(memory, 72);
  }

  long revision() {
    return u32(memory, 76);
  }

  /** Whether what it holds may be changed ({@code EXT2_MAX_SUPP_REV}). */
  boolean isRevisionKnown() {
    return revision() <= REVISION_DYNAMIC;
  }

  void setRevision(int value) {
    put32(memory, 76, value);
  }

  int defaultReservedUid() {
    return u16(memory, 80);
  }

  int defaultReservedGid() {
    return u16(memory, 82);
  }

  /** First inode that is not reserved; revision 0 has 11. */
  long firstInode() {
    return u32(memory, 84);
  }

  void setFirstInode(long value) {
    put32(memory, 84, value);
  }

  int inodeSize() {
    return u16(memory, 88);
  }

  void setInodeSize(int value) {
    put16(memory, 88, value);
  }

  void setGroupNumber(int value) {
    put16(memory, 90, value);
  }

  int compatible() {
    return s32(memory, 92);
  }

  void setCompatible(int value) {
    put32(memory, 92, value);
  }

  int incompatible() {
    return s32(memory, 96);
  }

  void setIncompatible(int value) {
    put32(memory, 96, value);
  }

  int readOnlyCompatible() {
    return s32(memory, 100);
  }

  void setReadOnlyCompatible(int value) {
    put32(memory, 100, value);
  }

  MemorySegment uuid() {
    return memory.asSlice(104, 16);
  }

  MemorySegment volumeName() {
    return memory.asSlice(120, 16);
  }

  MemorySegment hashSeed() {
    return memory.asSlice(236, 16);
  }

  void setDefaultHashVersion(int value) {
    put8(memory, 252, value);
  }

  int reservedDescriptorBlocks() {
    return u16(memory, 206);
  }

  int defaultHashVersion() {
    return u8(memory, 252);
  }

  long defaultMountOptions() {
    return u32(memory, 256);
  }

  long firstMetaGroup() {
    return u32(memory, 260);
  }

  void setMakeTime(long seconds) {
    put32(memory, 264, seconds);
  }

  void setExtraInodeSizes(int bytes) {
    put16(memory, 348, bytes);
    put16(memory, 350, bytes);
  }

  /** Bit 0: directory hashes take characters as signed; bit 1: as unsigned. */
  void setFlags(long value) {
    put32(memory, 352, value);
  }
}
