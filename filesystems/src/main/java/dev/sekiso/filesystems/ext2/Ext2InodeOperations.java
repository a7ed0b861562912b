package dev.sekiso.filesystems.ext2;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.vfs.AttributeChange;
import dev.sekiso.vfs.FileName;
import dev.sekiso.vfs.FileOperations;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.Inode;
import dev.sekiso.vfs.InodeOperations;
import dev.sekiso.vfs.OpenFile;
import dev.sekiso.vfs.RenameFlag;
import java.util.Set;

/**
 * Names and attributes ({@code fs/ext2/namei.c}).
 *
 * <p>An operation that fails in its middle undoes what it has done in memory; what a power cut
 * leaves of it e2fsck puts right: a name leads to a whole inode or to none.
 */
final class Ext2InodeOperations implements InodeOperations {

  /** Most names of a file, and most directories in a directory (EXT2_LINK_MAX). */
  private static final int MAXIMUM_LINKS = 32000;

  private final Ext2Inodes inodes;
  private final Ext2Files files;
  private final Ext2DirectoryFiles directoryFiles;
  private final FileOperations otherFiles = new NoFiles();

  Ext2InodeOperations(Ext2Inodes inodes) {
    this.inodes = inodes;
    this.files = new Ext2Files(inodes);
    this.directoryFiles = new Ext2DirectoryFiles(inodes);
  }

  @Override
  public FileOperations fileOperations(Inode inode) {
    return switch (inode.type()) {
      case REGULAR -> files;
      case DIRECTORY -> directoryFiles;
      default -> otherFiles;
    };
  }

  private static Ext2Inode ext2(Inode inode) {
    return (Ext2Inode) inode;
  }

  @Override
  public Inode lookup(Inode directory, FileName name) throws ErrnoException {
    Directory.Entry entry = new Directory(ext2(directory)).find(name);
    if (entry == null) {
      return null;
    }
    try {
      return inodes.get(entry.inode());
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ESTALE) {
        throw inodes
            .volume()
            .corrupt(
                "directory %d names deleted inode %d as '%s'"
                    .formatted(directory.number(), entry.inode(), name));
      }
      throw e;
    }
  }

  // Making

  @Override
  public Inode create(Inode directory, FileName name, int mode, long specialDevice)
      throws ErrnoException {
    if (specialDevice < 0 || specialDevice > 0xFFFF_FFFFL) {
      throw new ErrnoException(
          Errno.EINVAL, "ext2 stores device numbers of 32 bits, not " + specialDevice);
    }
    Ext2Inode parent = ext2(directory);
    Ext2Inode inode = inodes.make(parent, mode, specialDevice);
    enter(parent, name, inode);
    return inode;
  }

  @Override
  public Inode makeSymbolicLink(Inode directory, FileName name, byte[] target)
      throws ErrnoException {
    Ext2Inode parent = ext2(directory);
    if (target.length + 1 > inodes.volume().geometry().blockSize()) {
      throw new ErrnoException(
          Errno.ENAMETOOLONG,
          "a symbolic link holds less than a block of %d bytes, not %d"
              .formatted(inodes.volume().geometry().blockSize(), target.length));
    }
    Ext2Inode link = inodes.make(parent, FileType.SYMBOLIC_LINK.modeBits() | 0777, 0);
    try {
      inodes.setTarget(link, target);
    } catch (ErrnoException e) {
      abandon(link, 1);
      throw e;
    }
    enter(parent, name, link);
    return link;
  }

  @Override
  public Inode makeDirectory(Inode directory, FileName name, int mode) throws ErrnoException {
    Ext2Inode parent = ext2(directory);
    requireLinkable(parent);
    changeLinks(parent, 1);
    Ext2Inode made;
    try {
      made = inodes.make(parent, mode, 0);
    } catch (ErrnoException e) {
      changeLinks(parent, -1);
      throw e;
    }
    try {
      changeLinks(made, 1);
      new Directory(made).begin(parent.number());
      new Directory(parent).add(name, made.number(), made.mode());
    } catch (ErrnoException e) {
      changeLinks(parent, -1);
      abandon(made, 2);
      throw e;
    }
    finish(parent, made);
    return made;
  }

  private void enter(Ext2Inode directory, FileName name, Ext2Inode inode) throws ErrnoException {
    try {
      new Directory(directory).add(name, inode.number(), inode.mode());
    } catch (ErrnoException e) {
      abandon(inode, 1);
      throw e;
    }
    finish(directory, inode);
  }

  /** What was made has no name: without links, its last reference takes it away. */
  private static void abandon(Ext2Inode inode, int links) {
    changeLinks(inode, -links);
    inode.put();
  }

  /** Synchronous directories: the inodes concerned are written before the call returns. */
  private void finish(Ext2Inode directory, Ext2Inode inode) throws ErrnoException {
    if (new Directory(directory).isSynchronous()) {
      if (inode != null) {
        if (inode.addressSpace() != null && !inode.isRegularFile()) {
          inode.addressSpace().writeAndWait(0, Long.MAX_VALUE);
        }
        inode.associated().write(inodes.volume().buffers());
        inodes.table().write(inode);
      }
      inodes.table().write(directory);
    }
  }

  @Override
  public void link(Inode target, Inode directory, FileName name) throws ErrnoException {
    Ext2Inode inode = ext2(target);
    requireLinkable(inode);
    inode.setChangeTime(inode.superBlock().currentTime());
    changeLinks(inode, 1);
    try {
      new Directory(ext2(directory)).add(name, inode.number(), inode.mode());
    } catch (ErrnoException e) {
      changeLinks(inode, -1);
      throw e;
    }
    finish(ext2(directory), inode);
  }

  // Removing

  @Override
  public void unlink(Inode directory, FileName name, Inode victim) throws ErrnoException {
    new Directory(ext2(directory)).remove(entry(directory, name, victim));
    victim.setChangeTime(directory.changeTime());
    changeLinks(ext2(victim), -1);
    finish(ext2(directory), null);
  }

  @Override
  public void removeDirectory(Inode directory, FileName name, Inode victim) throws ErrnoException {
    requireEmpty(victim, name);
    new Directory(ext2(directory)).remove(entry(directory, name, victim));
    victim.setSize(0);
    victim.setChangeTime(directory.changeTime());
    changeLinks(ext2(victim), -2);
    changeLinks(ext2(directory), -1);
    finish(ext2(directory), null);
  }

  private static void requireEmpty(Inode victim, FileName name) throws ErrnoException {
    if (!new Directory(ext2(victim)).isEmpty()) {
      throw new ErrnoException(Errno.ENOTEMPTY, "directory '" + name + "' is not empty");
    }
  }

  private Directory.Entry entry(Inode directory, FileName name, Inode expected)
      throws ErrnoException {
    Directory.Entry entry = new Directory(ext2(directory)).find(name);
    if (entry == null || entry.inode() != expected.number()) {
      throw new ErrnoException(
          Errno.ENOENT, "'" + name + "' in " + directory + " does not lead to " + expected);
    }
    return entry;
  }

  // Moving

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
      throw new ErrnoException(Errno.EINVAL, "ext2 cannot exchange two names");
    }
    Directory from = new Directory(ext2(oldDirectory));
    Directory to = new Directory(ext2(newDirectory));
    boolean changesParent = moved.isDirectory() && oldDirectory != newDirectory;
    Directory.Entry parentEntry = changesParent ? parentEntry(moved) : null;
    entry(oldDirectory, oldName, moved);
    if (victim != null) {
      replace(newDirectory, newName, moved, victim);
    } else {
      if (changesParent) {
        requireLinkable(ext2(newDirectory));
      }
      to.add(newName, moved.number(), moved.mode());
    }
    if (changesParent) {
      changeLinks(ext2(newDirectory), 1);
    }
    moved.setChangeTime(oldDirectory.superBlock().currentTime());
    moved.markDirty(Inode.DIRTY_SYNC);
    from.remove(entry(oldDirectory, oldName, moved));
    if (parentEntry != null) {
      new Directory(ext2(moved)).redirect(parentEntry, newDirectory.number(), newDirectory.mode());
    }
    if (changesParent) {
      changeLinks(ext2(oldDirectory), -1);
    }
    finish(ext2(oldDirectory), ext2(moved));
    if (oldDirectory != newDirectory) {
      finish(ext2(newDirectory), null);
    }
  }

  private void replace(Inode directory, FileName name, Inode moved, Inode victim)
      throws ErrnoException {
    if (victim.isDirectory()) {
      requireEmpty(victim, name);
    }
    new Directory(ext2(directory))
        .redirect(entry(directory, name, victim), moved.number(), moved.mode());
    victim.setChangeTime(directory.changeTime());
    if (victim.isDirectory()) {
      changeLinks(ext2(victim), -2);
      changeLinks(ext2(directory), -1);
    } else {
      changeLinks(ext2(victim), -1);
    }
  }

  private Directory.Entry parentEntry(Inode directory) throws ErrnoException {
    Directory.Entry entry = new Directory(ext2(directory)).find(FileName.DOT_DOT);
    if (entry == null) {
      throw inodes.volume().corrupt("directory " + directory.number() + " has no '..'");
    }
    return entry;
  }

  // Attributes

  @Override
  public byte[] readLink(Inode link) throws ErrnoException {
    if (!link.isSymbolicLink()) {
      return InodeOperations.super.readLink(link);
    }
    return inodes.target(ext2(link));
  }

  @Override
  public void setAttributes(Inode inode, AttributeChange change) throws ErrnoException {
    Ext2Inode ext2 = ext2(inode);
    boolean harmless =
        change.size() == null
            && change.mode() == null
            && change.uid() == null
            && change.gid() == null;
    if (change.size() != null && change.size() != inode.size()) {
      inodes.setSize(ext2, change.size());
    }
    inode.apply(change);
    inode.markDirty(harmless ? Inode.DIRTY_SYNC : Inode.DIRTY_SYNC | Inode.DIRTY_DATASYNC);
  }

  private static void changeLinks(Ext2Inode inode, int by) {
    inode.setLinks(Math.max(0, inode.links() + by));
    if (inode.links() == 0 && !inode.isOrphan()) {
      inode.setOrphan();
      inode.volume().orphans().incrementAndGet();
    }
    inode.markDirty(Inode.DIRTY_SYNC | Inode.DIRTY_DATASYNC);
  }

  private static void requireLinkable(Ext2Inode inode) throws ErrnoException {
    if (inode.links() >= MAXIMUM_LINKS) {
      throw new ErrnoException(
          Errno.EMLINK, inode + " has " + inode.links() + " links, as many as ext2 can count");
    }
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
