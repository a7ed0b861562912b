package dev.sekiso.vfs;

import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.machine.SleepingLock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What is mounted where (the kernel's mount namespace and list of super blocks).
 *
 * <p>{@link #lock} ({@code namespace_sem}) is held while mounts come and go, before every inode
 * lock. Path walks take no lock: they look at {@link Mount#covers} and take a reference on what
 * they find, which fails once the mount has ended. The list of super blocks is copied on write, so
 * {@code sync} walks it while others mount; {@link SuperBlock#whileAlive} keeps one from ending
 * meanwhile.
 */
@SuppressWarnings("ReferenceEquality") // mounts and dentries are themselves, not their values
final class MountTable {

  private final VfsServices services;
  private final AccessTimes accessTimes;
  private final TreeMap<String, FileSystemType> types = new TreeMap<>();
  private final SleepingLock lock;
  private final CopyOnWriteArrayList<Mount> mounts = new CopyOnWriteArrayList<>();
  private final CopyOnWriteArrayList<SuperBlock> superBlocks = new CopyOnWriteArrayList<>();
  private volatile Mount rootMount;
  private int nextMountId = 1;
  private long nextDeviceNumber = 1;

  MountTable(VfsServices services, AccessTimes accessTimes) {
    this.services = services;
    this.accessTimes = accessTimes;
    Machine machine = services.machine();
    this.lock = machine.newLock("mount table");
  }

  void register(FileSystemType type) {
    synchronized (types) {
      if (types.putIfAbsent(type.name(), type) != null) {
        throw new IllegalArgumentException(
            "there is a file system type '" + type.name() + "' already");
      }
    }
  }

  /** All types that are registered, by name. */
  List<FileSystemType> types() {
    synchronized (types) {
      return List.copyOf(types.values());
    }
  }

  private FileSystemType type(String name) throws ErrnoException {
    synchronized (types) {
      FileSystemType type = types.get(name);
      if (type == null) {
        throw new ErrnoException(
            Errno.ENODEV,
            "there is no file system type '" + name + "'; registered are " + types.keySet());
      }
      return type;
    }
  }

  /** The root of the tree, with references. */
  Path root() throws ErrnoException {
    Mount root = rootMount;
    if (root == null || !root.tryGet()) {
      throw new ErrnoException(Errno.ENOENT, "nothing is mounted; mount a file system on '/'");
    }
    return new Path(root, root.root().get());
  }

  boolean isRoot(Mount mount, Dentry dentry) {
    return mount == rootMount && dentry == mount.root();
  }

  List<Mount> mounts() {
    return List.copyOf(mounts);
  }

  List<SuperBlock> superBlocks() {
    return superBlocks;
  }

  private static void requireSuperUser(String what) throws ErrnoException {
    if (!Permissions.caller().isSuperUser()) {
      throw new ErrnoException(
          Errno.EPERM, "only the super user may " + what + ", not " + Permissions.caller().uid());
    }
  }

  Mount mount(String source, String target, String typeName, Set<MountFlag> flags, String options)
      throws ErrnoException {
    lock.lock();
    try {
      Path place = rootMount == null && isOnlySlashes(target) ? null : resolve(target);
      try {
        requireSuperUser("mount");
        FileSystemType type = type(typeName);
        Mount mount = attach(type, new MountRequest(source, flags, options, services), place);
        place = null;
        return mount;
      } finally {
        if (place != null) {
          place.put();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private Path resolve(String target) throws ErrnoException {
    try (PathWalk walk = new PathWalk(this, accessTimes, null, target)) {
      return walk.resolve(PathWalk.Last.FOLLOW);
    }
  }

  private static boolean isOnlySlashes(String path) {
    return !path.isEmpty() && path.chars().allMatch(c -> c == '/');
  }

  /** Mounts at a place whose references the mount takes over; null for the root of the tree. */
  private Mount attach(FileSystemType type, MountRequest request, Path place)
      throws ErrnoException {
    SuperBlock superBlock = superBlock(type, request);
    try {
      if (place == null) {
        Mount mount = newMount(superBlock, null, request);
        rootMount = mount;
        return mount;
      }
      return cover(superBlock, place, request);
    } catch (ErrnoException | RuntimeException e) {
      if (superBlock.removeMount()) {
        end(superBlock);
      }
      throw e;
    }
  }

  private Mount cover(SuperBlock superBlock, Path place, MountRequest request)
      throws ErrnoException {
    if (place.mount().superBlock() == superBlock && place.dentry() == place.mount().root()) {
      throw new ErrnoException(Errno.EBUSY, superBlock + " is mounted on '" + place + "' already");
    }
    if (place.dentry().isDirectory() != superBlock.root().isDirectory()) {
      throw new ErrnoException(
          Errno.ENOTDIR, "'" + place + "' and the root of " + superBlock + " differ in kind");
    }
    SleepingLock inodeLock = place.inode().lock().writeLock();
    inodeLock.lock();
    try {
      if (!place.dentry().isRoot() && !place.dentry().isHashed()) {
        throw new ErrnoException(Errno.ENOENT, "'" + place + "' has been removed");
      }
      Mount mount = newMount(superBlock, place, request);
      place.mount().covers().put(place.dentry(), mount);
      place.dentry().changeMountsOnTop(1);
      return mount;
    } finally {
      inodeLock.unlock();
    }
  }

  private Mount newMount(SuperBlock superBlock, Path place, MountRequest request) {
    Mount mount =
        new Mount(nextMountId++, superBlock, superBlock.rootDentry().get(), place, request.flags());
    mounts.add(mount);
    return mount;
  }

  /** The live super block of a device, or a new one; the mount is counted. */
  private SuperBlock superBlock(FileSystemType type, MountRequest request) throws ErrnoException {
    if (type.requiresDevice()) {
      for (SuperBlock live : superBlocks) {
        if (live.type() == type && live.source().equals(request.source())) {
          if (live.isReadOnly() != request.flags().contains(MountFlag.READ_ONLY)) {
            throw new ErrnoException(
                Errno.EBUSY,
                live
                    + " is mounted "
                    + (live.isReadOnly() ? "read-only" : "read-write")
                    + " elsewhere; a device can be mounted in one way only");
          }
          live.addMount();
          return live;
        }
      }
    }
    SuperBlock fresh = type.mount(request);
    if (fresh.root() == null) {
      throw new IllegalStateException(type.name() + " made a super block without a root");
    }
    fresh.setDeviceNumber(nextDeviceNumber++);
    fresh.addMount();
    superBlocks.add(fresh);
    return fresh;
  }

  /** Brings in a file system that has no place in the tree ({@code kern_mount}). */
  SuperBlock mountInternally(String source, String typeName, String options) throws ErrnoException {
    lock.lock();
    try {
      return superBlock(type(typeName), new MountRequest(source, Set.of(), options, services));
    } finally {
      lock.unlock();
    }
  }

  void unmountInternally(SuperBlock superBlock) throws ErrnoException {
    lock.lock();
    try {
      if (!superBlocks.contains(superBlock)) {
        throw new ErrnoException(Errno.EINVAL, superBlock + " is not mounted");
      }
      if (superBlock.removeMount()) {
        end(superBlock);
      }
    } finally {
      lock.unlock();
    }
  }

  void unmount(String target) throws ErrnoException {
    lock.lock();
    try {
      Mount mount;
      Path place = resolve(target);
      try {
        requireSuperUser("unmount");
        mount = place.mount();
        if (place.dentry() != mount.root()) {
          throw new ErrnoException(Errno.EINVAL, "nothing is mounted on '" + target + "'");
        }
      } finally {
        place.put();
      }
      detach(mount);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Unmounts everything in the tree, the latest first. Stops at the first that is busy. What is
   * frozen is thawed, with or without a mount, so that all of it ends.
   */
  void unmountAll() throws ErrnoException {
    lock.lock();
    try {
      List<Mount> latestFirst = new ArrayList<>(mounts);
      Collections.reverse(latestFirst);
      ErrnoException failure = thawAll();
      for (Mount mount : latestFirst) {
        try {
          detach(mount);
        } catch (ErrnoException e) {
          if (e.errno() == Errno.EBUSY) {
            throw e;
          }
          failure = failure == null ? e : failure;
        }
      }
      if (failure != null) {
        throw failure;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Gives what went wrong first, or null. */
  private ErrnoException thawAll() {
    ErrnoException failure = null;
    for (SuperBlock superBlock : List.copyOf(superBlocks)) {
      try {
        if (superBlock.isFrozen()) {
          superBlock.thaw();
        }
        if (!superBlock.isMounted()) {
          end(superBlock);
        }
      } catch (ErrnoException e) {
        failure = failure == null ? e : failure;
      }
    }
    return failure;
  }

  /** A frozen file system stays until it is mounted again and thawed, as in Linux. */
  private void detach(Mount mount) throws ErrnoException {
    if (!mount.covers().isEmpty()) {
      throw new ErrnoException(
          Errno.EBUSY,
          mount + " has other mounts on it; unmount those first: " + mount.covers().values());
    }
    if (!mount.tryEnd()) {
      throw new ErrnoException(
          Errno.EBUSY,
          "%s is in use by %d open files or walks; close them first"
              .formatted(mount, mount.references()));
    }
    mounts.remove(mount);
    Path place = mount.mountPoint();
    if (place == null) {
      rootMount = null;
    } else {
      place.mount().covers().remove(place.dentry());
      place.dentry().changeMountsOnTop(-1);
    }
    SuperBlock superBlock = mount.superBlock();
    mount.root().put();
    if (place != null) {
      place.put();
    }
    if (superBlock.removeMount() && !superBlock.isFrozen()) {
      end(superBlock);
    }
  }

  private void end(SuperBlock superBlock) throws ErrnoException {
    try {
      superBlock.shutDown();
    } finally {
      superBlocks.remove(superBlock);
    }
  }

  void remount(String target, Set<MountFlag> flags, String options) throws ErrnoException {
    lock.lock();
    try {
      Path place = resolve(target);
      try {
        requireSuperUser("remount");
        if (place.dentry() != place.mount().root()) {
          throw new ErrnoException(Errno.EINVAL, "nothing is mounted on '" + target + "'");
        }
        remount(place.mount(), flags, options);
      } finally {
        place.put();
      }
    } finally {
      lock.unlock();
    }
  }

  private void remount(Mount mount, Set<MountFlag> flags, String options) throws ErrnoException {
    SuperBlock superBlock = mount.superBlock();
    if (superBlock.freezeLevel() != FreezeLevel.UNFROZEN) {
      throw new ErrnoException(
          Errno.EBUSY, superBlock + " is frozen, or is being so; thaw it to remount it");
    }
    MountRequest request = new MountRequest(superBlock.source(), flags, options, services);
    boolean toReadOnly = flags.contains(MountFlag.READ_ONLY) && !superBlock.isReadOnly();
    Set<MountFlag> before = superBlock.flags();
    if (toReadOnly) {
      prepareReadOnly(superBlock);
    }
    try {
      superBlock.whileAlive(s -> {
        if (toReadOnly) {
          s.syncAll();
        }
        s.operations().remount(request);
      });
      EnumSet<MountFlag> own = EnumSet.noneOf(MountFlag.class);
      own.addAll(flags);
      own.remove(MountFlag.READ_ONLY);
      mount.setFlags(own);
      superBlock.setFlags(flags);
    } catch (ErrnoException | RuntimeException e) {
      if (toReadOnly) {
        superBlock.setFlags(before);
      }
      throw e;
    }
  }

  /**
   * Turns a file system read-only unless something is being changed ({@code
   * sb_prepare_remount_readonly}): the flag first, then the count, as writers do it the other way.
   */
  private void prepareReadOnly(SuperBlock superBlock) throws ErrnoException {
    Set<MountFlag> before = superBlock.flags();
    superBlock.forceReadOnly();
    for (Mount mount : mounts) {
      if (mount.superBlock() == superBlock && mount.writers() > 0) {
        superBlock.setFlags(before);
        throw new ErrnoException(
            Errno.EBUSY,
            "files are open for writing in " + superBlock + "; close them to remount read-only");
      }
    }
    boolean[] orphan = new boolean[1];
    superBlock.forEachInode(inode -> orphan[0] |= inode.links() == 0);
    if (orphan[0]) {
      superBlock.setFlags(before);
      throw new ErrnoException(
          Errno.EBUSY,
          "removed files of " + superBlock + " are still open; close them to remount read-only");
    }
  }
}
