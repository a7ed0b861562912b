package dev.sekiso.filesystems.ext2;

import dev.sekiso.filesystems.block.AssociatedBuffers;
import dev.sekiso.filesystems.block.BlockMappedFile;
import dev.sekiso.filesystems.block.BlockMappedOperations;
import dev.sekiso.filesystems.block.Extent;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Errseq;
import dev.sekiso.pagecache.AddressSpace;
import dev.sekiso.pagecache.AddressSpaceOperations;
import dev.sekiso.pagecache.AddressSpaceOwner;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.InodeOperations;
import dev.sekiso.vfs.SuperBlock;
import dev.sekiso.vfs.Timestamp;

/**
 * A file of an ext2 file system in memory (the kernel's {@code struct ext2_inode_info}).
 *
 * <p>Pages: regular files, directories and long symbolic links have an address space; for the rest
 * {@link #addressSpace} is null. Locking: {@link #tree} has its own lock; flags and attribute block
 * are changed under the inode's lock; {@link #store} copies to the inode table under the monitor.
 */
final class Ext2Inode extends Inode implements AddressSpaceOwner {

  private final Volume volume;
  private final BlockTree tree;
  private final Errseq metadataErrors = new Errseq();
  private AddressSpace mapping;
  private BlockMappedOperations operations;
  private AssociatedBuffers associated = new AssociatedBuffers(metadataErrors);
  private volatile int flags;
  private volatile long attributeBlock;
  private volatile long deletionTime;
  private Timestamp creationTime;
  private boolean fresh;
  private volatile boolean orphan;

  /** Where the last lookup in this directory succeeded: the next begins there. A hint. */
  volatile long lookupStart;

  /** The first block of this directory that may have room for a name. A hint. */
  volatile long insertStart;

  Ext2Inode(
      SuperBlock superBlock,
      long number,
      InodeOperations operations,
      Volume volume,
      BlockAllocator allocator) {
    super(superBlock, number, operations);
    this.volume = volume;
    this.tree = new BlockTree(this, volume, allocator);
  }

  /** Gives the inode pages; once, before anybody else sees it. */
  void setPages(Ext2Services services) {
    operations =
        new BlockMappedOperations(
            new Blocks(), volume.buffers().io(), BlockMappedOperations.Tracking.SMALL_BLOCKS);
    mapping = services.newAddressSpace(this, operations);
    associated = new AssociatedBuffers(mapping.errors());
  }

  @Override
  public AddressSpace addressSpace() {
    return mapping;
  }

  BlockMappedOperations blockOperations() {
    return operations;
  }

  BlockTree tree() {
    return tree;
  }

  AssociatedBuffers associated() {
    return associated;
  }

  Volume volume() {
    return volume;
  }

  int flags() {
    return flags;
  }

  void setFlags(int value) {
    flags = value;
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  @Override
  public boolean isImmutable() {
    return has(RawInode.FLAG_IMMUTABLE);
  }

  @Override
  public boolean isAppendOnly() {
    return has(RawInode.FLAG_APPEND);
  }

  @Override
  public boolean keepsAccessTime() {
    return has(RawInode.FLAG_NO_ATIME);
  }

  /** Its last name is gone and it is not; counted by the volume. Changed under its lock. */
  boolean isOrphan() {
    return orphan;
  }

  void setOrphan() {
    orphan = true;
  }

  long attributeBlock() {
    return attributeBlock;
  }

  void setAttributeBlock(long value) {
    attributeBlock = value;
  }

  void setDeletionTime(long seconds) {
    deletionTime = seconds;
  }

  /** The inode has just been allocated: its place in the table holds nothing of use. */
  void setFresh(Timestamp created) {
    fresh = true;
    creationTime = created;
  }

  int group() {
    return volume.geometry().groupOfInode(number());
  }

  /** Whether a symbolic link's target is in the inode itself. */
  boolean isShortLink() {
    long units = attributeBlock == 0 ? 0 : volume.geometry().blockSize() >> 9;
    return isSymbolicLink() && blocks() == units;
  }

  /** Whether it has data in blocks that a truncation could free. */
  boolean hasTree() {
    return isRegularFile() || isDirectory() || (isSymbolicLink() && !isShortLink());
  }

  // To and from the inode table

  /** Takes over what the inode table says ({@code ext2_iget}). */
  void load(RawInode raw) throws ErrnoException {
    setMode(raw.mode());
    boolean wide = volume.options().ids() == MountOptions.Ids.BITS_32;
    setUid(wide ? raw.uid() : raw.uid() & 0xFFFF);
    setGid(wide ? raw.gid() : raw.gid() & 0xFFFF);
    setLinks(raw.links());
    flags = raw.flags();
    attributeBlock = raw.attributeBlock();
    setGeneration(raw.generation());
    setBlocks(raw.units());
    setAccessTime(raw.accessTime());
    setModificationTime(raw.modificationTime());
    setChangeTime(raw.changeTime());
    if (raw.links() == 0 && (raw.mode() == 0 || raw.deletionTime() != 0)) {
      throw new ErrnoException(Errno.ESTALE, this + " has been deleted");
    }
    if (type() == null) {
      throw volume.corrupt("inode %d has mode 0%o, of no type".formatted(number(), raw.mode()));
    }
    if (attributeBlock != 0 && !volume.geometry().isDataBlock(attributeBlock)) {
      throw volume.corrupt(
          "inode %d has its attributes in block %d, which does not exist"
              .formatted(number(), attributeBlock));
    }
    setSize(raw.sizeLow() | (isRegularFile() ? raw.sizeHigh() << 32 : 0));
    if (size() < 0) {
      throw volume.corrupt("inode %d has a negative size".formatted(number()));
    }
    for (int i = 0; i < RawInode.POINTERS; i++) {
      tree.setPointer(i, raw.pointer(i));
    }
    switch (type()) {
      case BLOCK_DEVICE, CHARACTER_DEVICE -> setSpecialDevice(deviceNumber());
      default -> {}
    }
  }

  /** Device numbers of 16 bits are in the first pointer, larger ones in the second. */
  private long deviceNumber() {
    int old = tree.pointer(0);
    if (old != 0) {
      return old & 0xFFFF;
    }
    return tree.pointer(1) & 0xFFFF_FFFFL;
  }

  private void storeDeviceNumber() {
    long device = specialDevice();
    boolean old = (device & ~0xFFFFL) == 0;
    tree.setPointer(0, old ? (int) device : 0);
    tree.setPointer(1, old ? 0 : (int) device);
  }

  /** How the inode in the table differs from the one in memory. */
  enum Difference {
    NONE,
    TIMES,
    MORE
  }

  /** Compares memory with the inode table. */
  Difference difference(RawInode raw) {
    boolean same =
        !fresh
            && raw.mode() == mode()
            && raw.links() == links()
            && raw.uid() == uid()
            && raw.gid() == gid()
            && raw.sizeLow() == (size() & 0xFFFF_FFFFL)
            && (!isRegularFile() || raw.sizeHigh() == size() >>> 32)
            && raw.units() == (blocks() & 0xFFFF_FFFFL)
            && raw.flags() == flags
            && raw.attributeBlock() == attributeBlock
            && raw.deletionTime() == deletionTime
            && raw.generation() == generation();
    for (int i = 0; same && i < RawInode.POINTERS; i++) {
      same = raw.pointer(i) == tree.pointer(i);
    }
    if (!same) {
      return Difference.MORE;
    }
    boolean times =
        raw.accessTime().equals(accessTime())
            && raw.modificationTime().equals(modificationTime())
            && raw.changeTime().equals(changeTime());
    return times ? Difference.NONE : Difference.TIMES;
  }

  /** Puts everything into the inode table's memory ({@code __ext2_write_inode}). */
  synchronized void store(RawInode raw) {
    if (fresh) {
      raw.clear();
      raw.setFullExtraSize();
      raw.setCreationTime(creationTime);
      fresh = false;
    }
    raw.setMode(mode());
    if (volume.options().ids() == MountOptions.Ids.BITS_32) {
      raw.setUid(uid());
      raw.setGid(gid());
    } else {
      raw.setUid(uid() > 0xFFFF || uid() < 0 ? 65534 : uid());
      raw.setGid(gid() > 0xFFFF || gid() < 0 ? 65534 : gid());
    }
    raw.setLinks(links());
    raw.setSizeLow(size());
    if (isRegularFile()) {
      raw.setSizeHigh(size() >>> 32);
    }
    raw.setAccessTime(accessTime());
    raw.setModificationTime(modificationTime());
    raw.setChangeTime(changeTime());
    raw.setDeletionTime(deletionTime);
    raw.setUnits(blocks());
    raw.setFlags(flags);
    raw.setAttributeBlock(attributeBlock);
    raw.setGeneration(generation());
    switch (type()) {
      case BLOCK_DEVICE, CHARACTER_DEVICE -> storeDeviceNumber();
      default -> {}
    }
    for (int i = 0; i < RawInode.POINTERS; i++) {
      raw.setPointer(i, tree.pointer(i));
    }
  }

  /** The file as {@link BlockMappedOperations} sees it. */
  private final class Blocks implements BlockMappedFile {
    @Override
    public int blockShift() {
      return volume.geometry().blockShift();
    }

    /** Directories are read block by block; only what users read and write gains. */
    @Override
    public int maximumFolioOrder() {
      return isRegularFile() ? AddressSpaceOperations.ANY_FOLIO_ORDER : 0;
    }

    /** A file is written to, and its end zeroed, before the lock of its block tree is taken. */
    @Override
    public boolean letsReclaimWrite() {
      return isRegularFile();
    }

    @Override
    public long size() {
      return Ext2Inode.this.size();
    }

    @Override
    public Extent map(long block, long maximum) throws ErrnoException {
      return tree.map(block, maximum);
    }

    @Override
    public void expect(long block, long count) throws ErrnoException {
      tree.expect(block, count);
    }

    @Override
    public Extent allocate(long block, long maximum) throws ErrnoException {
      return tree.allocate(block, maximum);
    }

    @Override
    public void grown(long newSize) {
      setSize(newSize);
      markDirty(DIRTY_SYNC | DIRTY_DATASYNC);
    }

    @Override
    public void dirtied() {
      markDirty(DIRTY_PAGES);
    }

    @Override
    public void writebackFailed(Errno error) {
      superBlock().errors().set(error);
    }
  }
}
