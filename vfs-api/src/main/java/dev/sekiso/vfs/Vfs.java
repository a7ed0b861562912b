package dev.sekiso.vfs;

import dev.sekiso.machine.ErrnoException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

/**
 * The system calls on files: the one door into the file systems.
 *
 * <p>Calls act for {@link dev.sekiso.machine.TaskContext#current}, whose credentials, umask and
 * limits they honour. They fail with an {@link ErrnoException} that carries the error number Linux
 * gives in that case. Any task may call anything at any time; what locks are taken is told in the
 * package description.
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
public final class Vfs {

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

  /** Makes a kind of file system known ({@code register_filesystem}). */
  public void register(FileSystemType type) {
    mounts.register(type);
  }

  /**
   * {@code mount(2)}: makes a file system appear at a directory; the first one on "/". Two mounts
   * of one device share its super block.
   *
   * @throws ErrnoException EPERM unless super user; ENODEV for an unknown type; ENOTDIR; EBUSY when
   *     it is mounted there already, or elsewhere read-only and here not; what the file system says
   */
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

  /**
   * Changes a mounted file system's options ({@code MS_REMOUNT}).
   *
   * @throws ErrnoException EINVAL when nothing is mounted there; EBUSY to read-only while files are
   *     open for writing, or removed files open
   */
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

  /**
   * {@code umount(2)}: syncs and, with the last mount of its device, releases the file system.
   *
   * @throws ErrnoException EINVAL when nothing is mounted there; EBUSY while files are open in it
   *     or other mounts are on it; otherwise the first error of writing, and it is unmounted all
   *     the same
   */
  public void unmount(String target) throws ErrnoException {
    gate.run(SystemCall.UMOUNT, () -> mounts.unmount(target), target);
  }

  /** Unmounts everything, the latest first, as at shutdown. */
  public void unmountAll() throws ErrnoException {
    mounts.unmountAll();
  }

  /** Everything mounted in the tree, the earliest first. */
  public List<Mount> mounts() {
    return mounts.mounts();
  }

  /**
   * Brings a file system in that has no place in the tree, such as the one of block devices ({@code
   * kern_mount}). It takes part in {@link #sync}.
   */
  public SuperBlock mountInternally(String source, String type, String options)
      throws ErrnoException {
    return mounts.mountInternally(source, type, options);
  }

  /** The end of {@link #mountInternally}. */
  public void unmountInternally(SuperBlock superBlock) throws ErrnoException {
    mounts.unmountInternally(superBlock);
  }

  /** Drops unused dentries and clean unused inodes of every file system ({@code drop_caches} 2). */
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

  /** {@code open(2)} of something that exists. */
  public OpenFile open(String path, OpenFlag... flags) throws ErrnoException {
    return openAt(null, path, OpenFlag.bits(flags), 0);
  }

  /** {@code open(2)}; the mode, less the umask, is for a file that is made. */
  public OpenFile open(String path, int mode, OpenFlag... flags) throws ErrnoException {
    return openAt(null, path, OpenFlag.bits(flags), mode);
  }

  /** {@code openat(2)}. */
  public OpenFile openAt(OpenFile directory, String path, int mode, OpenFlag... flags)
      throws ErrnoException {
    return openAt(directory, path, OpenFlag.bits(flags), mode);
  }

  /**
   * {@code openat(2)} with the flags as a number.
   *
   * @param directory where a relative path starts; null for the root
   * @param flags bits of {@link OpenFlag}
   */
  public OpenFile openAt(OpenFile directory, String path, int flags, int mode)
      throws ErrnoException {
    return gate.get(
        SystemCall.OPEN, () -> opens.open(directory, path, flags, mode), path, flags, mode);
  }

  /** Takes another reference, to be given back by {@link #close} ({@code dup}). */
  public OpenFile duplicate(OpenFile file) throws ErrnoException {
    if (!file.tryGet()) {
      throw DataCalls.notOpenFor(file, "duplicating");
    }
    return file;
  }

  /**
   * Gives back a reference that {@link #duplicate} took for a call that outlived its caller's
   * ({@code fput}): no system call, so nothing is flushed, charged or traced. May wait if it is the
   * last.
   */
  public void release(OpenFile file) {
    opens.put(file);
  }

  /**
   * {@code close(2)}: gives a reference back, the last one ends the open file. An error the file
   * system reports then is told, and the file is closed all the same. Errors of writeback are for
   * {@link #fsync} to tell.
   *
   * @throws ErrnoException EBADF when it is closed already
   */
  public void close(OpenFile file) throws ErrnoException {
    gate.run(SystemCall.CLOSE, () -> opens.close(file), file);
  }

  /**
   * Changes the flags that may change while open ({@code F_SETFL}): append, direct, non-blocking,
   * no access time, asynchronous signals.
   *
   * @param flags bits of {@link OpenFlag}; others are ignored
   */
  public void setFlags(OpenFile file, int flags) throws ErrnoException {
    opens.setFlags(file, flags);
  }

  // Mapping

  /**
   * {@code mmap(2)} as far as it concerns the file: whether it may be mapped so, and what then is
   * to be shown. Addresses are the affair of whoever keeps the process's memory, for whom this is;
   * programs use that.
   *
   * @param offset byte position in the file, a multiple of 4096
   * @param protection bits of PROT_READ (1), PROT_WRITE (2), PROT_EXEC (4)
   * @return what holds the open file until it is {@linkplain FileMapping#release released}
   * @throws ErrnoException EINVAL for an offset or a length that cannot be; EBADF; EOVERFLOW beyond
   *     the largest file; EACCES when it is not open for reading or, to store to a shared mapping,
   *     for writing, or only for appending; EPERM to execute what is on a noexec mount; ENODEV
   */
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

  /**
   * {@code read(2)} at the file's position.
   *
   * @return bytes read, 0 at the end of the file
   */
  public int read(OpenFile file, MemorySegment destination) throws ErrnoException {
    gate.charge();
    if (gate.traces()) {
      return gate.traced(
          SystemCall.READ, () -> data.read(file, destination), file, destination.byteSize());
    }
    return data.read(file, destination);
  }

  /** {@code pread(2)}: the file's position stays. */
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

  /**
   * {@code write(2)} at the file's position, or its end.
   *
   * @return bytes written; fewer than given at a limit or when the device is full
   */
  public int write(OpenFile file, MemorySegment source) throws ErrnoException {
    gate.charge();
    if (gate.traces()) {
      return gate.traced(SystemCall.WRITE, () -> data.write(file, source), file, source.byteSize());
    }
    return data.write(file, source);
  }

  /** {@code pwrite(2)}: the file's position stays. With {@link OpenFlag#APPEND} it appends. */
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

  public int read(OpenFile file, byte[] destination) throws ErrnoException {
    return read(file, MemorySegment.ofArray(destination));
  }

  public int write(OpenFile file, byte[] source) throws ErrnoException {
    return write(file, MemorySegment.ofArray(source));
  }

  public int pread(OpenFile file, byte[] destination, long position) throws ErrnoException {
    return pread(file, MemorySegment.ofArray(destination), position);
  }

  public int pwrite(OpenFile file, byte[] source, long position) throws ErrnoException {
    return pwrite(file, MemorySegment.ofArray(source), position);
  }

  /** Reads into what remains of a buffer and moves its position. */
  public int read(OpenFile file, ByteBuffer destination) throws ErrnoException {
    int count = read(file, MemorySegment.ofBuffer(destination));
    destination.position(destination.position() + count);
    return count;
  }

  /** Writes what remains in a buffer and moves its position. */
  public int write(OpenFile file, ByteBuffer source) throws ErrnoException {
    int count = write(file, MemorySegment.ofBuffer(source));
    source.position(source.position() + count);
    return count;
  }

  /** {@code readv(2)}. */
  public int readv(OpenFile file, MemorySegment... destinations) throws ErrnoException {
    return preadv2(file, destinations, -1, 0);
  }

  /** {@code writev(2)}: no other write comes between the segments. */
  public int writev(OpenFile file, MemorySegment... sources) throws ErrnoException {
    return pwritev2(file, sources, -1, 0);
  }

  /**
   * {@code preadv2(2)}.
   *
   * @param destinations at most 1024
   * @param position −1 for the file's own
   * @param flags of {@link TransferFlags}
   */
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

  /**
   * {@code pwritev2(2)}.
   *
   * @param sources at most 1024
   * @param position −1 for the file's own
   * @param flags of {@link TransferFlags}
   */
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

  /**
   * {@code lseek(2)}.
   *
   * @return the new position
   */
  public long lseek(OpenFile file, long offset, SeekFrom from) throws ErrnoException {
    return gate.get(SystemCall.LSEEK, () -> files.seek(file, offset, from), file, offset, from);
  }

  /** {@code truncate(2)}: shorter or longer; what is added reads as zeros. */
  public void truncate(String path, long size) throws ErrnoException {
    gate.run(SystemCall.TRUNCATE, () -> attributes.truncate(null, path, size), path, size);
  }

  /** {@code ftruncate(2)}. */
  public void ftruncate(OpenFile file, long size) throws ErrnoException {
    gate.run(SystemCall.FTRUNCATE, () -> attributes.truncate(file, size), file, size);
  }

  /**
   * {@code fallocate(2)} with the kernel's mode bits (FALLOC_FL_*). No file system here reserves
   * space or punches holes, as ext2 and ramfs do not in Linux: what passes the checks fails with
   * EOPNOTSUPP, in every mode.
   *
   * @throws ErrnoException in this order: EBADF for a closed file; EINVAL for a negative offset or
   *     a length below 1; EOPNOTSUPP for unknown modes and those that exclude each other; EBADF
   *     unless open for writing; EPERM for append-only and immutable files; ESPIPE, EISDIR, ENODEV
   *     for what is neither a regular file nor a block device; EFBIG beyond the largest file;
   *     EOPNOTSUPP
   */
  public void fallocate(OpenFile file, int mode, long offset, long length) throws ErrnoException {
    gate.run(
        SystemCall.FALLOCATE,
        () -> files.allocate(file, mode, offset, length),
        file,
        mode,
        offset,
        length);
  }

  /**
   * {@code ioctl(2)} BLKDISCARD: tells a block device that a range of bytes is no longer needed.
   * What is cached of the range goes; what reads find there afterwards is the device's affair. On a
   * device that a mounted file system holds, cached pages are written rather than dropped.
   *
   * @throws ErrnoException in this order: EBADF for a closed file; ENOTTY for what is no block
   *     device; EBADF unless open for writing; EOPNOTSUPP when the device cannot discard; EPERM
   *     when it is read-only; EINVAL for an empty range, one not made of whole logical blocks, or
   *     one beyond the end; EBUSY when pages of a device in use cannot be dropped; EIO
   */
  public void discard(OpenFile file, long offset, long length) throws ErrnoException {
    gate.run(
        SystemCall.IOCTL,
        () -> files.discard(file, offset, length),
        file,
        FileCalls.BLKDISCARD,
        offset + "+" + length);
  }

  /** {@code posix_fadvise(2)} with the kernel's numbers (POSIX_FADV_*); length 0 is to the end. */
  public void fadvise(OpenFile file, long offset, long length, int advice) throws ErrnoException {
    gate.run(
        SystemCall.FADVISE,
        () -> files.advise(file, offset, length, advice),
        file,
        offset,
        length,
        advice);
  }

  /** {@code readahead(2)}. */
  public void readahead(OpenFile file, long offset, long length) throws ErrnoException {
    gate.run(
        SystemCall.READAHEAD, () -> files.readAhead(file, offset, length), file, offset, length);
  }

  // Attributes

  /** {@code stat(2)}. */
  public Attributes stat(String path) throws ErrnoException {
    return stat(null, path, PathWalk.Last.FOLLOW);
  }

  /** {@code lstat(2)}: of a symbolic link itself. */
  public Attributes lstat(String path) throws ErrnoException {
    return stat(null, path, PathWalk.Last.NO_FOLLOW);
  }

  /** {@code fstatat(2)}. */
  public Attributes statAt(OpenFile directory, String path, LinkMode links) throws ErrnoException {
    return stat(directory, path, links.last());
  }

  private Attributes stat(OpenFile directory, String path, PathWalk.Last last)
      throws ErrnoException {
    return gate.get(
        SystemCall.STAT,
        () -> attributes.of(directory, path, last),
        path,
        last);
  }

  /** {@code fstat(2)}. */
  public Attributes fstat(OpenFile file) throws ErrnoException {
    return gate.get(
        SystemCall.FSTAT,
        () -> AttributeCalls.of(file),
        file);
  }

  /** {@code statfs(2)}. */
  public FileSystemStatus statfs(String path) throws ErrnoException {
    return gate.get(
        SystemCall.STATFS,
        () -> attributes.status(path),
        path);
  }

  /** {@code fstatfs(2)}. */
  public FileSystemStatus fstatfs(OpenFile file) throws ErrnoException {
    return gate.get(
        SystemCall.FSTATFS,
        () -> AttributeCalls.status(file),
        file);
  }

  /**
   * {@code access(2)}: succeeds if the caller may do all that the mask says.
   *
   * @param mask {@link #MAY_READ}, {@link #MAY_WRITE}, {@link #MAY_EXECUTE}; 0 asks for existence
   */
  public void access(String path, int mask) throws ErrnoException {
    accessAt(null, path, mask, LinkMode.FOLLOW);
  }

  /** {@code faccessat2(2)}. */
  public void accessAt(OpenFile directory, String path, int mask, LinkMode links)
      throws ErrnoException {
    gate.run(
        SystemCall.ACCESS,
        () -> attributes.access(directory, path, mask, links.last()),
        path,
        mask,
        links);
  }

  /** {@code chmod(2)}; 07777. */
  public void chmod(String path, int mode) throws ErrnoException {
    chmodAt(null, path, mode, LinkMode.FOLLOW);
  }

  /** {@code fchmodat2(2)}. */
  public void chmodAt(OpenFile directory, String path, int mode, LinkMode links)
      throws ErrnoException {
    gate.run(
        SystemCall.CHMOD,
        () -> attributes.changeMode(directory, path, mode, links.last()),
        path,
        mode);
  }

  /** {@code fchmod(2)}. */
  public void fchmod(OpenFile file, int mode) throws ErrnoException {
    gate.run(
        SystemCall.FCHMOD,
        () -> attributes.changeMode(file, mode),
        file,
        mode);
  }

  /** {@code chown(2)}; −1 leaves a number alone. */
  public void chown(String path, int uid, int gid) throws ErrnoException {
    chownAt(null, path, uid, gid, LinkMode.FOLLOW);
  }

  /** {@code lchown(2)}: of a symbolic link itself. */
  public void lchown(String path, int uid, int gid) throws ErrnoException {
    chownAt(null, path, uid, gid, LinkMode.NO_FOLLOW);
  }

  /** {@code fchownat(2)}. */
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

  /** {@code fchown(2)}. */
  public void fchown(OpenFile file, int uid, int gid) throws ErrnoException {
    gate.run(
        SystemCall.FCHOWN,
        () -> attributes.changeOwner(file, uid, gid),
        file,
        uid,
        gid);
  }

  /** {@code utimensat(2)} of a path. */
  public void utimens(String path, TimeChange access, TimeChange modification)
      throws ErrnoException {
    utimensAt(null, path, access, modification, LinkMode.FOLLOW);
  }

  /** {@code utimensat(2)}. */
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

  /** {@code futimens(3)}. */
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

  /** {@code mkdir(2)}. */
  public void mkdir(String path, int mode) throws ErrnoException {
    mkdirAt(null, path, mode);
  }

  /** {@code mkdirat(2)}. */
  public void mkdirAt(OpenFile directory, String path, int mode) throws ErrnoException {
    gate.run(SystemCall.MKDIR, () -> names.makeDirectory(directory, path, mode), path, mode);
  }

  /** {@code rmdir(2)}. */
  public void rmdir(String path) throws ErrnoException {
    rmdirAt(null, path);
  }

  /** {@code unlinkat(2)} with AT_REMOVEDIR. */
  public void rmdirAt(OpenFile directory, String path) throws ErrnoException {
    gate.run(SystemCall.RMDIR, () -> names.removeDirectory(directory, path), path);
  }

  /**
   * {@code mknod(2)}.
   *
   * @param mode type and permissions; no type means a regular file
   * @param device number of a device file
   */
  public void mknod(String path, int mode, long device) throws ErrnoException {
    mknodAt(null, path, mode, device);
  }

  /** {@code mknodat(2)}. */
  public void mknodAt(OpenFile directory, String path, int mode, long device)
      throws ErrnoException {
    gate.run(
        SystemCall.MKNOD, () -> names.makeNode(directory, path, mode, device), path, mode, device);
  }

  /** {@code link(2)}: a symbolic link gets the new name itself. */
  public void link(String existing, String created) throws ErrnoException {
    linkAt(null, existing, null, created, LinkMode.NO_FOLLOW);
  }

  /** {@code linkat(2)}. */
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

  /** {@code symlink(2)}: the target is kept as it is, whether it exists or not. */
  public void symlink(String target, String path) throws ErrnoException {
    symlinkAt(target, null, path);
  }

  /** {@code symlinkat(2)}. */
  public void symlinkAt(String target, OpenFile directory, String path) throws ErrnoException {
    gate.run(
        SystemCall.SYMLINK, () -> names.makeSymbolicLink(target, directory, path), target, path);
  }

  /** {@code readlink(2)}. */
  public String readlink(String path) throws ErrnoException {
    return readlinkAt(null, path);
  }

  /** {@code readlinkat(2)}. */
  public String readlinkAt(OpenFile directory, String path) throws ErrnoException {
    return gate.get(SystemCall.READLINK, () -> attributes.readLink(directory, path), path);
  }

  /** {@code unlink(2)}; the file itself goes when nobody has it open and no other name is left. */
  public void unlink(String path) throws ErrnoException {
    unlinkAt(null, path);
  }

  /** {@code unlinkat(2)}. */
  public void unlinkAt(OpenFile directory, String path) throws ErrnoException {
    gate.run(SystemCall.UNLINK, () -> names.unlink(directory, path), path);
  }

  /** {@code rename(2)}: replaces what the new name led to. */
  public void rename(String from, String to) throws ErrnoException {
    renameAt(null, from, null, to, Set.of());
  }

  /** {@code renameat2(2)}. */
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

  /**
   * {@code getdents(2)}: entries from the file's position on, "." and ".." among them.
   *
   * @param maximum most entries to return, at least 1
   * @return empty at the end
   */
  public List<DirectoryEntry> getdents(OpenFile file, int maximum) throws ErrnoException {
    return gate.get(
        SystemCall.GETDENTS,
        () -> files.readDirectory(file, maximum),
        file,
        maximum);
  }

  /**
   * Where an open file is now ({@code /proc/self/fd/N}, for a directory {@code getcwd}): a path
   * from the root, with " (deleted)" behind it when the name has been removed.
   */
  public String path(OpenFile file) {
    return PathNames.of(file.path());
  }

  // Durability

  /** {@code fsync(2)}: data and metadata, device cache included; tells of earlier failures once. */
  public void fsync(OpenFile file) throws ErrnoException {
    gate.run(
        SystemCall.FSYNC,
        () -> syncs.sync(file, 0, Long.MAX_VALUE, FileOperations.SyncScope.ALL),
        file);
  }

  /** {@code fdatasync(2)}: data, and of the metadata what reading it back needs. */
  public void fdatasync(OpenFile file) throws ErrnoException {
    gate.run(
        SystemCall.FDATASYNC,
        () -> syncs.sync(file, 0, Long.MAX_VALUE, FileOperations.SyncScope.DATA),
        file);
  }

  /** A range of a file, as {@code msync(2)} and synchronous writes do ({@code vfs_fsync_range}). */
  public void syncRange(
      OpenFile file, long firstByte, long lastByte, FileOperations.SyncScope scope)
      throws ErrnoException {
    syncs.sync(file, firstByte, lastByte, scope);
  }

  /** {@code sync(2)}: everything. Never fails; errors wait for {@code fsync} and {@code syncfs}. */
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

  /** {@code syncfs(2)}: the file system a file is in; tells of its failures once per open file. */
  public void syncfs(OpenFile file) throws ErrnoException {
    gate.run(SystemCall.SYNCFS, () -> syncs.syncFileSystem(file), file);
  }

  /**
   * {@code ioctl(2)} FIFREEZE: freezes the file system a file is in. New calls and first stores
   * into mappings that would change it wait, those under way are waited for; then everything is
   * written, so that the device can be copied as it is. Reading goes on, {@code sync} does not
   * wait, {@code RWF_NOWAIT} fails with EAGAIN. An unmount takes the mount away and leaves the file
   * system frozen; mounted again, it can be thawed.
   *
   * @throws ErrnoException EBADF; EPERM unless super user; EOPNOTSUPP when the file system cannot
   *     be frozen; EBUSY when it is; what writing failed with, and then it is not frozen
   */
  public void freeze(OpenFile file) throws ErrnoException {
    gate.run(SystemCall.IOCTL, () -> freezes.freeze(file), file, FreezeCalls.FIFREEZE, 0);
  }

  /**
   * {@code ioctl(2)} FITHAW: lets changes of a frozen file system go ahead.
   *
   * @throws ErrnoException EBADF; EPERM unless super user; EINVAL when it is not frozen
   */
  public void thaw(OpenFile file) throws ErrnoException {
    gate.run(SystemCall.IOCTL, () -> freezes.thaw(file), file, FreezeCalls.FITHAW, 0);
  }

  /**
   * {@code sync_file_range(2)}: starts and waits for writing of data, without metadata and without
   * the device's cache: no durability.
   *
   * @param length 0 for to the end
   * @param flags of {@link FileOperations#WAIT_BEFORE}, {@link FileOperations#START_WRITE}, {@link
   *     FileOperations#WAIT_AFTER}
   */
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
