package dev.sekiso.filesystems.ext2;

import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.Folio;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.vfs.FileName;
import dev.sekiso.vfs.FileOperations.DirectorySink;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.Inode;
import java.lang.foreign.MemorySegment;

/**
 * Names in a directory ({@code fs/ext2/dir.c}): a list of {@linkplain DirectoryBlock blocks} in the
 * directory's own pages, searched from the place of the last success on. Positions are byte offsets
 * in the directory.
 *
 * <p>A directory with a hash index is read as the list it also is; the first change takes its index
 * flag away, after which nobody looks at the index any more.
 *
 * <p>Locking: the directory's inode lock is held, for writing by whatever changes names; a block is
 * changed with its folio locked. A search visits each block once.
 */
final class Directory {

  private final Ext2Inode inode;
  private final Volume volume;
  private final int blockShift;
  private final boolean typed;

  Directory(Ext2Inode inode) {
    this.inode = inode;
    this.volume = inode.volume();
    this.blockShift = volume.geometry().blockShift();
    this.typed = volume.geometry().has(Features.INCOMPAT_FILETYPE);
  }

  /** A name found. */
  record Entry(long position, long inode) {}

  /** Looks at an entry; true ends the visit. */
  private interface Visitor {
    boolean visit(DirectoryBlock block, int at, int before) throws ErrnoException;
  }

  private long blocks() throws ErrnoException {
    long size = inode.size();
    if ((size & (volume.geometry().blockSize() - 1)) != 0) {
      throw volume.corrupt(
          "directory %d has %d bytes, no multiple of its blocks".formatted(inode.number(), size));
    }
    return size >> blockShift;
  }

  private Folio folio(long block) throws ErrnoException {
    return inode.addressSpace().readFolio(block << blockShift >> PageCache.PAGE_SHIFT);
  }

  private DirectoryBlock blockIn(Folio folio, long block) {
    long offset = (block << blockShift) - folio.position();
    return new DirectoryBlock(folio.data().asSlice(offset, 1L << blockShift), typed);
  }

  /**
   * Visits the entries of one block; the position of the one at which the visitor stopped, or -1.
   */
  private long visit(long block, Visitor visitor) throws ErrnoException {
    Folio folio = folio(block);
    try {
      return visit(blockIn(folio, block), block, visitor);
    } finally {
      folio.put();
    }
  }

  private long visit(DirectoryBlock entries, long block, Visitor visitor) throws ErrnoException {
    int at = 0;
    int before = -1;
    while (at < entries.size()) {
      checked(entries, at, block);
      if (visitor.visit(entries, at, before)) {
        return (block << blockShift) + at;
      }
      before = at;
      at += entries.length(at);
    }
    return -1;
  }

  private void checked(DirectoryBlock entries, int at, long block) throws ErrnoException {
    String defect = entries.defect(at, volume.geometry().inodes());
    if (defect != null) {
      throw volume.corrupt(
          "directory %d, entry at byte %d: %s"
              .formatted(inode.number(), (block << blockShift) + at, defect));
    }
  }

  /** Finds a name ({@code ext2_find_entry}); null when it is not there. */
  Entry find(FileName name) throws ErrnoException {
    MemorySegment wanted = MemorySegment.ofArray(name.bytes());
    long blocks = blocks();
    long start = inode.lookupStart;
    if (start >= blocks) {
      start = 0;
    }
    for (long i = 0; i < blocks; i++) {
      long block = start + i < blocks ? start + i : start + i - blocks;
      Entry found = find(wanted, block);
      if (found != null) {
        inode.lookupStart = block;
        return found;
      }
    }
    return null;
  }

  private Entry find(MemorySegment name, long block) throws ErrnoException {
    Folio folio = folio(block);
    try {
      DirectoryBlock entries = blockIn(folio, block);
      int at = entries.find(name);
      if (at == DirectoryBlock.ABSENT) {
        return null;
      }
      checked(entries, at >= 0 ? at : ~at, block);
      return at < 0 ? null : new Entry((block << blockShift) + at, entries.inode(at));
    } finally {
      folio.put();
    }
  }

  /** Gives entries to the sink from a position on ({@code ext2_readdir}). */
  void list(long position, DirectorySink sink, InodeTable table) throws ErrnoException {
    long blocks = blocks();
    for (long block = Math.max(0, position) >> blockShift; block < blocks; block++) {
      long start = block << blockShift;
      long full =
          visit(
              block,
              (entries, at, before) -> {
                long inodeNumber = entries.inode(at);
                if (inodeNumber == 0 || start + at < position) {
                  return false;
                }
                FileName name = nameOf(entries, at, start);
                FileType type = typeOf(entries, at, table);
                return !sink.entry(name, inodeNumber, type, start + at + entries.length(at));
              });
      if (full >= 0) {
        return;
      }
    }
  }

  private FileName nameOf(DirectoryBlock entries, int at, long start) throws ErrnoException {
    byte[] bytes = entries.name(at);
    try {
      return FileName.of(bytes);
    } catch (ErrnoException e) {
      throw volume.corrupt(
          "directory %d, entry at byte %d: %s"
              .formatted(inode.number(), start + at, e.getMessage()));
    }
  }

  private FileType typeOf(DirectoryBlock entries, int at, InodeTable table) throws ErrnoException {
    FileType type = FileType.ofMode(entries.typeBits(at));
    if (type != null) {
      return type;
    }
    try (InodeTable.Place place = table.place(entries.inode(at))) {
      type = FileType.ofMode(place.raw().mode());
    }
    if (type == null) {
      throw volume.corrupt(
          "directory %d names inode %d, which has no type"
              .formatted(inode.number(), entries.inode(at)));
    }
    return type;
  }

  /** Whether there is nothing but "." and ".." ({@code ext2_empty_dir}). */
  boolean isEmpty() throws ErrnoException {
    long blocks = blocks();
    for (long block = 0; block < blocks; block++) {
      long occupied =
          visit(block, (entries, at, before) -> entries.inode(at) != 0 && !isDots(entries, at));
      if (occupied >= 0) {
        return false;
      }
    }
    return true;
  }

  private boolean isDots(DirectoryBlock entries, int at) {
    byte[] name = entries.name(at);
    return name[0] == '.'
        && ((name.length == 1 && entries.inode(at) == inode.number())
            || (name.length == 2 && name[1] == '.'));
  }

  // Changing

  private interface Change {
    /** Changes a block; false when it could not. */
    boolean apply(DirectoryBlock block) throws ErrnoException;
  }

  /** Changes a block with its folio locked, and marks it dirty. */
  private boolean change(long block, Change change) throws ErrnoException {
    Folio folio = folio(block);
    try {
      folio.lock();
      try {
        long position = block << blockShift;
        inode.blockOperations().writeBegin(folio, position, 1 << blockShift);
        if (!change.apply(blockIn(folio, block))) {
          return false;
        }
        inode.blockOperations().writeEnd(folio, position, 1 << blockShift, 1 << blockShift);
      } finally {
        folio.unlock();
      }
    } finally {
      folio.put();
    }
    return true;
  }

  private void changed(long block) throws ErrnoException {
    inode.setModificationTime(inode.superBlock().currentTime());
    inode.setChangeTime(inode.modificationTime());
    inode.setFlags(inode.flags() & ~RawInode.FLAG_INDEX);
    inode.markDirty(Inode.DIRTY_SYNC | Inode.DIRTY_DATASYNC);
    if (isSynchronous()) {
      long first = block << blockShift;
      inode.addressSpace().writeAndWait(first, first + (1L << blockShift) - 1);
      inode.associated().write(volume.buffers());
    }
  }

  /** Whether changes of names are to be on the device before the call returns. */
  boolean isSynchronous() {
    return inode.superBlock().isDirectorySynchronous()
        || inode.has(RawInode.FLAG_DIRSYNC)
        || inode.has(RawInode.FLAG_SYNC);
  }

  /** Makes a new directory's first block ({@code ext2_make_empty}). */
  void begin(long parent) throws ErrnoException {
    append(block -> block.begin(inode.number(), parent));
  }

  private interface Filler {
    void fill(DirectoryBlock block);
  }

  /** Adds a block at the end. */
  private void append(Filler filler) throws ErrnoException {
    long position = inode.size();
    AddressSpace mapping = inode.addressSpace();
    Folio folio = mapping.grab(position >> PageCache.PAGE_SHIFT);
    try {
      try {
        inode.blockOperations().writeBegin(folio, position, 1 << blockShift);
        filler.fill(blockIn(folio, position >> blockShift));
        inode.blockOperations().writeEnd(folio, position, 1 << blockShift, 1 << blockShift);
      } finally {
        folio.unlock();
      }
    } finally {
      folio.put();
    }
    changed(position >> blockShift);
  }

  /** Adds a name that is not there ({@code ext2_add_link}). */
  void add(FileName name, long target, int mode) throws ErrnoException {
    byte[] bytes = name.bytes();
    long blocks = blocks();
    for (long i = Math.min(inode.insertStart, blocks); i < blocks; i++) {
      if (insert(i, bytes, target, mode)) {
        inode.insertStart = i;
        changed(i);
        return;
      }
    }
    append(block -> {
      block.clear();
      block.insert(0, bytes, target, mode);
    });
    inode.insertStart = blocks;
  }

  private boolean insert(long block, byte[] name, long target, int mode) throws ErrnoException {
    long room = visit(block, (entries, at, before) -> hasRoom(entries, at, name.length));
    if (room < 0) {
      return false;
    }
    Visitor inserting = (entries, at, before) -> entries.insert(at, name, target, mode);
    return change(block, entries -> visit(entries, block, inserting) >= 0);
  }

  /** A quick look, so that full blocks are not locked. */
  private static boolean hasRoom(DirectoryBlock entries, int at, int nameLength) {
    int used = entries.inode(at) == 0 ? 0 : DirectoryBlock.needed(entries.nameLength(at));
    return entries.length(at) - used >= DirectoryBlock.needed(nameLength);
  }

  private void changeAt(long position, PlaceChange change) throws ErrnoException {
    long block = position >> blockShift;
    int wanted = (int) (position & ((1 << blockShift) - 1));
    change(
        block,
        entries -> {
          visit(
              entries,
              block,
              (same, at, before) -> {
                if (at != wanted) {
                  return false;
                }
                change.apply(same, at, before);
                return true;
              });
          return true;
        });
    volume.pendingNumbers().nameLost(inode);
    changed(block);
  }

  private interface PlaceChange {
    void apply(DirectoryBlock block, int at, int before);
  }

  /** Removes the entry at a position ({@code ext2_delete_entry}). */
  void remove(Entry entry) throws ErrnoException {
    changeAt(entry.position(), DirectoryBlock::remove);
    inode.insertStart = Math.min(inode.insertStart, entry.position() >> blockShift);
  }

  /** Lets the entry at a position lead to another inode ({@code ext2_set_link}). */
  void redirect(Entry entry, long target, int mode) throws ErrnoException {
    changeAt(entry.position(), (block, at, before) -> block.redirect(at, target, mode));
  }
}
