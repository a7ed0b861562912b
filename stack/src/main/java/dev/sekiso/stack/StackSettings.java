package dev.sekiso.stack;

import dev.sekiso.aio.AioSettings;
import dev.sekiso.pagecache.PageCache;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a stack is to be: every key with its checked value and the place it comes from. Immutable.
 *
 * <p>A value comes from the last of: the setting's default, the profile, the configuration file,
 * the options given to the builder. Besides the keys of {@link #describe} there are families:
 * {@code device.NAME}, the address of a device; {@code mount.PATH}, what is mounted where; and
 * those of {@link #describeGroups} with a control group's path, as {@code memory.max./db}. A key
 * may be written with {@code vm.} in front, as in {@code sysctl.conf}.
 */
public final class StackSettings {

  static final String RECLAIM_WRITES = "reclaim_writes";
  static final String LARGE_FOLIOS = "large_folios";
  static final String WRITEBACK_ERRORS = "writeback_errors";

  private static final String DEVICE = "device.";
  private static final String MOUNT = "mount.";
  private static final String SYSCTL_PREFIX = "vm.";
  private static final long TEBIBYTE = 1L << 40;

  private final Values values;
  private final Map<String, String> places;
  private final Map<String, Selection> devices;
  private final Map<String, Selection> mounts;
  private final List<DeviceSetting> deviceSettings;
  private final List<GroupKeys.Said> groups;

  /**
   * A setting of one device's queue: {@code sda/nr_requests = 64}.
   *
   * @param place who gave it
   */
  record DeviceSetting(String device, String name, String value, String place) {}

  private StackSettings(
      Values values,
      Map<String, String> places,
      Map<String, Selection> devices,
      Map<String, Selection> mounts,
      List<DeviceSetting> deviceSettings,
      List<GroupKeys.Said> groups) {
    this.values = values;
    this.places = places;
    this.devices = devices;
    this.mounts = mounts;
    this.deviceSettings = deviceSettings;
    this.groups = groups;
  }

  /** Every key there is without plugins, with type, default, range, unit and meaning. */
  public static List<Setting> describe() {
    List<Setting> all = new ArrayList<>();
    all.addAll(choices());
    all.addAll(machine());
    all.addAll(memory());
    all.addAll(WritebackKeys.all());
    all.addAll(block());
    return Collections.unmodifiableList(all);
  }

  /** What can be set of a control group: keys that have its path behind, as {@code .../db}. */
  public static List<Setting> describeGroups() {
    return GroupKeys.all();
  }

  /**
   * What can be set of any device's writeback: keys that have its name in front, as {@code
   * sda/bdi/max_ratio}. What its queue has is in {@link StorageStack#tunables}.
   */
  public static List<Setting> describeDevices() {
    return WritebackKeys.ofDevice();
  }

  private static List<Setting> choices() {
    return List.of(
        Setting.text("profile", Profiles.DEFAULT, "named set of the choices and settings below"),
        Setting.text("machine", "system", "where it runs: in real or in virtual time"),
        Setting.text("readahead", "", "policy: how much is read before it is asked for"),
        Setting.text("replacement", "", "policy: which page leaves when memory is wanted"),
        Setting.text("msync", "today", "what msync does, and who knows of stores to mappings"),
        Setting.text("flusher", "", "who writes dirty pages back, and when"),
        Setting.text("throttle", "", "how long a task that dirties pages has to rest"),
        Setting.text(
                "scheduler", "", "I/O scheduler of every device; empty: by the kind of the device")
            .live(),
        Setting.text(
            "scheduler.rotational", "", "I/O scheduler of devices that seek, if none is named"),
        Setting.text(
            "scheduler.solid", "", "I/O scheduler of devices that do not seek, if none is named"),
        Setting.text("layer.pagecache", "folio", "the page cache"),
        Setting.text("layer.writeback", "cgroup", "the writeback layer"),
        Setting.text("layer.blockqueue", "multi-queue", "what stands before each driver"),
        Setting.text("layer.aio", "engine", "the asynchronous-I/O layer"),
        Setting.text(
            "filesystem",
            "",
            "file system of the first device, as ext2?block_size=1k; empty: ext2, or ramfs without"
                + " a device"),
        Setting.text("mountpoint", "/", "where the first device's file system is mounted"),
        Setting.word(
            "format",
            "if-blank",
            List.of("if-blank", "always", "never"),
            "whether a device is formatted before it is mounted"));
  }

  private static List<Setting> machine() {
    return List.of(
        Setting.integer(
            "syscall_nanos",
            "100",
            0,
            1_000_000,
            "ns",
            "processor time of a system call in virtual time: entry, exit and the VFS's own work"
                + " (lmbench lat_syscall null gives 50 to 200 ns)"),
        Setting.integer(
            "copy_nanos_per_page",
            "400",
            0,
            1_000_000,
            "ns",
            "processor time of copying 4 KiB between caller and cache in virtual time (lmbench"
                + " bw_mem bcopy: about 10 GB/s)"));
  }

  private static List<Setting> memory() {
    return List.of(
        Setting.size(
            "memory", "256m", 1L << 20, TEBIBYTE, "memory of the page cache (what MemTotal is)"),
        Setting.size(
            "fault_around_bytes",
            "64k",
            PageCache.PAGE_SIZE,
            2L << 20,
            "what a read fault of a mapping maps around it of what is cached; rounded down to a"
                + " power of two"),
        Setting.integer(
            "max_map_count", "65530", 1, 1 << 30, "areas", "areas of memory a process may have"),
        Setting.word(
            WRITEBACK_ERRORS,
            "each-open-file",
            List.of("each-open-file", "first-waiter", "first-waiter-or-sync"),
            "who is told that writing back failed: each open file once (since 4.13), the first that"
                + " waits (since 4.4), or sync, which tells nobody, if it is the first to wait"),
        Setting.word(
            "remap_file_pages",
            "emulated",
            List.of("emulated", "in-place"),
            "whether non-linear mappings are an area per run, or one area's page table"),
        Setting.word(
            RECLAIM_WRITES,
            "never",
            List.of("never", "background", "writers"),
            "whether reclaim writes dirty pages itself: never, it wakes the flushers; the"
                + " background reclaimer does; or writers that need memory do, too, as in 2.6"
                + " (shrink_list, pageout)"),
        Setting.word(
            LARGE_FOLIOS,
            "on",
            List.of("on", "off"),
            "whether pages that are read or written together may become one folio of up to 2 MiB,"
                + " where the file system can use them"));
  }

  private static List<Setting> block() {
    return List.of(
        Setting.integer(
                "read_ahead_kb",
                "",
                0,
                1 << 20,
                "KiB",
                "largest readahead of files on every device; empty: as the device says")
            .live(),
        Setting.integer(
                "nr_requests",
                "",
                1,
                65_536,
                "requests",
                "requests a queue holds at one time; empty: as the device says")
            .live(),
        Setting.integer(
            "aio_workers",
            Integer.toString(AioSettings.DEFAULT.workers()),
            1,
            65_536,
            "tasks",
            "tasks that carry asynchronous transfers out"),
        Setting.integer(
            "aio_max_nr",
            Integer.toString(AioSettings.DEFAULT.inFlight()),
            1,
            Integer.MAX_VALUE,
            "transfers",
            "asynchronous transfers at one time"));
  }

  /** Merges and checks. Later entries win. */
  static StackSettings resolve(List<Setting> known, List<Configuration.Entry> entries) {
    Map<String, Setting> byName =
        known.stream()
            .collect(
                Collectors.toMap(
                    Setting::name,
                    Function.identity(),
                    (a, b) -> {
                      throw new ConfigurationException("the key '" + a + "' is defined twice");
                    },
                    LinkedHashMap::new));
    Map<String, String> texts = new LinkedHashMap<>();
    Map<String, String> places = new LinkedHashMap<>();
    Map<String, Selection> devices = new LinkedHashMap<>();
    Map<String, Selection> mounts = new LinkedHashMap<>();
    Map<String, DeviceSetting> deviceSettings = new LinkedHashMap<>();
    Map<GroupKeys.Key, GroupKeys.Said> groups = new LinkedHashMap<>();
    for (Configuration.Entry entry : entries) {
      String key = key(entry.key(), byName);
      try {
        Optional<GroupKeys.Key> group = GroupKeys.parse(key);
        if (group.isPresent()) {
          GroupKeys.check(group.get(), entry.value());
          groups.put(group.get(), new GroupKeys.Said(group.get(), entry.value(), entry.place()));
        } else if (key.startsWith(DEVICE)) {
          devices.put(deviceName(key), Selection.parse(entry.value()));
        } else if (key.startsWith(MOUNT)) {
          mounts.put(mountPoint(key), Selection.parse(entry.value()));
        } else if (key.indexOf('/') > 0) {
          refuseUnknownPath(key);
          int slash = key.indexOf('/');
          deviceSettings.put(
              key,
              new DeviceSetting(
                  key.substring(0, slash), key.substring(slash + 1), entry.value(), entry.place()));
        } else if (byName.containsKey(key)) {
          if (entry.value().isEmpty() && byName.get(key).defaultValue().isEmpty()) {
            texts.remove(key);
          } else {
            byName.get(key).check(entry.value());
            texts.put(key, entry.value());
          }
        } else {
          throw new ConfigurationException(
              "there is no key '" + entry.key() + "'" + Nearest.hint(key, byName.keySet()));
        }
      } catch (ConfigurationException e) {
        throw new ConfigurationException(entry.place() + ": " + e.getMessage(), e);
      }
      places.remove(key);
      places.put(key, entry.place());
    }
    return new StackSettings(
        Values.of("the stack", known, texts),
        Collections.unmodifiableMap(places),
        Collections.unmodifiableMap(devices),
        Collections.unmodifiableMap(mounts),
        List.copyOf(deviceSettings.values()),
        List.copyOf(groups.values()));
  }

  /** A key with a path behind that is neither a mount's nor a group's is a mistake. */
  static void refuseUnknownPath(String key) {
    if (GroupKeys.endsInPath(key) && !key.startsWith(MOUNT)) {
      String path = key.substring(key.indexOf('/'));
      List<String> known = new ArrayList<>(GroupKeys.examples(path));
      known.add(MOUNT + path);
      throw new ConfigurationException("there is no key '" + key + "'" + Nearest.hint(key, known));
    }
  }

  private static String key(String written, Map<String, Setting> byName) {
    if (written.startsWith(SYSCTL_PREFIX)
        && byName.containsKey(written.substring(SYSCTL_PREFIX.length()))) {
      return written.substring(SYSCTL_PREFIX.length());
    }
    return written;
  }

  /** The setting of that name, which a running stack can change. */
  static Setting live(List<Setting> known, String written) {
    Map<String, Setting> byName = new LinkedHashMap<>();
    known.forEach(setting -> byName.put(setting.name(), setting));
    List<String> live =
        known.stream()
            .filter(setting -> setting.change() == Setting.Change.LIVE)
            .map(Setting::name)
            .toList();
    String name = key(written, byName);
    if (!byName.containsKey(name)) {
      throw StackCatalog.unknown("live setting", written, live);
    }
    if (!live.contains(name)) {
      throw new ConfigurationException(
          "'" + name + "' counts when a stack is built; live settings are: " + Nearest.list(live));
    }
    return byName.get(name);
  }

  private static String deviceName(String key) {
    String name = key.substring(DEVICE.length());
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9_-]*")) {
      throw new ConfigurationException(
          "a device's name is letters, digits, '-' and '_', such as sda, not '" + name + "'");
    }
    return name;
  }

  private static String mountPoint(String key) {
    String path = key.substring(MOUNT.length());
    if (!path.startsWith("/")) {
      throw new ConfigurationException(
          "a mount point is an absolute path, as in mount./data, not '" + path + "'");
    }
    return path;
  }

  /** A value as text, the default if nobody set it. */
  public String text(String key) {
    return values.text(key);
  }

  /** An integer, a size in bytes, or a duration in nanoseconds. */
  public long number(String key) {
    return values.number(key);
  }

  public boolean isOn(String key) {
    return values.isOn(key);
  }

  /** Whether there is such a key. */
  public boolean isKey(String key) {
    return values.isKey(key);
  }

  /** Whether there is a value: a default that is not empty, or one that was set. */
  public boolean has(String key) {
    return !text(key).isEmpty();
  }

  /** Whether the profile, a file or an option gave the value. */
  public boolean isSet(String key) {
    return values.isSet(key);
  }

  /**
   * Who gave the value: {@code "profile linux-6.18:3"}, {@code "disk.conf:12"}, {@code "default"}.
   */
  public String place(String key) {
    return places.getOrDefault(key, "default");
  }

  /** Device addresses by name, in the order they were first named. */
  public Map<String, Selection> devices() {
    return devices;
  }

  /** What is mounted besides the first device: by mount point, in the order named. */
  public Map<String, Selection> mounts() {
    return mounts;
  }

  /** The keys that somebody gave a value, in the order in which they were last said. */
  List<String> keysAsSaid() {
    return List.copyOf(places.keySet());
  }

  /** What was said of control groups, in the order in which each was first said. */
  List<GroupKeys.Said> groups() {
    return groups;
  }

  /** Settings of single devices, in the order they were first named. */
  List<DeviceSetting> deviceSettings() {
    return deviceSettings;
  }

  /** The value of a key that chooses at a seam; its errors name the key and its place. */
  Selection selection(String key) {
    try {
      return Selection.parse(text(key));
    } catch (ConfigurationException e) {
      throw new ConfigurationException(place(key) + ": " + key + ": " + e.getMessage(), e);
    }
  }
}
