package dev.sekiso.filesystems.ramfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.pagecache.PageCache;
import dev.sekiso.vfs.AttributeChange;
import dev.sekiso.vfs.BackingDevice;
import dev.sekiso.vfs.FileName;
import dev.sekiso.vfs.FileOperations;
import dev.sekiso.vfs.FileSystemStatus;
import dev.sekiso.vfs.FileSystemType;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.InodeOperations;
import dev.sekiso.vfs.MountRequest;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.RenameFlag;
import dev.sekiso.vfs.SuperBlock;
import dev.sekiso.vfs.SuperBlockOperations;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One mounted ramfs. Each name holds a reference on its inode, so a file lives as long as it has a
 * name or somebody uses it; ending the mount takes the names away.
 */
final class RamVolume implements SuperBlockOperations, InodeOperations {

  private static final long MAGIC = 0x858458F6L;

  /** As many whole pages as a file offset can reach. */
  static final long MAXIMUM_FILE_SIZE = Long.MAX_VALUE & -PageCache.PAGE_SIZE;

  private final SuperBlock superBlock;
  private final PageCache pageCache;
  private final FileOperations files = new RamFiles();
  private final FileOperations directoryFiles = new RamDirectoryFiles();
  private final FileOperations otherFiles = new NoFiles();
  private final RamBudget pages;
  private final RamBudget inodes;
  private final AtomicLong nextNumber = new AtomicLong(1);

  RamVolume(FileSystemType type, MountRequest request, RamOptions options, PageCache pageCache)
      throws ErrnoException {
    this.pageCache = pageCache;
    this.pages = new RamBudget("pages", options.pages());
    this.inodes = new RamBudget("inodes", options.inodes());
    this.superBlock =
        new SuperBlock(
            type,
            "ramfs",
            request,
            this,
            BackingDevice.NONE,
            PageCache.PAGE_SIZE,
            MAXIMUM_FILE_SIZE);
    RamInode root = newInode(FileType.DIRECTORY.modeBits() | options.mode());
    root.setUid(options.uid());
    root.setGid(options.gid());
    root.setLinks(2);
    root.setParent(root);
    superBlock.addNew(root);
    superBlock.setRoot(root);
  }

  long pagesUsed() {
    return pages.used();
  }

  long inodesUsed() {
    return inodes.used();
  }

  SuperBlock superBlock() {
    return superBlock;
  }

  private RamInode newInode(int mode) throws ErrnoException {
    inodes.take(1);
    RamInode inode =
        new RamInode(superBlock, nextNumber.getAndIncrement(), this, mode, pageCache, pages);
    inode.setTimes(superBlock.currentTime());
    inode.setLinks(1);
    return inode;
  }

  private static RamInode ram(Inode inode) {
    return (RamInode) inode;
  }

  // Super block

  @Override
  public void writeInode(Inode inode, SyncMode mode) {}

  @Override
  public void evictInode(Inode inode) {
    if (ram(inode).addressSpace() != null) {
      ram(inode).addressSpace().close();
    }
    inodes.give(1);
  }

  @Override
  public void sync(SyncMode mode) {}

  @Override
  public FileSystemStatus status() {
    long limit = pages.isLimited() ? pages.limit() : 0;
    long free = pages.isLimited() ? pages.free() : 0;
    return new FileSystemStatus(
        MAGIC,
        PageCache.PAGE_SIZE,
        limit,
        free,
        free,
        inodes.isLimited() ? inodes.limit() : 0,
        inodes.isLimited() ? inodes.free() : 0,
        FileName.MAXIMUM_LENGTH);
  }

  @Override
  public void remount(MountRequest request) throws ErrnoException {
    if (request.options().isEmpty()) {
      return;
    }
    RamOptions options = RamOptions.parse(request.options());
    pages.setLimit(options.pages());
    inodes.setLimit(options.inodes());
  }

  /** Takes all names away, so that nothing but open files keeps an inode. */
  @Override
  public void shutDown() {
    Deque<RamInode> directories = new ArrayDeque<>();
    directories.add(ram(superBlock.root()));
    while (!directories.isEmpty()) {
      RamInode directory = directories.remove();
      for (RamInode inode : directory.removeAll()) {
        if (inode.isDirectory()) {
          directories.add(inode);
        } else {
          inode.put();
        }
      }
      if (directory != superBlock.root()) {
        directory.put();
      }
    }
  }

  @Override
  public void release() {}

  // Names

  @Override
  public FileOperations fileOperations(Inode inode) {
    return switch (inode.type()) {
      case REGULAR -> files;
      case DIRECTORY -> directoryFiles;
      default -> otherFiles;
    };
  }

  @Override
  public Inode lookup(Inode directory, FileName name) {
    RamInode found = ram(directory).find(name);
    return found == null ? null : found.get();
  }

  private RamInode make(Inode directory, int mode) throws ErrnoException {
    RamInode inode = newInode(mode);
    inode.initializeOwner(directory, mode);
    superBlock.addNew(inode);
    return inode;
  }

  private void enter(Inode directory, FileName name, RamInode inode) {
    ram(directory).add(name, inode);
    touch(directory);
  }

  private void touch(Inode inode) {
    inode.setModificationTime(superBlock.currentTime());
    inode.setChangeTime(inode.modificationTime());
  }

  @Override
  public Inode create(Inode directory, FileName name, int mode, long specialDevice)
      throws ErrnoException {
    RamInode inode = make(directory, mode);
    inode.setSpecialDevice(specialDevice);
    enter(directory, name, inode);
    return inode;
  }

  @Override
  public Inode makeDirectory(Inode directory, FileName name, int mode) throws ErrnoException {
    RamInode inode = make(directory, mode);
    inode.setLinks(2);
    inode.setParent(ram(directory));
    enter(directory, name, inode);
    directory.setLinks(directory.links() + 1);
    return inode;
  }

  @Override
  public Inode makeSymbolicLink(Inode directory, FileName name, byte[] target)
      throws ErrnoException {
    RamInode inode = make(directory, FileType.SYMBOLIC_LINK.modeBits() | 0777);
    inode.setTarget(target);
    enter(directory, name, inode);
    return inode;
  }

  @Override
  public void link(Inode target, Inode directory, FileName name) {
    enter(directory, name, ram(target));
    target.setLinks(target.links() + 1);
    target.setChangeTime(superBlock.currentTime());
  }

  @Override
  public void unlink(Inode directory, FileName name, Inode victim) {
    leave(directory, name, 1);
  }

  /** Takes a name away with so many links; the name's reference goes last. */
  private void leave(Inode directory, FileName name, int links) {
    RamInode inode = ram(directory).remove(name);
    touch(directory);
    inode.setLinks(inode.links() - links);
    inode.setChangeTime(directory.changeTime());
    inode.put();
  }

  @Override
  public void removeDirectory(Inode directory, FileName name, Inode victim) throws ErrnoException {
    requireEmpty(victim, name);
    leave(directory, name, 2);
    directory.setLinks(directory.links() - 1);
  }

  private static void requireEmpty(Inode victim, FileName name) throws ErrnoException {
    if (!ram(victim).isEmptyDirectory()) {
      throw new ErrnoException(Errno.ENOTEMPTY, "directory '" + name + "' is not empty");
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
    if (flags.contains(RenameFlag.EXCHANGE)) {
      exchange(oldDirectory, oldName, newDirectory, newName);
      return;
    }
    if (victim != null) {
      if (victim.isDirectory()) {
        removeDirectory(newDirectory, newName, victim);
      } else {
        unlink(newDirectory, newName, victim);
      }
    }
    RamInode inode = ram(oldDirectory).remove(oldName);
    ram(newDirectory).add(newName, inode);
    inode.put();
    adopt(inode, oldDirectory, newDirectory);
    touch(oldDirectory);
    touch(newDirectory);
    inode.setChangeTime(newDirectory.changeTime());
  }

  private void exchange(
      Inode oldDirectory, FileName oldName, Inode newDirectory, FileName newName) {
    RamInode first = ram(oldDirectory).remove(oldName);
    RamInode second = ram(newDirectory).remove(newName);
    ram(oldDirectory).add(oldName, second);
    ram(newDirectory).add(newName, first);
    first.put();
    second.put();
    adopt(first, oldDirectory, newDirectory);
    adopt(second, newDirectory, oldDirectory);
    touch(oldDirectory);
    touch(newDirectory);
    first.setChangeTime(newDirectory.changeTime());
    second.setChangeTime(newDirectory.changeTime());
  }

  /** A directory that gets another parent takes its ".." link along. */
  private static void adopt(RamInode inode, Inode from, Inode to) {
    if (inode.isDirectory() && from != to) {
      inode.setParent(ram(to));
      from.setLinks(from.links() - 1);
      to.setLinks(to.links() + 1);
    }
  }

  @Override
  public byte[] readLink(Inode link) throws ErrnoException {
    byte[] target = ram(link).target();
    return target == null ? InodeOperations.super.readLink(link) : target.clone();
  }

  @Override
  public void setAttributes(Inode inode, AttributeChange change) throws ErrnoException {
    if (change.size() != null) {
      if (!inode.isRegularFile()) {
        throw new ErrnoException(Errno.EINVAL, inode + " is no regular file and keeps its size");
      }
      long oldSize = inode.size();
      if (change.size() > oldSize) {
        ram(inode).zeroBehindEnd(change.size());
      }
      inode.setSize(change.size());
      if (change.size() < oldSize) {
        ram(inode).addressSpace().truncate(change.size());
      }
    }
    inode.apply(change);
  }

  /** Fifos, sockets and device files the VFS does not know: nothing stands behind them here. */
  private static final class NoFiles implements FileOperations {
    @Override
    public void open(OpenFile file) throws ErrnoException {
      throw new ErrnoException(
          Errno.ENXIO, file + " is a " + file.inode().type() + " that nobody serves");
    }
  }
}
