package dev.sekiso.vfs;

import dev.sekiso.machine.ErrnoException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;

/**
 * The system calls on files: the one door into the file systems. What it offers is told in four
 * interfaces: {@link MountCalls}, {@link PathCalls}, {@link OpenFileCalls}, {@link TransferCalls}.
 *
 * <p>Calls act for {@link dev.sekiso.machine.TaskContext#current}, whose credentials, umask and
 * limits they honour. They fail with an {@link ErrnoException} that carries the error number Linux
 * gives in that case. Any task may call anything at any time, with one duty: an open file stays
 * open for the length of a call on it. A task that uses one that others may close holds a reference
 * of its own ({@link #duplicate}), as the kernel takes one for each call. What locks are taken is
 * told in the package description.
 *
 * <p>Paths are strings of at most 4095 bytes, absolute or, with the {@code At} methods, relative to
 * an open directory; a relative path without one starts at the root. Any file name survives the way
 * through a String, see {@link FileName#decode}. Data is a {@link MemorySegment}, on or off the
 * heap; the conveniences take byte arrays and buffers.
 *
 * <pre>{@code
 * Vfs vfs = new Vfs(new VfsServices(machine, writeback));
 * vfs.register(new Ext2(…));
 * vfs.mount("vda", "/", "ext2", Set.of(), "");
 * OpenFile file = vfs.open("/hello", 0644, OpenFlag.CREATE, OpenFlag.WRITE_ONLY);
 * vfs.write(file, "hello".getBytes(UTF_8));
 * vfs.fsync(file);
 * vfs.close(file);
 * }</pre>
 */
public final class Vfs implements MountCalls, PathCalls, OpenFileCalls, TransferCalls {

  /** Mask for {@link #access}: may be read. */
  public static final int MAY_READ = Permissions.READ;

  /** Mask for {@link #access}: may be written. */
  public static final int MAY_WRITE = Permissions.WRITE;

  /** Mask for {@link #access}: may be executed, or searched. */
  public static final int MAY_EXECUTE = Permissions.EXECUTE;

  private final CallGate gate;
  private final AccessTimes accessTimes;
  private final MountTable mounts;
  private final NameCalls names;
  private final AttributeCalls attributes;
  private final OpenCalls opens;
  private final SyncCalls syncs;
  private final DataCalls data;
  private final FileCalls files;
  private final FreezeCalls freezes = new FreezeCalls();
  private final MappingCalls mappings;

  /** Without device files. */
  public Vfs(VfsServices services) {
    this(services, DeviceFiles.NONE);
  }

  public Vfs(VfsServices services, DeviceFiles devices) {
    gate = new CallGate(services.machine(), services.settings().callNanos());
    accessTimes = new AccessTimes(services.machine());
    mounts = new MountTable(services, accessTimes);
    names = new NameCalls(mounts, accessTimes);
    attributes = new AttributeCalls(names, accessTimes);
    opens = new OpenCalls(names, attributes, devices, services);
    syncs = new SyncCalls(mounts, services.writeback(), services.machine().tracer());
    data = new DataCalls(accessTimes, syncs);
    files = new FileCalls(accessTimes);
    mappings = new MappingCalls(opens, syncs, files);
  }

  // Mounting

  @Override
  public void register(FileSystemType type) {
    mounts.register(type);
  }

  @Override
  public Mount mount(
      String source, String target, String type, Set<MountFlag> flags, String options)
      throws ErrnoException {
    return gate.get(
        SystemCall.MOUNT,
        () -> mounts.mount(source, target, type, flags, options),
        source,
        target,
        type,
        flags,
        options);
  }

  @Override
  public void remount(String target, Set<MountFlag> flags, String options) throws ErrnoException {
    gate.run(
        SystemCall.MOUNT,
        () -> mounts.remount(target, flags, options),
        "",
        target,
        "",
        flags,
        options);
  }

  @Override
  public void unmount(String target) throws ErrnoException {
    gate.run(SystemCall.UMOUNT, () -> mounts.unmount(target), target);
  }

  @Override
  public void unmountAll() throws ErrnoException {
    mounts.unmountAll();
  }

  @Override
  public List<Mount> mounts() {
    return mounts.mounts();
  }

  @Override
  public SuperBlock mountInternally(String source, String type, String options)
      throws ErrnoException {
    return mounts.mountInternally(source, type, options);
  }

  @Override
  public void unmountInternally(SuperBlock superBlock) throws ErrnoException {
    mounts.unmountInternally(superBlock);
  }

  @Override
  public void dropCaches() {
    for (SuperBlock superBlock : mounts.superBlocks()) {
      try {
        superBlock.whileAlive(SuperBlock::dropCaches);
      } catch (ErrnoException e) {
        throw new AssertionError("dropping caches does not fail", e);
      }
    }
  }

  // Opening and closing

  @Override
  public OpenFile openAt(OpenFile directory, String path, int flags, int mode)
      throws ErrnoException {
    return gate.get(
        SystemCall.OPEN, () -> opens.open(directory, path, flags, mode), path, flags, mode);
  }

  @Override
  public OpenFile duplicate(OpenFile file) throws ErrnoException {
    if (!file.tryGet()) {
      throw DataCalls.notOpenFor(file, "duplicating");
    }
    return file;
  }

  @Override
  public void release(OpenFile file) {
    opens.put(file);
  }

  @Override
  public void close(OpenFile file) throws ErrnoException {
    gate.run(SystemCall.CLOSE, () -> opens.close(file), file);
  }

  @Override
  public void setFlags(OpenFile file, int flags) throws ErrnoException {
    opens.setFlags(file, flags);
  }

  // Mapping

  @Override
  public FileMapping mmap(OpenFile file, long offset, long length, int protection, Sharing sharing)
      throws ErrnoException {
    return gate.get(
        SystemCall.MMAP,
        () -> {
          FileMapping mapping = mappings.map(file, offset, length, protection, sharing);
          accessTimes.touch(file);
          return mapping;
        },
        file,
        offset,
        length,
        protection,
        sharing);
  }

  // Reading and writing

  @Override
  public int read(OpenFile file, MemorySegment destination) throws ErrnoException {
    gate.charge();
    if (gate.traces()) {
      return gate.traced(
          SystemCall.READ, () -> data.read(file, destination), file, destination.byteSize());
    }
    return data.read(file, destination);
  }

  @Override
  public int pread(OpenFile file, MemorySegment destination, long position) throws ErrnoException {
    gate.charge();
    if (gate.traces()) {
      return gate.traced(
          SystemCall.PREAD,
          () -> data.readAt(file, position, destination, 0),
          file,
          destination.byteSize(),
          position);
    }
    return data.readAt(file, position, destination, 0);
  }

  @Override
  public int write(OpenFile file, MemorySegment source) throws ErrnoException {
    gate.charge();
    if (gate.traces()) {
      return gate.traced(SystemCall.WRITE, () -> data.write(file, source), file, source.byteSize());
    }
    return data.write(file, source);
  }

  @Override
  public int pwrite(OpenFile file, MemorySegment source, long position) throws ErrnoException {
    gate.charge();
    if (gate.traces()) {
      return gate.traced(
          SystemCall.PWRITE,
          () -> data.writeAt(file, position, source, 0),
          file,
          source.byteSize(),
          position);
    }
    return data.writeAt(file, position, source, 0);
  }

  @Override
  public int preadv2(OpenFile file, MemorySegment[] destinations, long position, int flags)
      throws ErrnoException {
    return gate.get(
        SystemCall.READV,
        () ->
            position == -1
                ? data.readVector(file, destinations, flags)
                : data.readVectorAt(file, position, destinations, flags),
        file,
        destinations.length,
        position,
        flags);
  }

  @Override
  public int pwritev2(OpenFile file, MemorySegment[] sources, long position, int flags)
      throws ErrnoException {
    return gate.get(
        SystemCall.WRITEV,
        () ->
            position == -1
                ? data.writeVector(file, sources, flags)
                : data.writeVectorAt(file, position, sources, flags),
        file,
        sources.length,
        position,
        flags);
  }

  @Override
  public long lseek(OpenFile file, long offset, SeekFrom from) throws ErrnoException {
    return gate.get(SystemCall.LSEEK, () -> files.seek(file, offset, from), file, offset, from);
  }

  @Override
  public void truncate(String path, long size) throws ErrnoException {
    gate.run(SystemCall.TRUNCATE, () -> attributes.truncate(null, path, size), path, size);
  }

  @Override
  public void ftruncate(OpenFile file, long size) throws ErrnoException {
    gate.run(SystemCall.FTRUNCATE, () -> attributes.truncate(file, size), file, size);
  }

  @Override
  public void fallocate(OpenFile file, int mode, long offset, long length) throws ErrnoException {
    gate.run(
        SystemCall.FALLOCATE,
        () -> files.allocate(file, mode, offset, length),
        file,
        mode,
        offset,
        length);
  }

  @Override
  public void discard(OpenFile file, long offset, long length) throws ErrnoException {
    gate.run(
        SystemCall.IOCTL,
        () -> files.discard(file, offset, length),
        file,
        FileCalls.BLKDISCARD,
        offset + "+" + length);
  }

  @Override
  public void fadvise(OpenFile file, long offset, long length, int advice) throws ErrnoException {
    gate.run(
        SystemCall.FADVISE,
        () -> files.advise(file, offset, length, advice),
        file,
        offset,
        length,
        advice);
  }

  @Override
  public void readahead(OpenFile file, long offset, long length) throws ErrnoException {
    gate.run(
        SystemCall.READAHEAD, () -> files.readAhead(file, offset, length), file, offset, length);
  }

  // Attributes

  @Override
  public Attributes statAt(OpenFile directory, String path, LinkMode links) throws ErrnoException {
    return gate.get(
        SystemCall.STAT, () -> attributes.of(directory, path, links.last()), path, links);
  }

  @Override
  public Attributes fstat(OpenFile file) throws ErrnoException {
    return gate.get(SystemCall.FSTAT, () -> AttributeCalls.of(file), file);
  }

  @Override
  public FileSystemStatus statfs(String path) throws ErrnoException {
    return gate.get(SystemCall.STATFS, () -> attributes.status(path), path);
  }

  @Override
  public FileSystemStatus fstatfs(OpenFile file) throws ErrnoException {
    return gate.get(SystemCall.FSTATFS, () -> AttributeCalls.status(file), file);
  }

  @Override
  public void accessAt(OpenFile directory, String path, int mask, LinkMode links)
      throws ErrnoException {
    gate.run(
        SystemCall.ACCESS,
        () -> attributes.access(directory, path, mask, links.last()),
        path,
        mask,
        links);
  }

  @Override
  public void chmodAt(OpenFile directory, String path, int mode, LinkMode links)
      throws ErrnoException {
    gate.run(
        SystemCall.CHMOD,
        () -> attributes.changeMode(directory, path, mode, links.last()),
        path,
        mode);
  }

  @Override
  public void fchmod(OpenFile file, int mode) throws ErrnoException {
    gate.run(SystemCall.FCHMOD, () -> attributes.changeMode(file, mode), file, mode);
  }

  @Override
  public void chownAt(OpenFile directory, String path, int uid, int gid, LinkMode links)
      throws ErrnoException {
    gate.run(
        SystemCall.CHOWN,
        () -> attributes.changeOwner(directory, path, uid, gid, links.last()),
        path,
        uid,
        gid,
        links);
  }

  @Override
  public void fchown(OpenFile file, int uid, int gid) throws ErrnoException {
    gate.run(SystemCall.FCHOWN, () -> attributes.changeOwner(file, uid, gid), file, uid, gid);
  }

  @Override
  public void utimensAt(
      OpenFile directory, String path, TimeChange access, TimeChange modification, LinkMode links)
      throws ErrnoException {
    gate.run(
        SystemCall.UTIMENSAT,
        () -> attributes.changeTimes(directory, path, access, modification, links.last()),
        path,
        access,
        modification,
        links);
  }

  @Override
  public void futimens(OpenFile file, TimeChange access, TimeChange modification)
      throws ErrnoException {
    gate.run(
        SystemCall.UTIMENSAT,
        () -> attributes.changeTimes(file, access, modification),
        file,
        access,
        modification,
        LinkMode.FOLLOW);
  }

  // Names

  @Override
  public void mkdirAt(OpenFile directory, String path, int mode) throws ErrnoException {
    gate.run(SystemCall.MKDIR, () -> names.makeDirectory(directory, path, mode), path, mode);
  }

  @Override
  public void rmdirAt(OpenFile directory, String path) throws ErrnoException {
    gate.run(SystemCall.RMDIR, () -> names.removeDirectory(directory, path), path);
  }

  @Override
  public void mknodAt(OpenFile directory, String path, int mode, long device)
      throws ErrnoException {
    gate.run(
        SystemCall.MKNOD, () -> names.makeNode(directory, path, mode, device), path, mode, device);
  }

  @Override
  public void linkAt(
      OpenFile existingDirectory,
      String existing,
      OpenFile createdDirectory,
      String created,
      LinkMode links)
      throws ErrnoException {
    gate.run(
        SystemCall.LINK,
        () -> names.link(existingDirectory, existing, createdDirectory, created, links.last()),
        existing,
        created,
        links);
  }

  @Override
  public void symlinkAt(String target, OpenFile directory, String path) throws ErrnoException {
    gate.run(
        SystemCall.SYMLINK, () -> names.makeSymbolicLink(target, directory, path), target, path);
  }

  @Override
  public String readlinkAt(OpenFile directory, String path) throws ErrnoException {
    return gate.get(SystemCall.READLINK, () -> attributes.readLink(directory, path), path);
  }

  @Override
  public void unlinkAt(OpenFile directory, String path) throws ErrnoException {
    gate.run(SystemCall.UNLINK, () -> names.unlink(directory, path), path);
  }

  @Override
  public void renameAt(
      OpenFile fromDirectory, String from, OpenFile toDirectory, String to, Set<RenameFlag> flags)
      throws ErrnoException {
    gate.run(
        SystemCall.RENAME,
        () -> names.rename(fromDirectory, from, toDirectory, to, flags),
        from,
        to,
        flags);
  }

  @Override
  public List<DirectoryEntry> getdents(OpenFile file, int maximum) throws ErrnoException {
    return gate.get(SystemCall.GETDENTS, () -> files.readDirectory(file, maximum), file, maximum);
  }

  @Override
  public String path(OpenFile file) {
    return PathNames.of(file.path());
  }

  // Durability

  @Override
  public void fsync(OpenFile file) throws ErrnoException {
    gate.run(
        SystemCall.FSYNC,
        () -> syncs.sync(file, 0, Long.MAX_VALUE, FileOperations.SyncScope.ALL),
        file);
  }

  @Override
  public void fdatasync(OpenFile file) throws ErrnoException {
    gate.run(
        SystemCall.FDATASYNC,
        () -> syncs.sync(file, 0, Long.MAX_VALUE, FileOperations.SyncScope.DATA),
        file);
  }

  @Override
  public void syncRange(
      OpenFile file, long firstByte, long lastByte, FileOperations.SyncScope scope)
      throws ErrnoException {
    syncs.sync(file, firstByte, lastByte, scope);
  }

  @Override
  public void sync() {
    gate.charge();
    if (!gate.traces()) {
      syncs.syncAll();
      return;
    }
    try {
      gate.traced(
          SystemCall.SYNC,
          () -> {
            syncs.syncAll();
            return null;
          });
    } catch (ErrnoException e) {
      throw new AssertionError("sync does not fail", e);
    }
  }

  @Override
  public void syncfs(OpenFile file) throws ErrnoException {
    gate.run(SystemCall.SYNCFS, () -> syncs.syncFileSystem(file), file);
  }

  @Override
  public void freeze(OpenFile file) throws ErrnoException {
    gate.run(SystemCall.IOCTL, () -> freezes.freeze(file), file, FreezeCalls.FIFREEZE, 0);
  }

  @Override
  public void thaw(OpenFile file) throws ErrnoException {
    gate.run(SystemCall.IOCTL, () -> freezes.thaw(file), file, FreezeCalls.FITHAW, 0);
  }

  @Override
  public void syncFileRange(OpenFile file, long offset, long length, int flags)
      throws ErrnoException {
    gate.run(
        SystemCall.SYNC_FILE_RANGE,
        () -> syncs.syncRange(file, offset, length, flags),
        file,
        offset,
        length,
        flags);
  }
}
