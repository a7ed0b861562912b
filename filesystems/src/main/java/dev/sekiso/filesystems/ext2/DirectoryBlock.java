package dev.sekiso.filesystems.ext2;

import static dev.sekiso.filesystems.ext2.LittleEndian.put16;
import static dev.sekiso.filesystems.ext2.LittleEndian.put32;
import static dev.sekiso.filesystems.ext2.LittleEndian.put8;
import static dev.sekiso.filesystems.ext2.LittleEndian.s64;
import static dev.sekiso.filesystems.ext2.LittleEndian.u16;
import static dev.sekiso.filesystems.ext2.LittleEndian.u32;
import static dev.sekiso.filesystems.ext2.LittleEndian.u8;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One block of a directory: a chain of entries that covers it without gaps. An entry has an inode
 * number (0: unused), its own length including what is free behind it, a name of 1 to 255 bytes,
 * and with the {@code filetype} feature a type.
 *
 * <p><b>Sectors.</b> A device promises to write a sector of 512 bytes whole, and no more. So that a
 * power cut in the middle of a block leaves every entry reachable that was there before, nothing
 * written here crosses a sector: new blocks are made of one chain per sector, a new entry lies in
 * the sector of the entry whose free space it takes, and free space is handed across a sector's end
 * only where no entry follows in the block. (BSD's file system has the same rule.) Entries made by
 * others may lie anywhere; they are read and removed as they are.
 *
 * @param memory the block
 * @param typed whether entries have a type
 */
record DirectoryBlock(MemorySegment memory, boolean typed) {

  private static final int SECTOR = 512;
  private static final int HEADER = 8;

  /** Number of a type in an entry, by the type bits of a mode shifted right by 12. */
  private static final byte[] TYPE_OF_MODE = {0, 5, 3, 0, 2, 0, 4, 0, 1, 0, 7, 0, 6, 0, 0, 0};

  /** Type bits of a mode shifted right by 12, by number of a type in an entry. */
  private static final byte[] MODE_OF_TYPE = {0, 8, 4, 2, 6, 1, 12, 10};

  /** Bytes an entry needs for a name of so many. */
  static int needed(int nameLength) {
    return (HEADER + nameLength + 3) & ~3;
  }

  int size() {
    return (int) memory.byteSize();
  }

  long inode(int at) {
    return u32(memory, at);
  }

  int length(int at) {
    return u16(memory, at + 4L);
  }

  int nameLength(int at) {
    return typed ? u8(memory, at + 6L) : u16(memory, at + 6L);
  }

  /** Type bits of a mode, or 0 when the entry does not say. */
  int typeBits(int at) {
    int type = typed ? u8(memory, at + 7L) : 0;
    return type < MODE_OF_TYPE.length ? MODE_OF_TYPE[type] << 12 : 0;
  }

  byte[] name(int at) {
    return memory.asSlice(at + (long) HEADER, nameLength(at)).toArray(ValueLayout.JAVA_BYTE);
  }

  boolean hasName(int at, MemorySegment name) {
    return nameLength(at) == name.byteSize()
        && MemorySegment.mismatch(
                memory, at + HEADER, at + HEADER + name.byteSize(), name, 0, name.byteSize())
            < 0;
  }

  /** {@link #find} has looked at the whole block. */
  static final int ABSENT = Integer.MIN_VALUE;

  /**
   * Finds a name.
   *
   * @return where its entry is; {@link #ABSENT}; or ~at for a defective entry that ends the search
   */
  int find(MemorySegment name) {
    int size = size();
    int wanted = (int) name.byteSize();
    byte first = name.get(ValueLayout.JAVA_BYTE, 0);
    int at = 0;
    while (at < size) {
      if (at + HEADER > size) {
        return ~at;
      }
      long header = s64(memory, at);
      int length = (int) (header >>> 32) & 0xFFFF;
      if (length < HEADER + 4 || (length & 3) != 0 || length > size - at) {
        return ~at;
      }
      int nameLength = (int) (header >>> 48) & (typed ? 0xFF : 0xFFFF);
      if (nameLength == wanted
          && (int) header != 0
          && at + HEADER + wanted <= size
          && memory.get(ValueLayout.JAVA_BYTE, at + (long) HEADER) == first
          && hasName(at, name)) {
        return at;
      }
      at += length;
    }
    return ABSENT;
  }

  /** What is wrong with an entry, or null. */
  String defect(int at, long inodes) {
    if (at + HEADER > size()) {
      return "no room for an entry";
    }
    int length = length(at);
    if (length < needed(1)) {
      return "its length of " + length + " is too small";
    }
    if ((length & 3) != 0) {
      return "its length of " + length + " is no multiple of 4";
    }
    if (length > size() - at) {
      return "its length of " + length + " leads out of the block";
    }
    if (length < needed(nameLength(at))) {
      return "its name of " + nameLength(at) + " bytes is too long for its length of " + length;
    }
    if (inode(at) > inodes) {
      return "its inode " + inode(at) + " does not exist";
    }
    if (inode(at) != 0 && nameLength(at) == 0) {
      return "its name is empty";
    }
    return null;
  }

  /** Makes the block one empty chain per sector. */
  void clear() {
    memory.fill((byte) 0);
    for (int at = 0; at < size(); at += SECTOR) {
      put16(memory, at + 4L, SECTOR);
    }
  }

  /** Begins a directory: "." and "..", which share the first sector. */
  void begin(long self, long parent) {
    clear();
    write(0, self, needed(1), new byte[] {'.'}, 0040000);
    write(needed(1), parent, SECTOR - needed(1), new byte[] {'.', '.'}, 0040000);
  }

  private void write(int at, long inode, int length, byte[] name, int mode) {
    put32(memory, at, inode);
    put16(memory, at + 4L, length);
    if (typed) {
      put8(memory, at + 6L, name.length);
      put8(memory, at + 7L, TYPE_OF_MODE[mode >> 12 & 15]);
    } else {
      put16(memory, at + 6L, name.length);
    }
    MemorySegment.copy(MemorySegment.ofArray(name), 0, memory, at + (long) HEADER, name.length);
  }

  /**
   * Puts a new entry into the space of an existing one, if it fits by the rule of sectors.
   *
   * @param at a sound entry
   * @return whether it fit
   */
  boolean insert(int at, byte[] name, long inode, int mode) {
    int needed = needed(name.length);
    int used = inode(at) == 0 ? 0 : needed(nameLength(at));
    int place = at + used;
    int end = at + length(at);
    int sectorEnd = (place & -SECTOR) + SECTOR;
    boolean sameSector = (place & -SECTOR) == (at & -SECTOR);
    if (!sameSector || place + needed > Math.min(end, sectorEnd)) {
      return false;
    }
    int length = end - place;
    if (end > sectorEnd && end == size()) {
      for (int sector = sectorEnd; sector < end; sector += SECTOR) {
        put32(memory, sector, 0);
        put16(memory, sector + 4L, SECTOR);
        put16(memory, sector + 6L, 0);
      }
      length = sectorEnd - place;
    }
    write(place, inode, length, name, mode);
    if (used > 0) {
      put16(memory, at + 4L, used);
    }
    return true;
  }

  /**
   * Removes an entry.
   *
   * @param before the entry before it in the block, or -1
   */
  void remove(int at, int before) {
    put32(memory, at, 0);
    if (before >= 0 && (at & (SECTOR - 1)) != 0) {
      put16(memory, before + 4L, length(before) + length(at));
    }
  }

  /** Lets an entry lead to another inode. */
  void redirect(int at, long inode, int mode) {
    put32(memory, at, inode);
    if (typed) {
      put8(memory, at + 7L, TYPE_OF_MODE[mode >> 12 & 15]);
    }
  }
}
