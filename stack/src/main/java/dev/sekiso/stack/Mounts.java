package dev.sekiso.stack;

import dev.sekiso.blockdev.Bio;
import dev.sekiso.blockdev.BlockDevice;
import dev.sekiso.blockdev.BlockIo;
import dev.sekiso.machine.Errno;
import dev.sekiso.machine.ErrnoException;
import dev.sekiso.machine.Machine;
import dev.sekiso.vfs.FileSystemType;
import dev.sekiso.vfs.FileType;
import dev.sekiso.vfs.MountFlag;
import dev.sekiso.vfs.Vfs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Formats and mounts what the settings ask for, outermost places first.
 *
 * <p>The first device is mounted at {@code mountpoint} unless something else is or {@code
 * filesystem} is {@code none}. Where nothing is mounted on {@code /}, a ramfs is. Places that do
 * not exist are made.
 *
 * <p>Every device has a file in {@code /dev} where the root is in memory. Where it is on a disk,
 * {@code /dev} is what the disk has; but if there are devices that are not mounted, it is a file
 * system in memory with the files of all ({@code devtmpfs}).
 */
final class Mounts {

  /** Says that devices are not to be mounted. */
  static final String NONE = "none";

  private static final String ROOT = "/";
  private static final String ROOT_TYPE = "ramfs";
  private static final String DEVICE_TYPE = "ext2";
  private static final String OPTIONS = "options";
  private static final int DIRECTORY_MODE = 0755;
  private static final String DEVICE_FOLDER = "/dev";

  /** The source that {@code /proc/mounts} shows for it. */
  private static final String DEVICE_FILE_SYSTEM = "devtmpfs";

  private static final int DEVICE_MODE = 0660;

  /**
   * File systems keep their super blocks here or before: ext2 at 1 KiB, XFS at 0, swap at 4 KiB,
   * Reiserfs and Btrfs at 64 KiB.
   */
  private static final int BLANK_CHECK_BYTES = 128 << 10;

  /**
   * From here on, 64 GiB, a fresh device's zeroes are made use of when it is formatted, as writing
   * them again would take longer than most runs: its inode tables are a gibibyte or more. Smaller
   * ones are written in full, as {@code mke2fs} does.
   */
  private static final long LARGE_DEVICE_BYTES = 64L << 30;

  /** Options that concern the mount, as {@code mount(8)} writes them; the rest is the type's. */
  private static final Map<String, MountFlag> FLAGS =
      Map.ofEntries(
          Map.entry("ro", MountFlag.READ_ONLY),
          Map.entry("nosuid", MountFlag.NO_SET_USER_ID),
          Map.entry("nodev", MountFlag.NO_DEVICE_FILES),
          Map.entry("noexec", MountFlag.NO_EXEC),
          Map.entry("sync", MountFlag.SYNCHRONOUS),
          Map.entry("dirsync", MountFlag.DIRECTORY_SYNCHRONOUS),
          Map.entry("noatime", MountFlag.NO_ACCESS_TIME),
          Map.entry("nodiratime", MountFlag.NO_DIRECTORY_ACCESS_TIME),
          Map.entry("relatime", MountFlag.RELATIVE_ACCESS_TIME),
          Map.entry("strictatime", MountFlag.STRICT_ACCESS_TIME),
          Map.entry("lazytime", MountFlag.LAZY_TIME));

  /** Options that only say what is the case anyhow. */
  private static final Set<String> DEFAULTS = Set.of("defaults", "rw", "suid", "dev", "exec");

  private final StackCatalog catalog;
  private final StackSettings settings;
  private final Machine machine;
  private final Map<String, BlockDevice> devices;
  private final Map<String, FileSystemType> types;
  private final Vfs vfs;
  private final Predicate<String> fresh;

  /**
   * @param fresh whether nothing was ever written to a device, given its name
   */
  Mounts(
      StackCatalog catalog,
      StackSettings settings,
      Machine machine,
      Map<String, BlockDevice> devices,
      Map<String, FileSystemType> types,
      Vfs vfs,
      Predicate<String> fresh) {
    this.catalog = catalog;
    this.settings = settings;
    this.machine = machine;
    this.devices = devices;
    this.types = types;
    this.vfs = vfs;
    this.fresh = fresh;
  }

  /** One file system to mount. */
  private record Wish(String path, Selection type, String place) {}

  /**
   * @param numbers the devices' numbers, for their files in {@code /dev}
   */
  void mountAll(Map<String, Long> numbers) throws ErrnoException {
    List<Wish> wishes = wishes();
    for (Wish wish : wishes) {
      try {
        mount(wish);
      } catch (ConfigurationException e) {
        throw new ConfigurationException(
            wish.place + ": mounting " + wish.type + " on " + wish.path + ": " + e.getMessage(), e);
      }
      if (wish.path.equals(ROOT) && wish.type.name().equals(ROOT_TYPE) && !numbers.isEmpty()) {
        makeDirectories(DEVICE_FOLDER);
        makeDeviceFiles(numbers);
      }
    }
    if (leavesDevices(wishes)) {
      mountDeviceFiles(numbers);
    }
  }

  /** Whether the root is on a disk and there are devices besides those that are mounted. */
  private boolean leavesDevices(List<Wish> wishes) {
    Set<String> others = new HashSet<>(devices.keySet());
    for (Wish wish : wishes) {
      if (wish.path.equals(DEVICE_FOLDER)
          || (wish.path.equals(ROOT) && wish.type.name().equals(ROOT_TYPE))) {
        return false;
      }
      if (types.get(wish.type.name()).requiresDevice()) {
        others.remove(device(wish.type).isEmpty() ? firstDevice() : device(wish.type));
      }
    }
    return !others.isEmpty();
  }

  /** A root on a disk that cannot be written, and has no place for them, goes without. */
  private void mountDeviceFiles(Map<String, Long> numbers) throws ErrnoException {
    try {
      makeDirectories(DEVICE_FOLDER);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EROFS) {
        return;
      }
      throw e;
    }
    vfs.mount(DEVICE_FILE_SYSTEM, DEVICE_FOLDER, ROOT_TYPE, Set.of(), "");
    makeDeviceFiles(numbers);
  }

  private void makeDeviceFiles(Map<String, Long> numbers) throws ErrnoException {
    for (Map.Entry<String, Long> device : numbers.entrySet()) {
      vfs.mknod(
          DEVICE_FOLDER + "/" + device.getKey(),
          FileType.BLOCK_DEVICE.modeBits() | DEVICE_MODE,
          device.getValue());
    }
  }

  private List<Wish> wishes() {
    Map<String, Wish> wishes = new LinkedHashMap<>();
    settings
        .mounts()
        .forEach((path, type) ->
            wishes.put(path, new Wish(path, type, settings.place("mount." + path))));
    addFirstDevice(wishes);
    if (!wishes.containsKey(ROOT)) {
      wishes.put(ROOT, new Wish(ROOT, Selection.of(ROOT_TYPE), "default"));
    }
    List<Wish> outermostFirst = new ArrayList<>(wishes.values());
    outermostFirst.sort(Comparator.comparingInt(wish -> depth(wish.path)));
    return outermostFirst;
  }

  private static int depth(String path) {
    return (int) List.of(path.split("/")).stream().filter(part -> !part.isEmpty()).count();
  }

  private void addFirstDevice(Map<String, Wish> wishes) {
    Selection type =
        settings.has("filesystem")
            ? settings.selection("filesystem")
            : Selection.of(devices.isEmpty() ? ROOT_TYPE : DEVICE_TYPE);
    String path = settings.text("mountpoint");
    boolean taken =
        wishes.containsKey(path)
            || (!devices.isEmpty()
                && wishes.values().stream()
                    .anyMatch(wish -> firstDevice().equals(device(wish.type))));
    if (!type.name().equals(NONE) && !taken) {
      wishes.put(path, new Wish(path, type, settings.place("filesystem")));
    }
  }

  private String firstDevice() {
    return devices.isEmpty() ? "" : devices.keySet().iterator().next();
  }

  private static String device(Selection type) {
    return type.argument();
  }

  private void mount(Wish wish) throws ErrnoException {
    Choice<Seams.FileSystemFactory> choice = catalog.choice(Seams.FILE_SYSTEM, wish.type.name());
    Values values = choice.values(wish.type.without(OPTIONS));
    FileSystemType type = types.get(choice.name());
    String source = choice.name();
    List<String> own = new ArrayList<>();
    Set<MountFlag> flags = flags(wish.type.parameters().getOrDefault(OPTIONS, ""), own);
    if (type.requiresDevice()) {
      source = source(wish.type);
      format(choice, values, source, flags);
    }
    makeDirectories(wish.path);
    vfs.mount(source, wish.path, choice.name(), flags, String.join(",", own));
  }

  private String source(Selection type) {
    if (devices.isEmpty()) {
      throw new ConfigurationException(
          type.name() + " needs a device: name one, as in device(\"file:disk.img\")");
    }
    String source = device(type).isEmpty() ? firstDevice() : device(type);
    if (!devices.containsKey(source)) {
      throw StackCatalog.unknown("device", source, devices.keySet());
    }
    return source;
  }

  /** Who only wants to read does not want a blank device written to. */
  private void format(
      Choice<Seams.FileSystemFactory> choice, Values values, String source, Set<MountFlag> flags)
      throws ErrnoException {
    BlockDevice device = devices.get(source);
    boolean readOnly = device.readOnly() || flags.contains(MountFlag.READ_ONLY);
    boolean wanted =
        switch (settings.text("format")) {
          case "always" -> true;
          case "never" -> false;
          default -> !readOnly && isBlank(device);
        };
    if (wanted) {
      boolean zeroed =
          fresh.test(source) && device.sectors() << Bio.SECTOR_SHIFT >= LARGE_DEVICE_BYTES;
      choice
          .factory()
          .format(machine, device, zeroed ? Seams.Before.ZEROES : Seams.Before.ANYTHING, values);
    }
  }

  private boolean isBlank(BlockDevice device) throws ErrnoException {
    long bytes =
        Math.min(BLANK_CHECK_BYTES, device.sectors() << Bio.SECTOR_SHIFT)
            & -device.limits().logicalBlockSize();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(bytes, 4096);
      new BlockIo(machine, device).read(0, memory);
      return memory.mismatch(arena.allocate(bytes, 4096)) == -1;
    }
  }

  private void makeDirectories(String path) throws ErrnoException {
    StringBuilder made = new StringBuilder();
    for (String part : path.split("/")) {
      if (part.isEmpty()) {
        continue;
      }
      made.append('/').append(part);
      try {
        vfs.mkdir(made.toString(), DIRECTORY_MODE);
      } catch (ErrnoException e) {
        if (e.errno() != Errno.EEXIST) {
          throw e;
        }
      }
    }
  }

  /** Takes the mount's own flags out of the options; the rest goes to {@code own}. */
  static Set<MountFlag> flags(String options, List<String> own) {
    Set<MountFlag> flags = EnumSet.noneOf(MountFlag.class);
    for (String option : options.split(",")) {
      MountFlag flag = FLAGS.get(option);
      if (flag != null) {
        flags.add(flag);
      } else if (!option.isEmpty() && !DEFAULTS.contains(option)) {
        own.add(option);
      }
    }
    return flags;
  }
}
