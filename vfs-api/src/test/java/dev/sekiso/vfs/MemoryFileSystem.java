package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Errseq;
import dev.sekiso.machine.Machine;
import dev.sekiso.vfs.SuperBlockOperations.SyncMode;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * A file system over a {@link MemoryStore}, complete enough for the VFS's contract: inodes are
 * loaded from the store and written back to it, so what the VFS evicts really is gone from memory.
 */
final class MemoryFileSystem implements FileSystemType {

  static final long MAXIMUM_FILE_SIZE = 1L << 43;
  static final int MAXIMUM_LINKS = 100;

  private final MemoryStore store;
  private final String name;

  MemoryFileSystem(MemoryStore store) {
    this("memory", store);
  }

  MemoryFileSystem(String name, MemoryStore store) {
    this.name = name;
    this.store = store;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public SuperBlock mount(MountRequest request) throws ErrnoException {
    if (request.options().contains("bad")) {
      throw new ErrnoException(Errno.EINVAL, "bad option");
    }
    Operations operations = new Operations(store, request.services().machine());
    SuperBlock superBlock =
        new SuperBlock(
            this,
            request.source(),
            request,
            operations,
            BackingDevice.NONE,
            MemoryStore.PAGE,
            MAXIMUM_FILE_SIZE);
    operations.superBlock = superBlock;
    superBlock.setRoot(operations.inode(MemoryStore.ROOT));
    return superBlock;
  }

  @Override
  public void syncBlockDevices(SyncMode mode) {
    store.note("devices " + mode);
  }

  static final class MemoryInode extends Inode {
    final MemoryStore.Node node;
    final Errseq errors = new Errseq();

    MemoryInode(SuperBlock superBlock, MemoryStore.Node node, InodeOperations operations) {
      super(superBlock, node.number, operations);
      this.node = node;
    }

    @Override
    public boolean isImmutable() {
      return node.immutable;
    }

    @Override
    public boolean isAppendOnly() {
      return node.appendOnly;
    }

    @Override
    public boolean keepsAccessTime() {
      return node.keepsAccessTime;
    }
  }

  static final class Operations implements SuperBlockOperations, InodeOperations, FileOperations {
    private final MemoryStore store;
    private final Machine machine;
    private SuperBlock superBlock;

    Operations(MemoryStore store, Machine machine) {
      this.store = store;
      this.machine = machine;
    }

    private static MemoryStore.Node node(Inode inode) {
      return ((MemoryInode) inode).node;
    }

    private void delay() {
      if (store.latencyNanos > 0) {
        machine.sleep(store.latencyNanos);
      }
    }

    Inode inode(long number) throws ErrnoException {
      return superBlock.inode(number, this::load);
    }

    private Inode load(long number) throws ErrnoException {
      delay();
      Errno failure = store.nextLoadFailure;
      if (failure != null) {
        store.nextLoadFailure = null;
        throw new ErrnoException(failure, "as the test asked");
      }
      MemoryStore.Node node = store.node(number);
      if (node == null) {
        throw new ErrnoException(Errno.ESTALE, "inode " + number + " is free");
      }
      MemoryInode inode = new MemoryInode(superBlock, node, this);
      inode.setMode(node.mode);
      inode.setUid(node.uid);
      inode.setGid(node.gid);
      inode.setLinks(node.links);
      inode.setSize(node.size);
      inode.setBlocks(node.pages.size() * 8L);
      inode.setSpecialDevice(node.device);
      inode.setAccessTime(node.accessTime);
      inode.setModificationTime(node.modificationTime);
      inode.setChangeTime(node.changeTime);
      return inode;
    }

    private static void save(Inode inode) {
      MemoryStore.Node node = node(inode);
      node.mode = inode.mode();
      node.uid = inode.uid();
      node.gid = inode.gid();
      node.links = inode.links();
      node.device = inode.specialDevice();
      node.accessTime = inode.accessTime();
      node.modificationTime = inode.modificationTime();
      node.changeTime = inode.changeTime();
    }

    // Super block

    @Override
    public boolean supportsFreeze() {
      return true;
    }

    /** Something to map, which nobody looks into. */
    @Override
    public Mappable mmap(OpenFile file, Sharing sharing) {
      return new Mappable() {};
    }

    @Override
    public boolean supportsAllocate(OpenFile file) {
      return store.allocates;
    }

    @Override
    public void allocate(OpenFile file, int mode, long offset, long length) throws ErrnoException {
      if ((mode & KEEP_SIZE) == 0) {
        file.inode().requireMayGrowTo(offset + length);
      }
      file.inode().modified();
      store.note("fallocate " + mode + " " + offset + " " + length);
    }

    @Override
    public void writeInode(Inode inode, SyncMode mode) {
      save(inode);
    }

    @Override
    public void evictInode(Inode inode) {
      delay();
      if (inode.links() == 0) {
        store.free(node(inode));
      } else {
        save(inode);
      }
      store.note("evict " + inode.number());
    }

    @Override
    public void sync(SyncMode mode) throws ErrnoException {
      store.note("sync " + mode);
      if (store.syncFailure != null) {
        throw new ErrnoException(store.syncFailure, "as the test asked");
      }
    }

    @Override
    public FileSystemStatus status() {
      long pages = Math.min(store.maximumPages, 1L << 30);
      long free = pages - store.pagesInUse();
      int nodes = store.maximumNodes;
      return new FileSystemStatus(
          0x4D454D, MemoryStore.PAGE, pages, free, free, nodes, nodes - store.nodeCount(), 255);
    }

    @Override
    public void remount(MountRequest request) throws ErrnoException {
      if (request.options().contains("bad")) {
        throw new ErrnoException(Errno.EINVAL, "bad option");
      }
      store.note("remount " + request.flags());
    }

    @Override
    public void release() {
      store.note("release");
    }

    // Names

    @Override
    public Inode lookup(Inode directory, FileName name) throws ErrnoException {
      delay();
      MemoryStore.Entry entry = store.find(node(directory), name);
      return entry == null ? null : inode(entry.number());
    }

    private Inode make(Inode directory, FileName name, int mode) throws ErrnoException {
      delay();
      MemoryStore.Node node = store.allocate();
      MemoryInode inode = new MemoryInode(superBlock, node, this);
      inode.initializeOwner(directory, mode);
      inode.setTimes(superBlock.currentTime());
      inode.setLinks(1);
      superBlock.addNew(inode);
      store.enter(node(directory), name, node.number);
      touch(directory);
      save(inode);
      return inode;
    }

    private void touch(Inode directory) {
      Timestamp now = superBlock.currentTime();
      directory.setModificationTime(now);
      directory.setChangeTime(now);
      directory.markDirty(Inode.DIRTY_SYNC);
      save(directory);
    }

    @Override
    public Inode create(Inode directory, FileName name, int mode, long specialDevice)
        throws ErrnoException {
      Inode inode = make(directory, name, mode);
      inode.setSpecialDevice(specialDevice);
      save(inode);
      return inode;
    }

    @Override
    public Inode makeDirectory(Inode directory, FileName name, int mode) throws ErrnoException {
      if (directory.links() >= MAXIMUM_LINKS) {
        throw new ErrnoException(Errno.EMLINK, directory + " has too many links");
      }
      Inode inode = make(directory, name, mode);
      inode.setLinks(2);
      node(inode).parent = directory.number();
      directory.setLinks(directory.links() + 1);
      save(inode);
      save(directory);
      return inode;
    }

    @Override
    public Inode makeSymbolicLink(Inode directory, FileName name, byte[] target)
        throws ErrnoException {
      Inode inode = make(directory, name, FileType.SYMBOLIC_LINK.modeBits() | 0777);
      node(inode).target = target.clone();
      node(inode).size = target.length;
      inode.setSize(target.length);
      return inode;
    }

    private void changeLinks(Inode inode, int by) {
      inode.setLinks(inode.links() + by);
      inode.setChangeTime(superBlock.currentTime());
      inode.markDirty(Inode.DIRTY_SYNC);
      save(inode);
    }

    @Override
    public void link(Inode target, Inode directory, FileName name) throws ErrnoException {
      delay();
      if (target.links() >= MAXIMUM_LINKS) {
        throw new ErrnoException(Errno.EMLINK, target + " has too many links");
      }
      store.enter(node(directory), name, target.number());
      changeLinks(target, 1);
      touch(directory);
    }

    @Override
    public void unlink(Inode directory, FileName name, Inode victim) {
      delay();
      store.remove(node(directory), name);
      changeLinks(victim, -1);
      touch(directory);
    }

    @Override
    public void removeDirectory(Inode directory, FileName name, Inode victim)
        throws ErrnoException {
      delay();
      requireEmpty(victim);
      store.remove(node(directory), name);
      changeLinks(victim, -2);
      changeLinks(directory, -1);
      touch(directory);
    }

    private static void requireEmpty(Inode directory) throws ErrnoException {
      if (!node(directory).byName.isEmpty()) {
        throw new ErrnoException(Errno.ENOTEMPTY, directory + " is not empty");
      }
    }

    @Override
    public void rename(
        Inode oldDirectory,
        FileName oldName,
        Inode moved,
        Inode newDirectory,
        FileName newName,
        Inode victim,
        Set<RenameFlag> flags)
        throws ErrnoException {
      delay();
      if (flags.contains(RenameFlag.EXCHANGE)) {
        store.remove(node(oldDirectory), oldName);
        store.remove(node(newDirectory), newName);
        store.enter(node(oldDirectory), oldName, victim.number());
        store.enter(node(newDirectory), newName, moved.number());
        reparent(victim, newDirectory, oldDirectory);
      } else {
        if (victim != null) {
          if (victim.isDirectory()) {
            requireEmpty(victim);
            changeLinks(newDirectory, -1);
            changeLinks(victim, -2);
          } else {
            changeLinks(victim, -1);
          }
          store.remove(node(newDirectory), newName);
        }
        store.remove(node(oldDirectory), oldName);
        store.enter(node(newDirectory), newName, moved.number());
      }
      reparent(moved, oldDirectory, newDirectory);
      changeLinks(moved, 0);
      touch(oldDirectory);
      touch(newDirectory);
    }

    private void reparent(Inode moved, Inode from, Inode to) {
      if (moved.isDirectory() && from.number() != to.number()) {
        node(moved).parent = to.number();
        changeLinks(from, -1);
        changeLinks(to, 1);
      }
    }

    @Override
    public byte[] readLink(Inode link) {
      return node(link).target.clone();
    }

    @Override
    public void setAttributes(Inode inode, AttributeChange change) {
      delay();
      if (change.size() != null) {
        store.truncate(node(inode), change.size());
        inode.setSize(change.size());
        inode.setBlocks(node(inode).pages.size() * 8L);
      }
      inode.apply(change);
      inode.markDirty(Inode.DIRTY_SYNC);
      save(inode);
    }

    @Override
    public FileOperations fileOperations(Inode inode) {
      return this;
    }

    // Data

    @Override
    public int read(OpenFile file, long position, MemorySegment destination, int flags) {
      return store.read(node(file.inode()), position, destination);
    }

    @Override
    public int write(OpenFile file, long position, MemorySegment source, int flags)
        throws ErrnoException {
      Inode inode = file.inode();
      MemoryStore.Node node = node(inode);
      int half = (int) (source.byteSize() / 2);
      int done = 0;
      if (store.latencyNanos > 0 && half > 0) {
        done = store.write(node, position, source.asSlice(0, half));
        delay();
      }
      done += store.write(node, position + done, source.asSlice(done));
      inode.setSize(node.size);
      inode.setBlocks(node.pages.size() * 8L);
      return done;
    }

    @Override
    public void readDirectory(OpenFile file, DirectorySink sink) {
      MemoryStore.Node node = node(file.inode());
      if (file.position() == 0 && !sink.entry(FileName.DOT, node.number, FileType.DIRECTORY, 1)) {
        return;
      }
      if (file.position() == 1
          && !sink.entry(FileName.DOT_DOT, node.parent, FileType.DIRECTORY, 3)) {
        return;
      }
      for (MemoryStore.Entry entry : store.entriesFrom(node, file.position())) {
        FileType type = FileType.ofMode(store.node(entry.number()).mode);
        if (!sink.entry(entry.name(), entry.number(), type, entry.cookie() + 1)) {
          return;
        }
      }
    }

    @Override
    public void sync(OpenFile file, long firstByte, long lastByte, SyncScope scope)
        throws ErrnoException {
      save(file.inode());
      store.note("fsync " + file.inode().number() + " " + firstByte + "-" + lastByte + " " + scope);
      if (store.syncFailure != null) {
        throw new ErrnoException(store.syncFailure, "as the test asked");
      }
    }

    @Override
    public void syncRange(OpenFile file, long firstByte, long lastByte, int flags) {
      store.note("range " + firstByte + "-" + lastByte + " " + flags);
    }

    @Override
    public boolean supportsDirect(OpenFile file) {
      return false;
    }

    @Override
    public void release(OpenFile file) {
      store.note("close " + file.inode().number());
    }

    @Override
    public Errseq errors(OpenFile file) {
      return ((MemoryInode) file.inode()).errors;
    }
  }
}
